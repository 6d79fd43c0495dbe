"""Restoring: a backup in the place of what a site holds. It is whole before anything is touched; what was there is put aside."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kartotek.engine.backup_keys import keys_beside, living, merged, read_keys
from kartotek.engine.backup_reading import Backup, checked, label, opened
from kartotek.engine.busy import busy_instead
from kartotek.engine.keyring import Keyring
from kartotek.engine.scratch_folder import scratch_in
from kartotek.errors import SetupInvalid
from kartotek.model.audit import AuditHead
from kartotek.storage import beside, copying_postgresql, copying_sqlite, definitions, leases, own_tables
from kartotek.storage.archive import ArchiveReader
from kartotek.storage.beside import Known, Rows
from kartotek.storage.catalogs import latest
from kartotek.storage.copying_sqlite import ACCOUNTS, RECORDS
from kartotek.storage.database import Database, path_of
from kartotek.storage.blobs import sync
from kartotek.storage.exchange import Move, alone, exchange
from kartotek.storage.own import number_of

_PLACE = re.compile(r"files/([0-9a-f]{2}/[0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Restored:
    """`aside` says where what was there before is now, "" where there was nothing; `documents` are the declarations of the backup.

    `gave_up` is the last entry of the audit that was there.
    """

    backup: Backup
    aside: str
    documents: Mapping[str, str]
    gave_up: AuditHead


@dataclass(frozen=True, slots=True)
class Means:
    """What opens a backup: the master keys, and the file with the keys of people, found beside it where none is named.

    `without` is the word of somebody who knows that what these encrypted stays unreadable.
    """

    keys: Keyring
    file: Path | None = None
    without: bool = False


def restore(path: Path, data: Path, url: str, *, means: Means, replace: bool, clock: Callable[[], datetime]) -> Restored:
    """Puts a backup into a site's data folder and the database at `url`.

    Raises SetupInvalid where the backup is not whole or from a newer Kartotek, where a key is missing, where the site is in
    use, and, without `replace`, where it holds records. Killed at any moment it leaves what was there, or all of the backup.
    """
    backup = checked(path, means.keys)
    _refuse_newer(backup)
    rows = keys_of(backup, means)
    sort = "sqlite" if url.startswith("sqlite:") else "postgresql"
    if sort != backup.head["database"]:
        raise SetupInvalid(
            f"The backup is one of {backup.head['database']} and the site is on {sort}: restore it into a site of its own sort, "
            "and take that to the other with: kartotek copy"
        )
    with alone(data):
        put = _put_sqlite if sort == "sqlite" else _put_postgresql
        whole = _Whole(backup, means.keys, rows)
        aside, gone = put(url, whole, _target(data, clock), replace)
    return Restored(backup, aside, _documents(url), gone.head)


@dataclass(frozen=True, slots=True)
class _Whole:
    """A backup with what opens it and what stands beside it."""

    backup: Backup
    keys: Keyring
    rows: Rows

    def with_later(self, gone: Known) -> Rows:
        """What stands beside it, and what the site that is replaced knows better, if it is the same one: who was erased."""
        return merged(self.rows, gone.rows) if gone.mark == label(self.backup.path).get("mark") else self.rows


@dataclass(frozen=True, slots=True)
class _Target:
    """`aside` is a folder that is not there yet."""

    data: Path
    aside: Path
    now: datetime


def _target(data: Path, clock: Callable[[], datetime]) -> _Target:
    now = clock()
    names = (f"before-{now:%Y%m%d-%H%M%S}{ending}" for ending in ("", *(f"-{number}" for number in range(2, 1000))))
    return _Target(data, next(data / name for name in names if not (data / name).exists()), now)


def _put_sqlite(url: str, whole: _Whole, target: _Target, replace: bool) -> tuple[str, Known]:
    """The database that is there is not opened as one: it may be damaged, which is why somebody restores."""
    records = path_of(url)
    records.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if copying_sqlite.is_filled(records) and not replace:
        raise _filled()
    with scratch_in(target.data) as scratch, scratch_in(records.parent) as near:
        with opened(whole.backup.path, whole.keys) as reader:
            for name, chunks in reader.members():
                if name in (RECORDS, ACCOUNTS):
                    _keep((near if name == RECORDS else scratch) / name, chunks)
                else:
                    _keep_file(scratch, name, chunks)
        if copying_sqlite.checked(near / RECORDS) != whole.backup.rows:
            raise _incomplete(whole.backup)
        gone = beside.known_from_file(records) if records.exists() else Known()
        beside.lay_in_file(near / RECORDS, whole.with_later(gone))
        copying_sqlite.forget_leases(near / RECORDS)
        if (scratch / ACCOUNTS).exists():
            beside.end_sessions_in_file(scratch / ACCOUNTS)
        _take_files(scratch, target.data)
        moves = [
            *_moves(records, near / RECORDS, target.aside.name),
            *_moves(target.data / ACCOUNTS, scratch / ACCOUNTS, target.aside.name), _imports(target),
        ]
        exchange(target.data, moves)
    return str(target.aside) if target.aside.is_dir() else "", gone


def _moves(place: Path, new: Path, aside: str) -> list[Move]:
    """A database's file comes last: what SQLite keeps beside it belongs to the one that goes."""
    away, ready = place.parent / aside, place.with_name(f".{place.name}.restored")
    ready.unlink(missing_ok=True)
    if new.exists():
        os.replace(new, ready)  # no longer among what is removed when something goes wrong
        sync(place.parent)
    beside = [Move(f"{place}{ending}", f"{away / place.name}{ending}") for ending in ("-shm", "-wal")]
    return [*beside, Move(str(place), str(away / place.name), str(ready) if ready.exists() else "")]


