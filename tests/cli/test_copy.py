"""The command copy: a second site of either sort of database, and not one byte of anybody's in a masked one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from killing import killed_at
from lengths import rounds
from masked_site import BY, CANARIES, fill, folder_of
from running_site import PASSWORD, kartotek

from kartotek.engine.file_keys import FileKeys
from kartotek.errors import NotFound
from kartotek.model.query import Query
from kartotek.site import Site
from kartotek.storage.blobs import Blobs

PAIRS = [("sqlite", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "sqlite"), ("postgresql", "postgresql")]
MASKED = PAIRS if rounds(0, 1) else [PAIRS[0], PAIRS[3]]
TYPES = ("person", "note", "form")


def _filled(folder: Path, url: str = "") -> Path:
    site = Site(folder_of(folder), database=url)
    site.prepare(owner_password=PASSWORD, demo=False)
    fill(site)
    while site.engine.indexes.build():
        pass
    site.close()
    return folder


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled site on SQLite, to be copied as a folder: nobody has it open."""
    return _filled(tmp_path_factory.mktemp("filled") / "a")


@pytest.fixture
def made(tmp_path: Path, request: pytest.FixtureRequest, filled: Path) -> Callable[..., tuple[Path, str, str]]:
    """A function that gives (the folder of a filled site, its URL, the URL of an empty database for a copy)."""

    def make(source: str, target: str) -> tuple[Path, str, str]:
        urls = ["" if one == "sqlite" else str(request.getfixturevalue("fresh_database")()) for one in (source, target)]
        if urls[0]:
            _filled(tmp_path / "a", urls[0])
        else:
            shutil.copytree(filled, tmp_path / "a")
        return tmp_path / "a", urls[0], urls[1]

    return make


def _copied(made: tuple[Path, str, str], *more: str) -> Any:
    folder, source, target = made
    words = ["copy", "--site", folder, "--to", folder.parent / "b", *more]
    return kartotek(*words, *(["--database", target] if target else []), database=source)


def _content(folder: Path, url: str) -> Any:
    site = Site(folder, database=url)
    try:
        engine = site.engine
        records = {name: [one for one in engine.select(BY, name, Query(limit=200)).items] for name in TYPES}
        history = [engine.history(BY, name, one["id"]).items for name in TYPES for one in records[name]]
        trash = [one["id"] for one in engine.select(BY, "person", Query(trash=True)).items]
        people = [(one.username, one.name, one.roles) for one in site.users.list()]
        with engine.open_file(BY, "person", 1, records["person"][_at(records)]["fields"]["leaflet"]).stream as file:
            return records, history, trash, people, file.read()
    finally:
        site.close()


def _at(records: Any) -> int:
    return next(at for at, one in enumerate(records["person"]) if one["id"] == 1)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_copy_holds_the_same(made: Callable[..., tuple[Path, str, str]], source: str, target: str) -> None:
    sites = made(source, target)
    done = _copied(sites)
    assert (done.status, done.err) == (0, "")
    folder, first, second = sites
    assert _content(folder.parent / "b", second) == _content(folder, first)
    site = Site(folder.parent / "b", database=second)
    try:
        assert site.users.verify("owner", PASSWORD) is not None
        assert site.engine.create(BY, "person", {"name": "New"})["id"] == 42
        assert site.engine.create(BY, "person", {"name": "Newer", "calls": [{"count": 1}]})["id"] == 43
        site.users.add("another", PASSWORD)
        report = site.engine.apply_documents(site.documents(), by=BY, reason="The same.")
        assert (report.problems, report.waiting) == ((), ())
        while site.engine.indexes.build():
            pass
        assert not [one for one in map(site.engine.indexes.compare, site.engine.indexes.names()) if one.wrong]
    finally:
        site.close()


def _bytes(folder: Path, url: str) -> bytes:
    """All that can be read of a site: every file, and every table of its database."""
    found = b"\n".join(one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file())
    if url:
        with psycopg.connect(url) as conn:
            for (name,) in conn.execute("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'").fetchall():
                with conn.cursor().copy(f'COPY "{name}" TO STDOUT') as copy:  # type: ignore[call-overload]
                    found += b"".join(map(bytes, copy))
    return found + _opened(folder, url)


