"""The commands backup and restore, as somebody calls them whose site is running, is gone or is somewhere else."""

from __future__ import annotations

import json
import os
import pty
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from running_site import PASSWORD, Browser, kartotek, running, small_site, working

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
    refused = kartotek("restore", told["path"], "--site", tmp_path / "back", database=other)
    assert (refused.status, "--key" in refused.err, (tmp_path / "back").exists()) == (1, True, False)
    back = kartotek("restore", told["path"], "--key", site / "secrets" / "master.key", "--site", tmp_path / "back", database=other)
    assert (back.status, back.err) == (0, "")
    assert _names(tmp_path / "back", other) == ["Anna"]
    assert (tmp_path / "back" / "schemas" / "person.json").read_bytes() == (site / "schemas" / "person.json").read_bytes()
    assert {one.name for one in tmp_path.iterdir()} >= {"site", "back"}
    assert not list(tmp_path.glob(".*unfinished*"))


def test_restoring_asks_before_records_go(started: Started, tmp_path: Path, url: str) -> None:
    site = started(tmp_path / "site", url)
    assert kartotek("backup", "--to", tmp_path / "one.kartotek", "--site", site, database=url).status == 0
    again = Site(site, database=url)
    again.engine.create(BY, "person", {"name": "Later"})
    again.close()
    refused = kartotek("restore", tmp_path / "one.kartotek", "--site", site, database=url)
    assert (refused.status, "--replace" in refused.err) == (1, True)
    assert _names(site, url) == ["Anna", "Later"]
    done = kartotek("restore", tmp_path / "one.kartotek", "--site", site, "--replace", database=url)
    assert (done.status, done.err) == (0, "")
    assert "kept in" in done.out
    assert _names(site, url) == ["Anna"]


def test_a_running_site_is_backed_up_and_not_replaced(started: Started, tmp_path: Path) -> None:
    site = started(tmp_path / "site")
    with working(site):
        assert kartotek("backup", "--to", tmp_path / "one.kartotek", "--site", site).status == 0
        refused = kartotek("restore", tmp_path / "one.kartotek", "--site", site, "--replace")
    assert (refused.status, "in use" in refused.err) == (1, True)
    assert _names(site) == ["Anna"]
    assert kartotek("restore", tmp_path / "one.kartotek", "--site", site, "--replace").status == 0


