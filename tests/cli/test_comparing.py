"""Catalogs set side by side: of another installation, of two moments, of folders; and a new name written down."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from running_site import PERSON, kartotek, small_site, with_field, write_type

from kartotek.model.actor import Actor
from kartotek.site import Site

BY = Actor.system("test")
NOTE = {"type": "string", "title": "Note"}


@pytest.fixture
def url(database_url: str) -> str:
    """KARTOTEK_DATABASE: nothing for SQLite, whose file lies in the site."""
    return "" if database_url.startswith("sqlite") else database_url


def started(folder: Path, database: str = "") -> Path:
    site = Site(small_site(folder), database=database)
    site.prepare(demo=False)
    site.engine.create(BY, "person", {"name": "Anna"})
    site.close()
    return folder


def applied(folder: Path, database: str, name: str, declaration: Any) -> None:
    write_type(folder, name, declaration)
    site = Site(folder, database=database)
    site.engine.apply_documents(site.documents(), by=BY, reason="test")
    site.close()


def test_a_catalog_is_written_out_and_compared_with(tmp_path: Path, url: str) -> None:
    site = started(tmp_path / "site", url)
    export = tmp_path / "there.json"
    made = kartotek("catalog", "--site", site, "--to", export, database=url)
    assert (made.status, made.out) == (0, f"Version 1 with 2 files stands in {export}.\n")
    wire = json.loads(export.read_text())
    assert (wire["version"], sorted(wire["documents"])) == (1, ["schemas/person.json", "site.yaml"])
    assert json.loads(kartotek("catalog", "--site", site, database=url).out) == wire
    same = kartotek("plan", "--site", site, "--against", export, database=url)
    assert (same.status, same.out) == (0, f"{site} declares what {export} does.\n")
    write_type(site, "person", with_field("note", NOTE))
    found = kartotek("plan", "--site", site, "--against", export, "--format", "json", database=url)
    plan = json.loads(found.out)
    assert [one["action"] for one in plan["steps"]] == ["add_field"]
    assert (plan["counted"], plan["steps"][0]["finding"]) == (False, None)
    assert "1 safe." in kartotek("plan", "--site", site, "--against", export, database=url).out


def test_a_folder_that_was_never_started_can_be_compared(tmp_path: Path) -> None:
    """As on a build machine that has the files alone: the promotion of a change is looked at before it arrives."""
    here, there = small_site(tmp_path / "here"), small_site(tmp_path / "there")
    write_type(there, "person", with_field("note", NOTE))
    found = kartotek("plan", "--site", here, "--against", there)
    assert found.status == 0 and "person.note" in found.out and "to confirm" in found.out
    assert not (here / "data").exists() and not (there / "data").exists()


def test_versions_are_told_apart_in_words_and_in_lines(tmp_path: Path, url: str) -> None:
    site = started(tmp_path / "site", url)
    applied(site, url, "person", with_field("note", NOTE))
    found = kartotek("diff", "1", "2", "--site", site, database=url)
    assert found.status == 0
    assert "--- a/schemas/person.json\n+++ b/schemas/person.json\n" in found.out and '+    "note": {' in found.out
    back = json.loads(kartotek("diff", "2", "1", "--site", site, "--format", "json", database=url).out)
    assert [one["action"] for one in back["steps"]] == ["remove_field"]
    assert list(back["files"]) == ["schemas/person.json"]
    assert kartotek("diff", "2", site, "--site", site, database=url).out == f"2 and {site} declare the same.\n"
    assert kartotek("diff", "1", "9", "--site", site, database=url).status == 1
    old = json.loads(kartotek("catalog", "1", "--site", site, database=url).out)
    assert "note" not in old["documents"]["schemas/person.json"]


@contextmanager
def installation(wire: Any, heard: list[dict[str, str]], status: int = 200) -> Iterator[str]:
    """Another installation as far as this one sees of it."""
    content = wire if isinstance(wire, bytes) else json.dumps(wire).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802
            heard.append({"path": self.path, "token": self.headers.get("Authorization", "")})
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_an_address_is_asked_with_the_token(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    write_type(site, "person", with_field("note", NOTE))
    heard: list[dict[str, str]] = []
    documents = {"site.yaml": (site / "site.yaml").read_text(), "schemas/person.json": json.dumps(PERSON)}
    with installation({"version": 4, "hash": "x", "documents": documents}, heard) as address:
        found = kartotek("plan", "--site", site, "--against", f"{address}/", KARTOTEK_TOKEN="secret")
    assert found.status == 0 and "Add note (text)." in found.out
    assert heard == [{"path": "/api/v1/catalog", "token": "Bearer secret"}]


def test_what_is_no_catalog_is_said_in_a_sentence(tmp_path: Path) -> None:
    site, heard = small_site(tmp_path / "site"), list[dict[str, str]]()
    for wire, status, said in (
        ({}, 200, "is no exported catalog"),
        (b"<html>", 200, "is no exported catalog"),
        ({"documents": {"site.yaml": 1}}, 200, "is no exported catalog"),
        ({"documents": {"site.yaml": "nam: x\n"}}, 200, "has mistakes"),
        ({}, 401, "does not know the token"),
        ({}, 403, "not an owner's"),
        ({}, 302, "status 302"),
        ({}, 500, "status 500"),
    ):
        with installation(wire, heard, status) as address:
            found = kartotek("plan", "--site", site, "--against", address, KARTOTEK_TOKEN="secret")
        assert (found.status, found.out) == (1, "") and said in found.err, found.err
        assert "secret" not in found.err
    gone = kartotek("plan", "--site", site, "--against", address, KARTOTEK_TOKEN="secret")
    assert gone.status == 1 and "gave no catalog" in gone.err


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://example.org", "unprotected"),
        ("http://127.0.0.1.example.org", "unprotected"),
        ("http://10.0.0.7:8080", "unprotected"),
        ("nowhere.json", "is no version, folder, file or address"),
        ("https://user:word@example.org", "bad url"),
    ],
)
def test_a_token_goes_nowhere_it_could_be_heard(tmp_path: Path, address: str, said: str) -> None:
    found = kartotek("plan", "--site", small_site(tmp_path / "site"), "--against", address, KARTOTEK_TOKEN="secret")
    assert found.status == 1 and said in found.err and "secret" not in found.err


def test_without_a_token_nobody_is_asked(tmp_path: Path) -> None:
    heard: list[dict[str, str]] = []
    with installation({}, heard) as address:
        found = kartotek("diff", address, small_site(tmp_path / "site"))
    assert found.status == 1 and "KARTOTEK_TOKEN" in found.err and not heard


def test_a_new_name_is_written_into_the_file(tmp_path: Path, url: str) -> None:
    site = started(tmp_path / "site", url)
    applied(site, url, "person", with_field("note", NOTE))
    write_type(site, "person", with_field("remark", NOTE))
    before = (site / "schemas" / "person.json").read_text()
    asked = json.loads(kartotek("plan", "--site", site, "--format", "json", database=url).out)
    assert "remove_field" in [one["action"] for one in asked["steps"]]
    found = kartotek("plan", "--site", site, "--rename", "person.note=remark", "--format", "json", database=url)
    actions = [one["action"] for one in json.loads(found.out)["steps"]]
    assert found.status == 0 and "rename_field" in actions and "remove_field" not in actions
    after = (site / "schemas" / "person.json").read_text()
    assert json.loads(after)["properties"]["remark"]["x-field"] == {"aliases": ["note"]}
    removed = [line for line in before.splitlines() if line not in after.splitlines()]
    assert len(removed) <= 1, "the rest of the file is as it was"
    assert kartotek("plan", "--site", site, "--rename", "person.note=nothing", database=url).status == 1
    for wrong in ("person", "person.note", "=x", "person.=x", "person.a=b.c"):
        assert kartotek("plan", "--site", site, "--rename", wrong, database=url).status == 2


def test_a_new_name_is_written_where_nothing_was_ever_started(tmp_path: Path) -> None:
    here, there = small_site(tmp_path / "here"), small_site(tmp_path / "there")
    write_type(there, "person", with_field("note", NOTE))
    write_type(here, "person", with_field("remark", NOTE))
    found = kartotek("plan", "--site", here, "--rename", "person.note=remark", "--against", there, "--format", "json")
    assert (found.status, [one["action"] for one in json.loads(found.out)["steps"]]) == (0, ["rename_field"])
