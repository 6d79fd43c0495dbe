"""Reading backups: what one says of itself, and whether all of it is there. Nothing is believed that was not read to its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kartotek.engine.keyring import Keyring
from kartotek.errors import SetupInvalid, Unreadable
from kartotek.storage.archive import ArchiveReader
from kartotek.storage.archive_seal import label_of, unsealed

PURPOSE = "backup"


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup says of itself. `rows` is {table: how many}, `files` how many files it holds, None where it was made without.

    `seal` is {"members", "bytes", "sha256"} of all that is in it.
    """

    path: Path
    made_at: datetime
    reason: str
    head: Mapping[str, Any]
    rows: Mapping[str, int]
    files: int | None
    missing: int
    seal: Mapping[str, Any]


def checked(path: Path, keys: Keyring) -> Backup:
    """What a backup holds, after all of it was read and counted. Raises SetupInvalid for one that is not whole or has another key."""
    with opened(path, keys) as reader:
        counts: dict[str, int] = {}
        files = 0
        for name, chunks in reader.members():
            files += name.startswith("files/")
            if name.startswith("tables/"):
                counts[name] = sum(chunk.count(b"\n") for chunk in chunks)
        try:
            return _described(path, reader, counts, files)
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise SetupInvalid(f"{path} does not say what a backup says of itself.") from exc


@contextmanager
def opened(path: Path, keys: Keyring) -> Iterator[ArchiveReader]:
    """The archive in a file. Raises SetupInvalid."""
    with closing(_stream(path)) as stream:
        archive, sealed = unsealed(stream, lambda id: key_of(keys, id))
        yield ArchiveReader(archive, sealed=sealed)


def label(path: Path) -> Mapping[str, Any]:
    """What anybody can read of a sealed backup, {} of one that nothing seals. It proves nothing yet. Raises SetupInvalid."""
    with closing(_stream(path)) as stream:
        found = label_of(stream)
        return found[0] if found is not None else {}


def key_of(keys: Keyring, id: str) -> bytes:
    """The key of backups that follows from a master key. Raises SetupInvalid where that is missing."""
    try:
        return keys.derived(PURPOSE, id)
    except Unreadable as exc:
        there = f"the keys that are here are {', '.join(keys.ids)}" if keys.ids else "no master key is here"
        raise SetupInvalid(
            f"The backup was made with the master key {id[:40]!r}, and {there}. Give the file secrets/master.key that the site "
            "had then (--key FILE), or type what its recovery sheet says."
        ) from exc


def _described(path: Path, reader: ArchiveReader, counts: Mapping[str, int], files: int) -> Backup:
    head, rows = reader.head, reader.manifest["rows"]
    for number, table in enumerate(head.get("tables", ())):
        if counts.get(f"tables/{number:04d}") != rows[table["name"]]:
            raise SetupInvalid(f"The backup {path} does not hold all rows of {table['name']}.")
    seal = {name: reader.manifest[name] for name in ("members", "bytes", "sha256")}
    return Backup(
        path, datetime.fromisoformat(head["made_at"]), str(head["reason"]), head, rows,
        files if head["files"] else None, reader.manifest["missing"], seal,
    )


def _stream(path: Path) -> Any:
    try:
        return path.open("rb")
    except OSError as error:
        raise SetupInvalid(f"{path} cannot be read: {error.strerror}.") from error
