"""Backup keys: the file beside the backups that holds the keys of people and types, each wrapped by a master key.

It is written anew in every folder at every backup, so that who was erased since can be read in no older backup either.
"""

from __future__ import annotations

import gzip
import json
import os
import secrets
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kartotek.engine.backup_reading import PURPOSE
from kartotek.engine.keyring import Keyring
from kartotek.errors import SetupInvalid, Unreadable
from kartotek.storage.beside import ERASED, Rows
from kartotek.storage.blobs import sync

ENDING = ".keys"
_ABOUT = b"keys beside backups of "
_KEYS, _DESTROYED = "kartotek__key", "destroyed_at"
_UNIQUE = {_KEYS: ("id",), ERASED: ("type_id", "record_id", "at")}


def write_keys(path: Path, mark: str, keys: Keyring, rows: Rows) -> None:
    """All of the new file or all of the one that was there, whatever happens. Raises OSError."""
    content = gzip.compress(json.dumps({"format": 1, "rows": rows}).encode(), 1, mtime=0)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as stream:
            stream.write(keys.seal(PURPOSE, content, _ABOUT + mark.encode()))
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    sync(path.parent)


def read_keys(path: Path, mark: str, keys: Keyring) -> Rows:
    """What the file holds. Raises SetupInvalid for one of another site, one that was changed, and where its master key is missing."""
    try:
        content = json.loads(gzip.decompress(keys.unseal(PURPOSE, path.read_bytes(), _ABOUT + mark.encode())))
        if content["format"] > 1:
            raise SetupInvalid(f"{path} was written by a newer Kartotek: install that version to read it.")
        rows: Rows = content["rows"]
        return rows
    except (Unreadable, OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as exc:
        reason = exc.sentence if isinstance(exc, Unreadable) else f"{exc}"
        raise SetupInvalid(f"The keys in {path} cannot be read: {reason}") from exc


def keys_beside(archive: Path, mark: str) -> Path | None:
    """The file of keys that lies beside an archive, also where somebody has given that another name."""
    same = [path for path in sorted(archive.parent.glob(f"*{mark}{ENDING}")) if path.is_file()]
    ours = [path for path in same if archive.name.startswith(path.name.removesuffix(ENDING))]
    return (ours or same or [None])[0]


def merged(*several: Rows) -> dict[str, list[Mapping[str, Any]]]:
    """The rows of all of them, each once; a key that is destroyed in one of them is destroyed.

    Where somebody has got two keys, in two courses of events, that of the first stays: it opens what is to be restored.
    """
    found: dict[str, dict[Any, Mapping[str, Any]]] = {table: {} for table in _UNIQUE}
    for rows in several:
        owned = {_owner(row) for row in found[_KEYS].values()}
        for table, known in found.items():
            for row in rows.get(table, ()):
                key = tuple(row[name] for name in _UNIQUE[table])
                if row.get(_DESTROYED) is not None or key not in known and (table != _KEYS or _owner(row) not in owned):
                    known[key] = row
    return {table: list(known.values()) for table, known in found.items()}


def living(rows: Rows) -> int:
    """How many keys there are that still open something."""
    return sum(row.get(_DESTROYED) is None for row in rows.get(_KEYS, ()))


def _owner(row: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Whose key it is, None once it is destroyed."""
    return None if row.get(_DESTROYED) is not None else (row["purpose"], row["type_id"], row["record_id"])