def _put_postgresql(url: str, whole: _Whole, target: _Target, replace: bool) -> tuple[str, Known]:
    """All in one transaction; files come in before it ends, since nobody names those that are not known yet."""
    with closing(Database.open(url)) as database, scratch_in(target.data) as scratch, busy_instead():
        _refuse_served(database, target.now)
        with opened(whole.backup.path, whole.keys) as reader, database.write() as conn:
            gone = beside.known(conn)
            aside = copying_postgresql.put_aside(conn, target.aside.name.replace("-", "_")) if replace else ""
            if not replace and definitions.table_names(conn):
                raise _filled()
            counts = copying_postgresql.lay(conn, whole.backup.head, without_files(reader, scratch))
            copying_postgresql.finish(conn, whole.backup.head)
            if counts != whole.backup.rows:
                raise _incomplete(whole.backup)
            beside.lay(conn, whole.with_later(gone))
            beside.end_sessions(conn)
            leases.forget_all(conn)
            _take_files(scratch, target.data)
        exchange(target.data, [_imports(target)])
    return f"the schema {aside} of the database" if aside else "", gone


def without_files(reader: ArchiveReader, scratch: Path) -> Iterator[tuple[str, Iterator[bytes]]]:
    """The tables of an archive, whose files come into a folder meanwhile."""
    for name, chunks in reader.members():
        if name.startswith("tables/"):
            yield name, chunks
        else:
            _keep_file(scratch, name, chunks)


def _keep_file(scratch: Path, name: str, chunks: Iterator[bytes]) -> None:
    """Keeps a file of the archive under the only names that files have; anything else is not ours."""
    place = _PLACE.fullmatch(name)
    if place is None:
        raise SetupInvalid("The backup holds something that Kartotek has not written.")
    path = scratch / "files" / place[1]
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _keep(path, chunks)


def _keep(path: Path, chunks: Iterator[bytes]) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _take_files(scratch: Path, data: Path) -> None:
    """Brings the files in. What is there already stays: a place holds the same bytes for ever."""
    for path in sorted((scratch / "files").glob("*/*")):
        place = data / "files" / path.relative_to(scratch / "files")
        if not place.exists():
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.replace(path, place)
    for folder in (data / "files", *(data / "files").glob("*")):
        if folder.is_dir():
            sync(folder)


def _imports(target: _Target) -> Move:
    """Imports are numbered by the database: other records' must not take these for theirs."""
    return Move(str(target.data / "imports"), str(target.aside / "imports"))


def _refuse_served(database: Database, now: datetime) -> None:
    """Servers on other machines share the database alone."""
    with database.read() as conn:
        held = leases.holders(conn, now) if number_of(conn) else []
    if held:
        raise SetupInvalid(f"The site's database is in use by {', '.join(held)}: stop its servers and workers, and wait some seconds.")


def keys_of(backup: Backup, means: Means) -> Rows:
    """What stands beside the backup. Raises SetupInvalid where it is missing and something cannot be read without it."""
    marked = str(label(backup.path).get("mark", ""))
    path = means.file or (keys_beside(backup.path, marked) if marked else None)
    if path is not None:
        return read_keys(path, marked, means.keys)
    needed = backup.head.get("keys", 0)
    if needed and not means.without:
        raise SetupInvalid(
            f"{needed} keys of people and types are missing: they lie in a file that ends in {marked}.keys beside the backups. "
            "Put it beside this one, or name it with --keys FILE. With --without-keys all else is restored, and what they "
            "encrypt stays unreadable."
        )
    return {}


def _refuse_newer(backup: Backup) -> None:
    number = backup.head["data_version"]
    if not isinstance(number, int) or number > own_tables.NEWEST:
        raise SetupInvalid("The backup was written by a newer Kartotek: install that version to restore it.")


def _incomplete(backup: Backup) -> SetupInvalid:
    return SetupInvalid(f"The backup {backup.path} does not hold the rows that it says it holds.")


def _filled() -> SetupInvalid:
    return SetupInvalid("The site holds records already. With --replace they are put aside, and the backup takes their place.")


def _documents(url: str) -> Mapping[str, str]:
    with closing(Database.open(url)) as database, database.read() as conn:
        applied = latest(conn)
    return applied.documents if applied is not None else {}
