"""The commands backup and restore, as somebody calls them whose site is running, is gone or is somewhere else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from running_site import PASSWORD, kartotek, small_site, working

from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.site import Site

BY = Actor.system("test")


Started = Callable[..., Path]


def _made(folder: Path, database: str = "") -> Path:
    site = Site(small_site(folder), database=database)
    site.prepare(owner_password=PASSWORD)
    site.engine.create(BY, "person", {"name": "Anna"})
    site.close()
    return folder


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site on SQLite that was started once; as nobody has it open, its folder can be copied."""
    return _made(tmp_path_factory.mktemp("template") / "site")


@pytest.fixture
def started(template: Path) -> Started:
    """A function that makes a site in a folder, started once, with one record."""
    return lambda folder, database="": _made(folder, database) if database else Path(shutil.copytree(template, folder))


def _names(folder: Path, database: str = "") -> list[str]:
    site = Site(folder, database=database)
    try:
        assert site.users.verify("owner", PASSWORD) is not None
        return [one["fields"]["name"] for one in site.engine.select(BY, "person", Query()).items]
    finally:
        site.close()


@pytest.fixture
def url(request: pytest.FixtureRequest, database_url: str) -> str:
    """KARTOTEK_DATABASE: nothing for SQLite, whose file lies in the site."""
    return "" if database_url.startswith("sqlite") else database_url


@pytest.fixture
def other(url: str, request: pytest.FixtureRequest) -> str:
    """The same of a second site."""
    return str(request.getfixturevalue("fresh_database")()) if url else ""


def test_a_site_comes_back_in_a_new_folder(started: Started, tmp_path: Path, url: str, other: str) -> None:
    site = started(tmp_path / "site", url)
    made = kartotek("backup", "--site", site, "--format", "json", database=url)
    assert (made.status, made.err) == (0, "")
    told = json.loads(made.out)
    assert told["rows"]["person"] == 1
    assert Path(told["path"]).parent == site / "data" / "backups"
    back = kartotek("restore", told["path"], "--site", tmp_path / "back", database=other)
    assert (back.status, back.err) == (0, "")
    assert _names(tmp_path / "back", other) == ["Anna"]
    assert (tmp_path / "back" / "schemas" / "person.json").read_bytes() == (site / "schemas" / "person.json").read_bytes()
    assert {one.name for one in tmp_path.iterdir()} >= {"site", "back"}
    assert not list(tmp_path.glob(".*unfinished*"))


def test_restoring_asks_before_records_go(started: Started, tmp_path: Path, url: str) -> None:
    site = started(tmp_path / "site", url)
    assert kartotek("backup", "--to", tmp_path / "one.tar.gz", "--site", site, database=url).status == 0
    again = Site(site, database=url)
    again.engine.create(BY, "person", {"name": "Later"})
    again.close()
    refused = kartotek("restore", tmp_path / "one.tar.gz", "--site", site, database=url)
    assert (refused.status, "--replace" in refused.err) == (1, True)
    assert _names(site, url) == ["Anna", "Later"]
    done = kartotek("restore", tmp_path / "one.tar.gz", "--site", site, "--replace", database=url)
    assert (done.status, done.err) == (0, "")
    assert "kept in" in done.out
    assert _names(site, url) == ["Anna"]


def test_a_running_site_is_backed_up_and_not_replaced(started: Started, tmp_path: Path) -> None:
    site = started(tmp_path / "site")
    with working(site):
        assert kartotek("backup", "--to", tmp_path / "one.tar.gz", "--site", site).status == 0
        refused = kartotek("restore", tmp_path / "one.tar.gz", "--site", site, "--replace")
    assert (refused.status, "in use" in refused.err) == (1, True)
    assert _names(site) == ["Anna"]
    assert kartotek("restore", tmp_path / "one.tar.gz", "--site", site, "--replace").status == 0


def test_the_secrets_stay_where_they_are(started: Started, tmp_path: Path) -> None:
    site = started(tmp_path / "site")
    key = (site / "secrets" / "secret.key").read_bytes()
    kartotek("backup", "--to", tmp_path / "one.tar.gz", "--site", site)
    kartotek("restore", tmp_path / "one.tar.gz", "--site", tmp_path / "back")
    assert not (tmp_path / "back" / "secrets").exists()
    assert all(key not in one.read_bytes() for one in (tmp_path / "back").rglob("*") if one.is_file())


def test_other_declarations_in_the_folder_are_told(started: Started, tmp_path: Path) -> None:
    site = started(tmp_path / "site")
    kartotek("backup", "--to", tmp_path / "one.tar.gz", "--site", site)
    (site / "site.yaml").write_text("name: Other\nlanguages: [en]\n", encoding="utf-8")
    assert "kartotek plan" in kartotek("restore", tmp_path / "one.tar.gz", "--site", site, "--replace").out


@pytest.mark.parametrize("content", [b"", b"rubbish", b"\x1f\x8b\x08\x00"])
def test_what_is_no_backup_is_refused_and_makes_no_folder(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.tar.gz").write_bytes(content)
    refused = kartotek("restore", tmp_path / "bad.tar.gz", "--site", tmp_path / "back")
    assert (refused.status, refused.err.startswith("kartotek: ")) == (1, True)
    assert not (tmp_path / "back").exists()


def test_what_cannot_be_done_is_told(started: Started, tmp_path: Path) -> None:
    site = started(tmp_path / "site")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    kartotek("backup", "--to", tmp_path / "one.tar.gz", "--site", site)
    for words in (
        ("backup", "--to", tmp_path / "one.tar.gz", "--site", site), ("backup", "--site", tmp_path / "nowhere"),
        ("backup", "--site", small_site(tmp_path / "fresh")), ("restore", tmp_path / "none.tar.gz", "--site", tmp_path / "back"),
        ("restore", tmp_path / "one.tar.gz", "--site", tmp_path / "full"),
    ):
        refused = kartotek(*words)
        assert (refused.status, refused.err.startswith("kartotek: "), "Traceback" in refused.err) == (1, True, False), words
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"
