"""Restoring: all that was in a backup is there again, ids go on, and whoever kills it finds the old or the new."""

from __future__ import annotations

import gzip
import io
import os
import resource
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from figures import Figure
from killing import killed_at
from lengths import rounds
from neutral_site import CLERK, OWNER, documents

from kartotek.engine.backup_reading import checked, opened
from kartotek.engine.engine import Engine
from kartotek.engine.keyring import Keyring
from kartotek.engine.restoring import Means, Restored, restore
from kartotek.errors import SetupInvalid
from kartotek.model.query import Query
from kartotek.storage import erasures, own_tables
from kartotek.storage.archive import ArchiveWriter
from kartotek.storage.archive_seal import MAGIC
from kartotek.storage.database import Database
from kartotek.storage.erasures import ErasureRow
from kartotek.storage.exchange import alone, use
from kartotek.storage.layout import INSTANT
from kartotek.storage.sealed_streams import PIECE

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEYS = Keyring.of_secret(b"s" * 32)  # as the engine of these tests has them


@pytest.fixture
def world(open_engine: Callable[..., Engine], tmp_path: Path) -> tuple[Engine, Path]:
    """An engine with some of everything, and a backup of it with files."""
    engine = open_engine(documents())
    anna = engine.create(CLERK, "person", {"name": "Anna \\N \t\n'\"", "mobile": "+86 138 0013 8000", "tags": ["a"], "address": {"city": "上海"}})
    item = engine.create(CLERK, "item", {"name": "Oil", "price": "123456789.01"})
    lines = [{"item": item["id"], "quantity": 3}, {"item": item["id"]}]
    engine.create(CLERK, "order", {"person": anna["id"], "lines": lines, "reason": "Dear.", "starts_at": "2026-11-21T10:00:00.123456Z", "seen_by": [anna["id"]]})
    engine.create(CLERK, "person", {"name": "Gone"})
    engine.delete(CLERK, "person", 2)
    engine.stage_file(CLERK, io.BytesIO(b"bytes of a file"), name="a.txt")
    return engine, engine.backups.write(tmp_path / "backup.tar.gz", "A test.").path


def _content(engine: Engine) -> Any:
    """All that the database holds, in words of the engine and of the tables."""
    with engine.database.read() as conn:
        raw = {name: sorted(map(repr, conn.rows(f'SELECT * FROM "{name}"'))) for name in ("person", "order__lines", "kartotek__history", "kartotek__file", "kartotek__catalog")}
    shown = [engine.select(OWNER, name, Query()).items for name in ("person", "item", "order")]
    return raw, [[one["fields"] for one in page] for page in shown], [one["action"] for one in engine.history(OWNER, "person", 1).items]


def _restored(path: Path, data: Path, url: str, *, replace: bool = False, file: Path | None = None, without: bool = False) -> Restored:
    data.mkdir(exist_ok=True)
    return restore(path, data, url, means=Means(KEYS, file, without), replace=replace, clock=lambda: NOW)


@pytest.fixture
def other_url(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[], str]:
    """A function that gives the URL of another empty database of the same sort."""
    numbers = iter(range(1000))

    def make() -> str:
        if database_url.startswith("sqlite"):
            return f"sqlite:///{tmp_path}/other{next(numbers)}/records.db"
        return str(request.getfixturevalue("fresh_database")())

    return make


@contextmanager
def _opened(url: str, data: Path) -> Iterator[Engine]:
    engine = Engine(Database.open(url), files=data / "files", secret=b"s" * 32, clock=lambda: NOW)
    try:
        yield engine
    finally:
        engine.close()


def test_all_is_there_again(world: tuple[Engine, Path], other_url: Callable[[], str], tmp_path: Path) -> None:
    engine, path = world
    url, data = other_url(), tmp_path / "other0"
    done = _restored(path, data, url)
    assert (done.aside, done.documents) == ("", documents())
    with _opened(url, data) as again:
        assert _content(again) == _content(engine)
        (kept,), (lying,) = ([one.read_bytes() for one in (folder / "files").glob("*/*")] for folder in (data, tmp_path))
        assert kept == lying and b"bytes of a file" not in kept