def test_no_secret_is_in_a_backup_and_the_one_that_was_given_is_kept(started: Started, tmp_path: Path) -> None:
    site = started(tmp_path / "site")
    secrets = [(site / "secrets" / name).read_bytes() for name in ("secret.key", "master.key")]
    kartotek("backup", "--to", tmp_path / "one.kartotek", "--site", site)
    done = kartotek("restore", tmp_path / "one.kartotek", "--key", site / "secrets" / "master.key", "--site", tmp_path / "back")
    assert (done.status, done.err) == (0, "")
    assert (tmp_path / "back" / "secrets" / "master.key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "back" / "secrets" / "secret.key").read_bytes() != secrets[0], "sessions and cursors begin anew"
    key = secrets[1].decode().split(": ")[-1].strip().encode()
    holding = [one.relative_to(tmp_path / "back") for one in (tmp_path / "back").rglob("*") if one.is_file() and key in one.read_bytes()]
    assert holding == [Path("secrets/master.key")]


def test_nobody_is_signed_in_after_a_restore(started: Started, tmp_path: Path) -> None:
    site = started(tmp_path / "site")
    with running(site) as server:
        Browser(server.address).sign_in("owner", PASSWORD)
        kartotek("user", "invite", "ana", "--role", "owner", "--site", site)
        assert kartotek("backup", "--to", tmp_path / "one.kartotek", "--site", site).status == 0
    count = 'SELECT (SELECT count(*) FROM "kartotek__session"), (SELECT count(*) FROM "kartotek__invitation"), (SELECT count(*) FROM ab_user)'
    for wanted in ((1, 1, 2), (0, 0, 2)):
        with closing(sqlite3.connect(site / "data" / "auth.db")) as conn:
            assert conn.execute(count).fetchone() == wanted
        done = kartotek("restore", tmp_path / "one.kartotek", "--site", site, "--replace")
        assert (done.status, "Nobody is signed in" in done.out) == (0, True)


def test_a_site_that_has_lost_its_key_gets_it_back_with_its_records(started: Started, tmp_path: Path) -> None:
    site = started(tmp_path / "site")
    kartotek("backup", "--to", tmp_path / "one.kartotek", "--site", site)
    (site / "secrets" / "master.key").rename(tmp_path / "kept.key")
    lost = kartotek("restore", tmp_path / "one.kartotek", "--site", site, "--replace")
    assert (lost.status, "no master key is here" in lost.err) == (1, True)
    done = kartotek("restore", tmp_path / "one.kartotek", "--site", site, "--replace", "--key", tmp_path / "kept.key")
    assert (done.status, done.err, _names(site)) == (0, "", ["Anna"])
    entries = kartotek("audit", "verify", "--site", site)
    assert entries.status == 0, entries.out


SECRET = {"type": "string", "title": "Note", "x-field": {"encrypt": True}}


def test_on_a_clean_machine_the_archive_the_keys_and_the_sheet_are_enough(tmp_path: Path) -> None:
    """A fresh folder with the archive and the file of keys beside it; the sheet is typed in. Nothing else of the site is there."""
    site = small_site(tmp_path / "site")
    declared = json.loads((site / "schemas" / "person.json").read_text(encoding="utf-8"))
    declared["properties"]["note"] = SECRET
    (site / "schemas" / "person.json").write_text(json.dumps(declared), encoding="utf-8")
    opened = Site(site)
    opened.prepare(owner_password=PASSWORD)
    anna = opened.engine.create(BY, "person", {"name": "Anna", "note": "told in confidence"})["id"]
    opened.close()
    sheet = kartotek("keys", "sheet", "--site", site).out
    key = next(word for word in sheet.split() if word.count("-") == 12)
    assert kartotek("backup", "--to", tmp_path / "disk" / "one.kartotek", "--site", site).status == 0
    shutil.move(tmp_path / "disk", tmp_path / "machine")
    shutil.rmtree(site)
    restored = _typed(key.lower().replace("-", " "), "restore", "one.kartotek", "--site", "back", folder=tmp_path / "machine")
    assert restored.returncode == 0, restored.stdout
    again = Site(tmp_path / "machine" / "back")
    try:
        assert again.users.verify("owner", PASSWORD) is not None
        assert again.engine.get(BY, "person", anna)["fields"]["note"] == "told in confidence"
    finally:
        again.close()


def test_who_was_erased_stays_erased_whichever_backup_comes_back(tmp_path: Path) -> None:
    """An archive from before, on a disk whose file of keys the erasure has written anew."""
    site, disk = small_site(tmp_path / "site"), tmp_path / "disk"
    disk.mkdir()
    (site / "site.yaml").write_text(f"name: A\nlanguages: [en]\nbackups: {{to: [{disk}]}}\n", encoding="utf-8")
    declared = json.loads((site / "schemas" / "person.json").read_text(encoding="utf-8"))
    declared["properties"]["note"] = SECRET
    declared["x-record"]["subject"] = True
    (site / "schemas" / "person.json").write_text(json.dumps(declared), encoding="utf-8")
    opened = Site(site)
    opened.prepare(owner_password=PASSWORD)
    anna, bert = (opened.engine.create(BY, "person", {"name": name, "note": f"{name} in confidence"})["id"] for name in ("Anna", "Bert"))
    opened.close()
    assert kartotek("backups", "--now", "--site", site).status == 0
    (archive,) = disk.glob("*.kartotek")
    before = next(disk.glob("*.keys")).read_bytes()
    opened = Site(site)
    opened.engine.people.erase(BY, "person", anna)
    opened.close()
    assert next(disk.glob("*.keys")).read_bytes() != before
    done = kartotek("restore", archive, "--key", site / "secrets" / "master.key", "--site", tmp_path / "back")
    assert (done.status, done.err) == (0, "")
    again = Site(tmp_path / "back")
    try:
        assert [one["id"] for one in again.engine.select(BY, "person", Query()).items if one["fields"].get("name") == "Bert"] == [bert]
        assert again.engine.get(BY, "person", bert)["fields"]["note"] == "Bert in confidence"
        names = [one["fields"].get("name") for one in again.engine.select(BY, "person", Query()).items]
        with again.engine.database.read() as conn:
            assert conn.rows('SELECT count(*) FROM "kartotek__key" WHERE "record_id" = ? AND "wrapped" IS NOT NULL', (anna,)) == [(0,)]
    finally:
        again.close()
    assert "Anna" not in names
    assert not [one for one in (tmp_path / "back").rglob("*") if one.is_file() and b"Anna" in one.read_bytes()]


def _typed(text: str, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A command at a terminal, where somebody types a line."""
    master, slave = pty.openpty()
    try:
        os.write(master, f"{text}\n".encode())
        command = [sys.executable, "-m", "kartotek", *words]
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        return subprocess.run(command, cwd=folder, env=environment, stdin=slave, capture_output=True, text=True, timeout=60, check=False)
    finally:
        os.close(master)
        os.close(slave)


def test_a_wrong_sheet_opens_nothing(started: Started, tmp_path: Path) -> None:
    site = started(tmp_path / "site")
    kartotek("backup", "--to", tmp_path / "one.kartotek", "--site", site)
    key = next(word for word in kartotek("keys", "sheet", "--site", site).out.split() if word.count("-") == 12)
    wrong = {"a letter": key[:-1] + ("A" if key[-1] != "A" else "Q"), "half": key[:30], "nothing": ""}
    for what, typed in wrong.items():
        done = _typed(typed, "restore", "one.kartotek", "--site", "back", folder=tmp_path)
        assert (done.returncode, "Traceback" in done.stderr, (tmp_path / "back").exists()) == (1, False, False), what


def test_the_command_backups_tells_how_it_stands(started: Started, tmp_path: Path) -> None:
    site = started(tmp_path / "site")
    first = kartotek("backups", "--site", site)
    assert (first.status, "no good backup yet" in first.out) == (0, True)
    made = kartotek("backups", "--now", "--try", "--format", "json", "--site", site)
    told = json.loads(made.out)
    assert (made.status, told["last"]["trial"]["ok"], told["places"][0]["count"]) == (0, True, 1)
    assert [one["kind"] for one in told["done"]] == ["trial", "hand"]
    next((site / "data" / "backups").glob("*.kartotek")).unlink()
    lost = kartotek("backups", "--site", site)
    assert (lost.status, "No folder holds it" in lost.out) == (1, True)


def test_other_declarations_in_the_folder_are_told(started: Started, tmp_path: Path) -> None:
    site = started(tmp_path / "site")
    kartotek("backup", "--to", tmp_path / "one.kartotek", "--site", site)
    (site / "site.yaml").write_text("name: Other\nlanguages: [en]\n", encoding="utf-8")
    assert "kartotek plan" in kartotek("restore", tmp_path / "one.kartotek", "--site", site, "--replace").out


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
    kartotek("backup", "--to", tmp_path / "one.kartotek", "--site", site)
    for words in (
        ("backup", "--to", tmp_path / "one.kartotek", "--site", site), ("backup", "--site", tmp_path / "nowhere"),
        ("backup", "--site", small_site(tmp_path / "fresh")), ("restore", tmp_path / "none.tar.gz", "--site", tmp_path / "back"),
        ("restore", tmp_path / "one.kartotek", "--key", site / "secrets" / "master.key", "--site", tmp_path / "full"),
    ):
        refused = kartotek(*words)
        assert (refused.status, refused.err.startswith("kartotek: "), "Traceback" in refused.err) == (1, True, False), words
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"
