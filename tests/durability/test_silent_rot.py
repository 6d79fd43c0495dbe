"""One byte turned anywhere by a failing disk: kartotek verify finds it and names what it belongs to."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from figures import Figure
from lengths import rounds
from running_site import PASSWORD, kartotek, small_site, with_field, write_type

from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.site import Site

BY = Actor.system("test")
CANARY = "Katharina Kanarienvogel"
PAPERS = {"type": "string", "format": "uuid", "title": "Papers", "x-field": {"file": {}}}


@pytest.fixture
def filled(tmp_path: Path) -> Callable[[str], Path]:
    """A function that makes a site with forty people, a file of one of them and a backup; nobody has it open."""

    def make(database: str) -> Path:
        folder = small_site(tmp_path / "site")
        write_type(folder, "person", with_field("papers", PAPERS))
        site = Site(folder, database=database)
        site.prepare(owner_password=PASSWORD)
        staged = site.engine.stage_file(BY, io.BytesIO(b"what was signed" * 100), name="contract.txt")
        site.engine.create(BY, "person", {"name": CANARY, "papers": staged["id"]})
        for number in range(40):
            site.engine.create(BY, "person", {"name": f"Person number {number}"})
        site.close()
        assert kartotek("backup", "--site", folder, database=database).status == 0
        assert _verified(folder, database) == (0, [])
        return folder

    return make


@pytest.fixture
def url(database_url: str) -> str:
    """KARTOTEK_DATABASE: nothing for SQLite, whose file lies in the site."""
    return "" if database_url.startswith("sqlite") else database_url


def _verified(folder: Path, database: str = "") -> tuple[int, list[str]]:
    """(exit status, what it says is damaged)."""
    ended = kartotek("verify", "--format", "json", "--site", folder, database=database)
    told = json.loads(ended.out)
    return ended.status, [f"{one['where']}: {one['sentence']}" for one in told["damages"]]


def _turn(path: Path, at: int, *, by: int = 0x04) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        (was,) = file.read(1)
        file.seek(at)
        file.write(bytes((was ^ by,)))


@pytest.mark.durability("D15")
def test_a_turned_byte_of_a_value_a_file_and_a_backup_is_named(filled: Callable[[str], Path], url: str, figure: Figure) -> None:
    folder = filled(url)
    (blob,) = (path for path in (folder / "data" / "files").glob("*/*") if path.is_file())
    (backup,) = (folder / "data" / "backups").glob("*.kartotek")
    for path, named in ((blob, "person/1: the file 'contract.txt'"), (backup, backup.name)):
        _turn(path, path.stat().st_size // 2)
        status, found = _verified(folder, url)
        assert status == 1 and len(found) == 1 and named in found[0], found
        _turn(path, path.stat().st_size // 2)
    if url:
        with psycopg.connect(url) as conn:
            conn.execute("UPDATE person SET name = %s WHERE id = 1", (CANARY.replace("K", "O", 1),))
    else:
        _turn_value(folder)
    status, found = _verified(folder, url)
    assert status == 1 and any("person/1: name" in one for one in found), found
    figure("a byte turned in a value, in a file, in a backup: 3 of 3 found and named")


def _turn_value(folder: Path) -> None:
    """The first letter of the name in the table itself; the history has the same word in it, and says so."""
    path = folder / "data" / "records.db"
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page, size) = conn.execute("SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name = 'person'").fetchone()
    content = path.read_bytes()
    places = [at for at in range(len(content)) if content.startswith(CANARY.encode(), at)]
    mine = [at for at in places if (page - 1) * size <= at < page * size]
    _turn(path, (mine or places)[0])


def _shown(folder: Path) -> Any:
    """All that can be read of the people, or that it cannot be."""
    site = Site(folder)
    try:
        return [site.engine.get(BY, "person", one["id"]) for one in site.engine.select(BY, "person", Query(limit=100)).items]
    except Exception as error:  # noqa: BLE001 - whatever a turned byte does
        return f"not readable: {error!r:.40}"
    finally:
        site.close()


@pytest.mark.durability("D15")
def test_no_turned_byte_changes_what_is_shown_unseen(filled: Callable[[str], Path], tmp_path: Path, figure: Figure) -> None:
    folder, draw = filled(""), Random(15)
    with closing(sqlite3.connect(folder / "data" / "records.db")) as conn:
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    whole = _shown(folder)
    flips, told, changed = rounds(8, 150), 0, 0
    size = (folder / "data" / "records.db").stat().st_size
    for number in range(flips):
        again = Path(shutil.copytree(folder, tmp_path / f"turned{number}"))
        _turn(again / "data" / "records.db", draw.randrange(100, size), by=1 << draw.randrange(8))
        differs = _shown(again) != whole
        ended = kartotek("verify", "--without-backups", "--site", again)
        told, changed = told + (ended.status != 0), changed + differs
        assert ended.status != 0 or not differs, f"flip {number} changed what is shown, and nobody said so"
        shutil.rmtree(again)
    figure(f"a bit turned anywhere in the database: {flips} turned, {told} told, {changed} changed what records show, 0 of those unseen")