def test_no_id_is_given_twice(world: tuple[Engine, Path], other_url: Callable[[], str], tmp_path: Path) -> None:
    """Also of records and rows that were there and had gone before the backup."""
    engine, _ = world
    last = engine.create(CLERK, "item", {"name": "Last", "price": "1.00"})
    with engine.database.write() as conn:
        conn.run('DELETE FROM "item" WHERE "id" = ?', (last["id"],))
    path = engine.backups.write(tmp_path / "second.tar.gz", "A test.").path
    url = other_url()
    _restored(path, tmp_path / "other0", url)
    with _opened(url, tmp_path / "other0") as again:
        made = [again.create(CLERK, "item", {"name": "New", "price": "1.00"})["id"] for _ in range(2)]
        order = again.create(CLERK, "order", {"person": 1, "lines": [{"item": made[0]}]})
        with again.database.read() as conn:
            ids = [id for (id,) in conn.rows('SELECT "id" FROM "order__lines" ORDER BY 1')]
    assert made == [last["id"] + 1, last["id"] + 2]
    assert (order["id"], ids) == (2, [1, 2, 3])


def test_what_the_database_forbids_it_forbids_again(world: tuple[Engine, Path], other_url: Callable[[], str], tmp_path: Path) -> None:
    """Unique indexes, foreign keys and the definitions of all columns are as they were."""
    engine, path = world
    url = other_url()
    _restored(path, tmp_path / "other0", url)
    with _opened(url, tmp_path / "other0") as again:
        assert _definitions(again) == _definitions(engine)
        report = again.apply_documents(documents(), by=OWNER, reason="The same.")
        assert (report.version, report.problems) == (engine.catalog().version, ())


def _definitions(engine: Engine) -> Any:
    sql = {
        "sqlite": "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite%' ORDER BY 1, 2",
        "postgresql": "SELECT table_name::text, column_name::text, data_type, is_nullable, collation_name, is_identity FROM information_schema.columns "
        "WHERE table_schema = current_schema() UNION ALL SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), contype::text, '', '' "
        "FROM pg_constraint WHERE connamespace = current_schema()::regnamespace UNION ALL "
        "SELECT tablename::text, indexname::text, indexdef, '', '', '' FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1, 2, 3",
    }[engine.database.dialect.name]
    with engine.database.read() as conn:
        return conn.rows(sql)


def test_records_that_are_there_are_not_overwritten(world: tuple[Engine, Path], database_url: str, tmp_path: Path) -> None:
    engine, path = world
    before = _content(engine)
    engine.close()
    with pytest.raises(SetupInvalid, match="--replace"):
        _restored(path, tmp_path, database_url)
    with _opened(database_url, tmp_path) as again:
        assert _content(again) == before


def test_what_is_replaced_is_kept_aside(world: tuple[Engine, Path], database_url: str, tmp_path: Path) -> None:
    engine, path = world
    old = _content(engine)
    engine.create(CLERK, "person", {"name": "After the backup"})
    (tmp_path / "imports" / "7").mkdir(parents=True)
    engine.close()
    done = _restored(path, tmp_path, database_url, replace=True)
    with _opened(database_url, tmp_path) as again:
        assert _content(again) == old
    assert not (tmp_path / "imports").exists()
    if database_url.startswith("sqlite"):
        kept = f"sqlite:///{done.aside}/records.db"
    else:
        assert done.aside == "the schema before_20261121_120000 of the database"
        kept = f"{database_url}&options=-c%20search_path%3Dbefore_20261121_120000"
    with _opened(kept, tmp_path) as aside:
        assert "After the backup" in [one["fields"]["name"] for one in aside.select(OWNER, "person", Query()).items]
    again_done = _restored(path, tmp_path, database_url, replace=True)
    assert again_done.aside != done.aside