def _opened(folder: Path, url: str) -> bytes:
    """What the site's uploaded files hold, which lie sealed."""
    site, found = Site(folder, database=url), b""
    try:
        with site.engine.database.read() as conn:
            for id, place, kept in conn.rows('SELECT "id", "place", "key" FROM "kartotek__file"'):
                with suppress(NotFound), Blobs(folder / "data" / "files").open(place, FileKeys(site.keys).key(conn, id, kept)) as stream:
                    found += stream.read()
    finally:
        site.close()
    return found


@pytest.mark.parametrize(("source", "target"), MASKED)
def test_no_byte_of_anybody_is_in_a_masked_copy(made: Callable[..., tuple[Path, str, str]], source: str, target: str) -> None:
    sites = made(source, target)
    folder, first, second = sites
    original = _bytes(folder, first)
    done = _copied(sites, "--mask")
    assert (done.status, done.err) == (0, "")
    copied = _bytes(folder.parent / "b", second)
    missing = [one for one in CANARIES if one.encode() not in original and one != "86421.97"]
    assert not missing, f"the test does not put these anywhere: {missing}"
    left = [one for one in CANARIES if one.encode().lower() in copied.lower()]
    assert not left
    assert b"stays plain" in copied and b"stays a subject" in copied and b"Anybody may read this" in copied
    _is_a_site(sites, done.out)


def _is_a_site(sites: tuple[Path, str, str], said: str) -> None:
    """It works as one: same people have same masks, unique is unique, derived values fit, records can be changed."""
    folder, first, second = sites
    (records, _, trash, people, leaflet), (before, *_) = _content(folder.parent / "b", second), _content(folder, first)
    assert {name: len(one) for name, one in records.items()} == {name: len(one) for name, one in before.items()}
    assert (trash, leaflet) == ([41], b"Anybody may read this")
    assert {name for _, name, _ in people} >= {"User 1", "User 2"} and ("clerk",) in {roles for _, _, roles in people}
    persons = {one["id"]: one["fields"] for one in records["person"]}
    for name in ("mobile", "mail", "code"):
        values = [one[name] for one in persons.values()]
        assert len(set(values)) == len(values) == 40
    anna, note = persons[1], records["note"][0]["fields"]
    assert note["other"] == anna["mobile"] == anna["calls"][1]["number"]
    assert note["called"] == anna["name"]
    assert all(one["badge"] == f"Badge {one['name']}" for one in persons.values())
    assert (anna["plain"], anna["calls"][0]["count"], records["form"][0]["fields"]["colour"]) == ("stays plain", 3, "red")
    site = Site(folder.parent / "b", database=second)
    try:
        (password,) = [line.split()[8] for line in said.splitlines() if "password" in line]
        assert site.users.verify("owner", password) is not None
        assert site.users.verify("user1", PASSWORD) is None
        changed = site.engine.update(BY, "person", 1, {"plain": "changed", "mobile": anna["mobile"], "born": anna["born"], "code": anna["code"]})
        assert changed["fields"]["plain"] == "changed"
        assert site.engine.history(BY, "person", 1).items
    finally:
        site.close()


def test_a_copy_asks_for_a_free_place(made: Callable[..., tuple[Path, str, str]], tmp_path: Path) -> None:
    sites = made("sqlite", "sqlite")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "mine.txt").write_text("mine")
    refused = _copied(sites)
    assert (refused.status, "not an empty folder" in refused.err) == (1, True)
    assert [one.name for one in (tmp_path / "b").iterdir()] == ["mine.txt"]


def test_a_database_with_something_in_it_is_left_alone(made: Callable[..., tuple[Path, str, str]], tmp_path: Path) -> None:
    folder, source, target = made("sqlite", "postgresql")
    with psycopg.connect(target) as conn:
        conn.execute("CREATE TABLE mine (x int)")
    for more in ((), ("--mask",)):
        refused = _copied((folder, source, target), *more)
        assert (refused.status, "not empty" in refused.err, (tmp_path / "b").exists()) == (1, True, False)


def test_killed_anywhere_there_is_no_copy_or_a_whole_one(made: Callable[..., tuple[Path, str, str]]) -> None:
    sites = made("sqlite", "sqlite")
    folder = sites[0]
    whole = _content(folder, "")
    number = 40
    while killed_at(number, lambda: _copied(sites)):
        if (folder.parent / "b").exists():
            assert _content(folder.parent / "b", "") == whole
            shutil.rmtree(folder.parent / "b")
        assert _content(folder, "") == whole
        number += rounds(130, 7)
    assert number > 100
    assert _content(folder.parent / "b", "") == whole
    assert not list(folder.parent.glob(".*unfinished*"))
