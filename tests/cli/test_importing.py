"""The commands import and export: what they say, how they end, and that the API comes to the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from running_site import kartotek, small_site, with_field, write_type

from kartotek.api import blueprint
from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.site import Site

_BY = Actor.system("test")
_PASSED_BY = ("id", "by", "at", "changed_at")
ROWS = "Name,Mobile,Left\nAnna,13900000001,x\nBerta,13900000002,\nCarla,13900000001,\n,13900000004,\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A site that was started."""
    made = small_site(tmp_path / "site")
    write_type(made, "person", with_field("mobile", {"type": "string", "title": "Mobile", "x-field": {"unique": True}}))
    _opened(made).close()
    return made


def _opened(folder: Path) -> Site:
    site = Site(folder)
    site.prepare(owner_password="correct horse battery", demo=False)
    return site


def _names(folder: Path) -> list[str]:
    site = Site(folder)
    names = [one["fields"]["name"] for one in site.engine.select(_BY, "person", Query(limit=500)).items]
    site.close()
    return sorted(names)


def test_a_dry_run_writes_nothing_and_a_commit_can_be_undone(folder: Path, tmp_path: Path) -> None:
    file, errors = tmp_path / "people.csv", tmp_path / "errors.csv"
    file.write_text(ROWS, encoding="utf-8")
    tried = kartotek("import", "person", file, "--site", folder, "--errors", errors)
    assert (tried.status, tried.err) == (1, "")
    assert "2 good (2 new, 0 changed, 0 as they are), 2 bad, 1 skipped. Nothing was written." in tried.out
    assert "B4 '13900000001'" in tried.out and "C  Left is left out (unknown)" in tried.out
    assert _names(folder) == []
    assert errors.read_text(encoding="utf-8-sig").splitlines()[0] == "Name,Mobile,Left,kartotek: problems"
    done = kartotek("import", "--resume", "1", "--site", folder, "--format", "json")
    wire = json.loads(done.out)
    assert (done.status, wire["status"], wire["counts"]["committed"]) == (1, "committed", {"created": 2})
    assert [one["row"] for one in wire["problems"]] == [4, 5] and _names(folder) == ["Anna", "Berta"]
    undone = kartotek("import", "--undo", "1", "--site", folder)
    assert (undone.status, undone.err) == (0, "") and "Import 1 is undone: 2 taken back, 0 left." in undone.out
    assert _names(folder) == []


def test_wrong_calls_end_with_two_and_refusals_with_one(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(ROWS, encoding="utf-8")
    for call in ([], ["person"], ["person", file, "--undo", "1"], ["person", file, "--map", "Tel"], ["--undo", "x"]):
        assert kartotek("import", *call, "--site", folder).status == 2, call
    for call, words in (
        (["nothing", file], "no such record type"), (["person", tmp_path / "none.csv"], "There is no file"),
        (["person", file, "--on", "name"], "not declared unique"), (["--undo", "99"], "no such import"),
        (["person", file, "--as", "nobody"], "no such user"),
    ):
        ended = kartotek("import", *call, "--site", folder)
        assert ended.status == 1 and words in ended.err, ended
    assert kartotek("export", "person", "--filter", "record.x", "--site", folder, "--to", tmp_path / "out.csv").status == 1


def test_command_and_api_come_to_the_same(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(ROWS, encoding="utf-8")
    told = json.loads(kartotek("import", "person", file, "--site", folder, "--on", "mobile", "--format", "json").out)
    site = Site(folder)
    app = Flask(__name__)
    app.register_blueprint(blueprint(site.engine))
    token = site.engine.tokens.add(_BY, "test", user_id=site.users.get("owner").id)[1]
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    answer = client.post(
        "/api/v1/imports/person", headers=headers, query_string={"options": '{"on": "mobile"}'},
        data={"file": (file.open("rb"), "people.csv")},
    )
    assert answer.status_code == 201, answer.text
    address = answer.headers["Location"]
    sent: dict[str, Any] = answer.json or {}
    same = [{key: value for key, value in one.items() if key not in (*_PASSED_BY, "problems")} for one in (told, sent)]
    assert same[0] == same[1] and sent["counts"]["updated"] == 1
    assert client.get(f"{address}/problems", headers=headers).json["items"] == told["problems"]
    assert client.post(f"{address}/commit", headers=headers).status_code == 202
    while site.engine.imports.run_due():
        pass
    kept = client.get(address, headers=headers).json
    assert (kept["status"], kept["counts"]["committed"]) == ("committed", {"created": 2, "updated": 1})
    assert b"kartotek: problems" in client.get(f"{address}/errors", headers=headers).data
    assert client.delete(address, headers=headers).status_code == 409
    given = client.get("/api/v1/records/person/export?fields=name,mobile&sort=name", headers=headers)
    assert given.headers["Content-Disposition"].startswith('attachment; filename="person.csv"')
    out = tmp_path / "out.csv"
    assert kartotek("export", "person", "--fields", "name,mobile", "--sort", "name", "--to", out, "--site", folder).status == 0
    assert given.data == out.read_bytes() and "Carla" in given.text
    excel = client.get("/api/v1/records/person/export?format=xlsx", headers=headers, buffered=True)
    assert excel.data[:2] == b"PK"
    assert client.get("/api/v1/records/person/export?format=pdf", headers=headers).status_code == 400
    assert client.post(f"{address}/undo", headers=headers).status_code == 202
    while site.engine.imports.run_due():
        pass
    assert client.get(address, headers=headers).json["counts"]["undone"] == {"undone": 3}
    site.close()
    assert _names(folder) == []