def test_a_site_in_use_is_refused(world: tuple[Engine, Path], other_url: Callable[[], str], tmp_path: Path) -> None:
    _, path = world
    data = tmp_path / "other0"
    data.mkdir()
    using = use(data)
    try:
        with pytest.raises(SetupInvalid, match="in use"):
            _restored(path, data, other_url())
    finally:
        os.close(using)
    with alone(data), pytest.raises(SetupInvalid, match="being restored"):
        use(data)


def test_a_database_in_use_elsewhere_is_refused(world: tuple[Engine, Path], database_url: str, tmp_path: Path) -> None:
    engine, path = world
    if engine.database.dialect.name == "sqlite":
        pytest.skip("A file is used by one machine, whose lock tells.")
    engine.clock = lambda: NOW
    assert engine.hold_lease("background", "elsewhere:1", 4.0)
    engine.close()
    with pytest.raises(SetupInvalid, match="elsewhere:1"):
        _restored(path, tmp_path, database_url, replace=True)


def _rewritten(path: Path, target: Path, change: Callable[[dict[str, Any], dict[str, Any], list[tuple[str, bytes]]], None]) -> Path:
    """A backup of which somebody has changed something and who knows how to sum it up, but has no key: so it is not sealed."""
    with opened(path, KEYS) as reader:
        members = [(name, b"".join(chunks)) for name, chunks in reader.members()]
        head, manifest = dict(reader.head), dict(reader.manifest)
    change(head, manifest, members)
    with target.open("wb") as out:
        writer = ArchiveWriter(out, {key: value for key, value in head.items() if key != "format"})
        for name, content in members:
            writer.add(name, [content])
        writer.finish({key: manifest[key] for key in ("rows", "missing")})
    return target


EVIL = (
    "../evil", "/tmp/evil", "files/../../evil", "files/ab/" + "g" * 32, "files/ab/" + "a" * 32 + "/../x", "files/ab", "evil",
    "records.db/x", "a\0b",
)  # fmt: skip


def test_a_name_that_leads_elsewhere_is_refused(world: tuple[Engine, Path], tmp_path: Path, other_url: Callable[[], str]) -> None:
    _, path = world
    url = other_url()
    for name in EVIL:
        evil = _rewritten(path, tmp_path / "evil.tar.gz", lambda head, manifest, members, name=name: members.append((name, b"evil")))  # type: ignore[misc]
        before = {one for one in tmp_path.rglob("*") if "other0" not in one.parts}
        with pytest.raises(SetupInvalid):
            _restored(evil, tmp_path / "other0", url)
        assert {one for one in tmp_path.rglob("*") if "other0" not in one.parts} == before, name
        assert not [one for one in (tmp_path / "other0").rglob("*") if one.name != "in-use.lock"], name


def _drop_rows(head: dict[str, Any], manifest: dict[str, Any], members: list[tuple[str, bytes]]) -> None:
    manifest["rows"] = {**manifest["rows"], "person": 77}


UNFIT: tuple[tuple[Any, str], ...] = (
    (lambda head, manifest, members: head.update(data_version=own_tables.NEWEST + 1), "newer"),
    (lambda head, manifest, members: head.update(data_version="1"), "newer"),
    (lambda head, manifest, members: head.update(database={"sqlite": "postgresql", "postgresql": "sqlite"}[head["database"]]), "kartotek copy"),
    (lambda head, manifest, members: head.update(made_at="yesterday"), "of itself"),
    (lambda head, manifest, members: head.pop("reason"), "of itself"),
    (lambda head, manifest, members: manifest.update(rows=[1]), "of itself|the rows"),
    (_drop_rows, "all rows|the rows"),
    (lambda head, manifest, members: members.pop(0), "rows|damaged"),
)


def test_what_does_not_fit_is_refused_before_anything_is_touched(world: tuple[Engine, Path], database_url: str, tmp_path: Path) -> None:
    engine, path = world
    before = _content(engine)
    engine.close()
    for change, said in UNFIT:
        wrong = _rewritten(path, tmp_path / "wrong.tar.gz", change)
        with pytest.raises(SetupInvalid, match=said):
            _restored(wrong, tmp_path, database_url, replace=True)
    with _opened(database_url, tmp_path) as again:
        assert _content(again) == before
    assert not list(tmp_path.glob("before-*"))


