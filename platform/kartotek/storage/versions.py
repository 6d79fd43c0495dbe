"""Versions: the catalogs that were ever applied, each with what it did and the stable numbers of all it declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kartotek.model.frozen import empty
from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT, JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """A catalog. `ids`, `steps` and `ratcheted` are empty for one that was applied before they were kept.

    `ids` are {"next": …, "types": {name: {"id", "fields", "states"}}}, `ratcheted` is {type: [what old records may break]}.
    """

    version: int
    hash: str
    at: datetime
    by: int
    reason: str
    steps: Sequence[Any] = ()
    ids: Mapping[str, Any] = field(default_factory=empty)
    ratcheted: Mapping[str, Sequence[str]] = field(default_factory=empty)
    documents: Mapping[str, str] = field(default_factory=empty)


_SHORT = '"version", "hash", "at", "by", "reason", "steps"'
_LISTED = f'SELECT {_SHORT} FROM "kartotek__catalog" WHERE "version" < ? ORDER BY "version" DESC LIMIT ?'
_WHOLE = f'SELECT {_SHORT}, "ids", "ratcheted", "documents" FROM "kartotek__catalog" WHERE "version" = ?'
_ALL = 2**53


def listed(conn: Connection, *, before: int | None = None, limit: int = 50) -> list[VersionRow]:
    """Versions, newest first, without their documents; `before` is the last one seen."""
    return [_version(conn, row) for row in conn.rows(_LISTED, (_ALL if before is None else before, limit))]


def find(conn: Connection, version: int) -> VersionRow | None:
    """One version with all there is of it, None where there is no such."""
    row = conn.row(_WHOLE, (version,))
    if row is None:
        return None
    wire = conn.dialect.decoder(JSON)
    ids, ratcheted, documents = ({} if one is None else wire(one) for one in row[6:])
    short = _version(conn, row[:6])
    return VersionRow(
        version=short.version, hash=short.hash, at=short.at, by=short.by, reason=short.reason, steps=short.steps,
        ids=ids, ratcheted=ratcheted, documents=documents,
    )


def rewrite_steps(conn: Connection, rewritten: Callable[[Any], Any]) -> None:
    """Writes every step that was ever told anew: of versions, and of changes that were asked for."""
    wire, encode = conn.dialect.decoder(JSON), conn.dialect.encode
    for table, key in (("kartotek__catalog", "version"), ("kartotek__change", "id")):
        for number, steps in conn.rows(f'SELECT "{key}", "steps" FROM "{table}" WHERE "steps" IS NOT NULL'):
            before = wire(steps)
            after = [rewritten(one) for one in before]
            if after != before:
                conn.run(f'UPDATE "{table}" SET "steps" = ? WHERE "{key}" = ?', (encode(JSON, after), number))


def _version(conn: Connection, row: Sequence[Any]) -> VersionRow:
    steps = () if row[5] is None else tuple(conn.dialect.decoder(JSON)(row[5]))
    at = conn.dialect.decoder(INSTANT)(row[2])
    return VersionRow(version=row[0], hash=row[1], at=at, by=row[3], reason=row[4], steps=steps)