def test_a_damaged_database_can_be_replaced(world: tuple[Engine, Path], tmp_path: Path) -> None:
    engine, path = world
    if engine.database.dialect.name != "sqlite":
        pytest.skip("A file alone can be spoilt by a test.")
    before = _content(engine)
    engine.close()
    (tmp_path / "records.db").write_bytes(b"rubbish" * 1000)
    with pytest.raises(SetupInvalid, match="--replace"):
        _restored(path, tmp_path, f"sqlite:///{tmp_path}/records.db")
    done = _restored(path, tmp_path, f"sqlite:///{tmp_path}/records.db", replace=True)
    assert (Path(done.aside) / "records.db").read_bytes().startswith(b"rubbish")
    with _opened(f"sqlite:///{tmp_path}/records.db", tmp_path) as again:
        assert _content(again) == before


@pytest.mark.durability("D5")
def test_killed_anywhere_it_leaves_the_old_or_the_new(
    world: tuple[Engine, Path], database_url: str, tmp_path: Path, figure: Figure
) -> None:
    engine, path = world
    new = _content(engine)
    engine.create(CLERK, "person", {"name": "After the backup"})
    old = _content(engine)
    engine.close()
    seen, number, step = set(), 1, rounds(5, 1)
    while killed_at(number, lambda: _restored(path, tmp_path, database_url, replace=True)):
        os.close(use(tmp_path))
        with _opened(database_url, tmp_path) as again:
            found = _content(again)
        assert found in (old, new), f"killed at step {number}"
        seen.add(found == new)
        number += step
    with _opened(database_url, tmp_path) as again:
        assert _content(again) == new
    assert number > 10
    assert not (tmp_path / "exchange.json").exists()
    figure(f"kill -9 in a restore: {number // step} kills, always the old or the new")
    assert seen


@pytest.mark.durability("D5")
def test_killed_anywhere_a_backup_is_there_or_not(world: tuple[Engine, Path], tmp_path: Path, figure: Figure) -> None:
    engine, _ = world
    before = set(engine.backups.kept())
    number = 1
    while killed_at(number, lambda: engine.backups.make("A test.")):
        assert set(engine.backups.kept()) >= before
        for one in set(engine.backups.kept()) - before:
            with opened(one, KEYS) as reader:
                assert [name for name, _ in reader.members()]
            assert list((tmp_path / "backups").glob("*.keys"))
        number += rounds(5, 1)
    for left in (tmp_path / "backups").glob(".unfinished-*"):  # of somebody who died while he removed it: looked at after a minute
        os.utime(left, (0, 0))
    engine.backups.make("The last.")
    assert not list((tmp_path / "backups").glob(".unfinished-*"))
    figure(f"kill -9 in a backup: {number // rounds(5, 1)} kills, no half file under a good name")


def test_what_was_made_before_backups_were_sealed_is_restored(world: tuple[Engine, Path], other_url: Callable[[], str], tmp_path: Path) -> None:
    engine, path = world
    old = _rewritten(path, tmp_path / "old.kartotek.tar.gz", lambda head, manifest, members: None)
    with tarfile.open(old) as archive:
        assert archive.getnames()[0] == "kartotek.json"
    url = other_url()
    _restored(old, tmp_path / "other0", url)
    with _opened(url, tmp_path / "other0") as again:
        assert _content(again) == _content(engine)


KEY = (
    'INSERT INTO "kartotek__key" ("id", "purpose", "type_id", "record_id", "master", "wrapped", "created_at") '
    "VALUES (?, 'field', 1, ?, 'm', ?, ?)"
)


def _with_key(engine: Engine, record: int) -> str:
    """The key of one person, as it stands wrapped in the database."""
    wrapped = f"wrapped-{record}-{'x' * 40}"
    with engine.database.write() as conn:
        conn.run(KEY, (record + 700, record, wrapped, conn.dialect.encode(INSTANT, NOW)))
    return wrapped


def _keys_there(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.database.read() as conn:
        return conn.rows('SELECT "record_id", "wrapped" FROM "kartotek__key" ORDER BY 1')


def test_keys_of_people_stand_beside_the_archive_alone(world: tuple[Engine, Path], other_url: Callable[[], str], tmp_path: Path) -> None:
    engine, _ = world
    wrapped = [_with_key(engine, 1), _with_key(engine, 2)]
    (tmp_path / "disk").mkdir()
    path = engine.backups.write(tmp_path / "disk" / "mine.kartotek", "A test.").path
    with opened(path, KEYS) as reader:
        content = b"".join(chunk for _, chunks in reader.members() for chunk in chunks)
    assert not [one for one in wrapped if one.encode() in content]
    url = other_url()
    _restored(path, tmp_path / "other0", url)
    with _opened(url, tmp_path / "other0") as again:
        assert _keys_there(again) == [(1, wrapped[0]), (2, wrapped[1])]


def test_without_the_file_of_keys_a_restore_says_what_is_missing(world: tuple[Engine, Path], other_url: Callable[[], str], tmp_path: Path) -> None:
    engine, _ = world
    _with_key(engine, 1)
    (tmp_path / "disk").mkdir()
    path = engine.backups.write(tmp_path / "disk" / "mine.kartotek", "A test.").path
    (lying,) = path.parent.glob("*.keys")
    away = lying.rename(tmp_path / "elsewhere.keys")
    url, data = other_url(), tmp_path / "other0"
    with pytest.raises(SetupInvalid, match=r"1 keys of people .*\.keys beside"):
        _restored(path, data, url)
    for content in (b"", b"rubbish", away.read_bytes()[:-1], away.read_bytes()[:-9] + b"\0" + away.read_bytes()[-8:]):
        (tmp_path / "bad.keys").write_bytes(content)
        with pytest.raises(SetupInvalid, match="keys in .* cannot be read"):
            _restored(path, data, url, file=tmp_path / "bad.keys")
    assert not [one for one in data.rglob("*") if one.name != "in-use.lock"]
    _restored(path, data, url, file=away)
    with _opened(url, data) as again:
        assert len(_keys_there(again)) == 1
    second = other_url()
    _restored(path, tmp_path / "other1", second, without=True)
    with _opened(second, tmp_path / "other1") as again:
        assert _keys_there(again) == []


def test_who_was_erased_since_stays_erased_whichever_file_of_keys_is_brought(world: tuple[Engine, Path], database_url: str, tmp_path: Path) -> None:
    """An old disk with its old file of keys: the site that is replaced knows better."""
    engine, _ = world
    _with_key(engine, 1)
    kept = _with_key(engine, 2)
    (tmp_path / "disk").mkdir()
    path = engine.backups.write(tmp_path / "disk" / "mine.kartotek", "A test.").path
    with engine.database.write() as conn:
        conn.run('UPDATE "kartotek__key" SET "wrapped" = NULL, "destroyed_at" = ? WHERE "record_id" = 1', (conn.dialect.encode(INSTANT, NOW),))
        erasures.add(conn, ErasureRow(type="person", type_id=1, record_id=1, made_at=None, at=NOW, by=1, basis="request", done_at=NOW))
    engine.close()
    _restored(path, tmp_path, database_url, replace=True)
    with closing(Database.open(database_url)) as database, database.read() as conn:
        assert conn.rows('SELECT "record_id", "wrapped" FROM "kartotek__key" ORDER BY 1') == [(1, None), (2, kept)]
        assert [(one.record_id, one.done_at) for one in erasures.waiting(conn)] == [(1, None)]


def test_another_key_opens_nothing_and_is_told(world: tuple[Engine, Path], other_url: Callable[[], str], tmp_path: Path) -> None:
    _, path = world
    url = other_url()
    for keys in (Keyring.of_secret(b"another"), Keyring({})):
        with pytest.raises(SetupInvalid, match=f"master key '{KEYS.current}'.*--key"):
            restore(path, _made(tmp_path / "other0"), url, means=Means(keys), replace=False, clock=lambda: NOW)
    # One that claims the name of the right key: its bytes are others.
    with pytest.raises(SetupInvalid, match="damaged"):
        checked(path, Keyring({KEYS.current: b"x" * 32}))
    assert not [one for one in (tmp_path / "other0").rglob("*") if one.name != "in-use.lock"]


def _made(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def test_cut_off_after_any_piece_it_is_refused(world: tuple[Engine, Path], tmp_path: Path) -> None:
    engine, _ = world
    engine.stage_file(CLERK, io.BytesIO(os.urandom(300_000)), name="long.bin")
    whole = engine.backups.write(tmp_path / "long.kartotek", "A test.").path.read_bytes()
    start = whole.index(b"\n", len(MAGIC)) + 1 + 8 + 1 + 32
    ends = [start, *range(start + 16, len(whole), PIECE + 16), *range(start + PIECE + 16, len(whole), PIECE + 16)]
    assert len(ends) > 8
    for end in ends:
        (tmp_path / "cut.kartotek").write_bytes(whole[:end])
        with pytest.raises(SetupInvalid):
            checked(tmp_path / "cut.kartotek", KEYS)
    pieces = [whole[at : at + PIECE + 16] for at in range(start, len(whole), PIECE + 16)]
    for wrong in ([pieces[1], pieces[0], *pieces[2:]], [*pieces[:1], *pieces[2:]], [*pieces, pieces[-1]], [*pieces[:-1], pieces[0], pieces[-1]]):
        (tmp_path / "cut.kartotek").write_bytes(whole[:start] + b"".join(wrong))
        with pytest.raises(SetupInvalid):
            checked(tmp_path / "cut.kartotek", KEYS)


def test_a_newer_one_says_so(world: tuple[Engine, Path], tmp_path: Path) -> None:
    whole = world[1].read_bytes()
    newer = tmp_path / "newer.kartotek"
    newer.write_bytes(whole.replace(b'{"format": 2', b'{"format": 3', 1))
    with pytest.raises(SetupInvalid, match="newer Kartotek"):
        checked(newer, KEYS)


def _plain_tar(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for info, content in members:
            info.size = info.size or len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def _head() -> tuple[tarfile.TarInfo, bytes]:
    return tarfile.TarInfo("kartotek.json"), b'{"format": 1, "files": true, "made_at": "2026-01-01T00:00:00+00:00", "reason": "x"}'


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE, tarfile.GNUTYPE_SPARSE])
def test_what_is_no_plain_file_in_an_archive_is_refused(tmp_path: Path, kind: bytes) -> None:
    info = tarfile.TarInfo("files/ab/" + "a" * 32)
    info.type, info.linkname = kind, "/etc/passwd"
    with pytest.raises(SetupInvalid):
        checked(_plain_tar(tmp_path / "odd.tar.gz", _head(), (info, b"")), KEYS)


def test_what_unpacks_without_end_is_refused_soon_and_in_little_memory(tmp_path: Path) -> None:
    """Nobody sealed it, so anybody may have written it: a gigabyte of nothing, and a name as long as that."""
    zeros = gzip.compress(bytes(8 << 20), 9)  # a gzip file may be several behind one another
    start = _tar_head("kartotek.json", len(_head()[1])) + _head()[1].ljust(512, b"\0")
    big, long = tmp_path / "big.gz", tmp_path / "long.gz"
    big.write_bytes(gzip.compress(start + _tar_head("records.db.part000001", 2 << 30)) + 40 * zeros)
    long.write_bytes(gzip.compress(start + _tar_head("././@PaxHeader", 1 << 30, tarfile.XHDTYPE)) + 40 * zeros)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(SetupInvalid, match="unpacks to more"):
        checked(big, KEYS)
    with pytest.raises(SetupInvalid, match="too long"):
        checked(long, KEYS)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000


def _tar_head(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)
