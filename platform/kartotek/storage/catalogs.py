"""Catalogs: the documents that were applied, each under its number, and the pulse that every process watches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kartotek.model.frozen import empty
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database
from kartotek.storage.faults import StaleCatalog
from kartotek.storage.layout import INSTANT, JSON
from kartotek.storage.patience import hurry, take_time


@dataclass(frozen=True, slots=True)
class AppliedCatalog:
    """`documents` is {path within the site: text}, `ratcheted` {type: what records that are older than a rule may break}, `ids` the numbers that stay."""

    version: int
    documents: Mapping[str, str]
    hash: str
    at: datetime
    by: int
    reason: str
    ratcheted: Mapping[str, Sequence[str]] = field(default_factory=empty)
    ids: Mapping[str, Any] = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class Pulse:
    """The number of the applied catalog, 0 for none, and one that grows when anybody's rights may have changed."""

    catalog_version: int
    security_epoch: int


_COLUMNS = '"version", "documents", "hash", "at", "by", "reason"'
_READ = f'SELECT {_COLUMNS}, "ratcheted", "ids" FROM "kartotek__catalog" ORDER BY "version" DESC LIMIT 1'
# A reader's snapshot is taken before he waits for a table: he would see the pulse of before in tables of afterwards.
_GUARD = 'LOCK TABLE "kartotek__pulse" IN ACCESS SHARE MODE'
_PULSE = 'SELECT "catalog_version", "security_epoch" FROM "kartotek__pulse" WHERE "id" = 1'


def latest(conn: Connection) -> AppliedCatalog | None:
    """The catalog that is applied, None before the first."""
    row = conn.row(_READ)
    if row is None:
        return None
    wire, at = conn.dialect.decoder(JSON), conn.dialect.decoder(INSTANT)(row[3])
    told = ({} if one is None else wire(one) for one in row[6:])
    return AppliedCatalog(row[0], wire(row[1]), row[2], at, row[4], row[5], *told)


def first_at(conn: Connection) -> datetime | None:
    """When the site began: when its very first catalog was applied."""
    row = conn.row('SELECT "at" FROM "kartotek__catalog" ORDER BY "version" LIMIT 1')
    return None if row is None else conn.dialect.decoder(INSTANT)(row[0])


def mark(conn: Connection) -> str:
    """Eight letters that tell a site from others: they follow from its very first catalog, so a restored one has the same."""
    row = conn.row('SELECT "at", "hash" FROM "kartotek__catalog" ORDER BY "version" LIMIT 1')
    first = "" if row is None else f"{conn.dialect.decoder(INSTANT)(row[0]).isoformat()} {row[1]}"
    return hashlib.sha256(first.encode()).hexdigest()[:8]


def ratcheted_before(conn: Connection, version: int) -> Mapping[str, Sequence[str]]:
    """What records could break under the catalog before this one."""
    row = conn.row('SELECT "ratcheted" FROM "kartotek__catalog" WHERE "version" = ?', (version - 1,))
    found: Mapping[str, Sequence[str]] = conn.dialect.decoder(JSON)(row[0]) if row and row[0] is not None else {}
    return found


def append(
    conn: Connection, *, documents: Mapping[str, str], hash: str, at: datetime, by: int, reason: str,
    after: int | None = None, **told: Any,
) -> int:
    """The number of the catalog now applied. It waits for writers that rely on the one before, and they for it.

    `told` may be `ids`, `steps` and `ratcheted`, plain JSON, see storage/versions.py. Raises StaleCatalog when `after` is given and another is applied than that.
    """
    row = conn.row(_PULSE + conn.dialect.for_update)
    before = row[0] if row else 0
    if after is not None and after != before:
        raise StaleCatalog(f"Catalog {before} is applied, not {after}.")
    encode = conn.dialect.encode
    values = (encode(JSON, told.get("ids", {})), encode(JSON, told.get("steps", [])), encode(JSON, told.get("ratcheted", {})))
    conn.run(
        f'INSERT INTO "kartotek__catalog" ({_COLUMNS}, "ids", "steps", "ratcheted") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        (before + 1, encode(JSON, dict(documents)), hash, encode(INSTANT, at), by, reason, *values),
    )
    conn.run('UPDATE "kartotek__pulse" SET "catalog_version" = ? WHERE "id" = 1', (before + 1,))
    return int(before) + 1


@contextmanager
def read_pulsed(database: Database) -> Iterator[tuple[Connection, Pulse]]:
    """A connection to read from, and the pulse of the very moment that it sees.

    On PostgreSQL this keeps whoever takes the whole pulse for himself waiting, so no reader sees tables change under him.
    """
    with database.read_after(_PULSE, _GUARD) as (conn, row):
        yield conn, Pulse(*row) if row else Pulse(0, 0)


def pulse(conn: Connection) -> Pulse:
    """Both numbers, by one query for one row."""
    row = conn.row(_PULSE)
    return Pulse(*row) if row else Pulse(0, 0)


def kept_pulse(conn: Connection) -> Pulse:
    """The pulse in a transaction that writes; the catalog stays the applied one until it ends."""
    row = conn.row(_PULSE + conn.dialect.for_key_share)
    return Pulse(*row) if row else Pulse(0, 0)


@contextmanager
def write_under(database: Database, version: int) -> Iterator[Connection]:
    """A transaction in which this catalog stays the applied one. Raises StaleCatalog where another is."""
    with database.write_after(_PULSE + database.dialect.for_key_share) as (conn, row):
        if row is None or row[0] != version:
            raise StaleCatalog(f"Another catalog than {version} is applied.")
        yield conn


def take_alone(conn: Connection) -> None:
    """Lets nobody read or write records until the transaction ends; whoever began before has ended by now.

    Raises Collision where somebody does not end soon: others would wait behind this.
    """
    hurry(conn)
    if conn.dialect.waits_for_locks:
        conn.run('LOCK TABLE "kartotek__pulse" IN ACCESS EXCLUSIVE MODE')
    take_time(conn)


def hold(conn: Connection, version: int) -> None:
    """Keeps this catalog the applied one until the transaction ends. Raises StaleCatalog where another is."""
    _refuse_other(version, kept_pulse(conn))


def hold_alone(conn: Connection, version: int) -> None:
    """The same, while nobody else writes records."""
    row = conn.row(_PULSE + conn.dialect.for_update)
    _refuse_other(version, Pulse(*row) if row else Pulse(0, 0))


def _refuse_other(version: int, found: Pulse) -> None:
    if found.catalog_version != version:
        raise StaleCatalog(f"Another catalog than {version} is applied.")


def bump_security(conn: Connection) -> None:
    """Tells all processes to forget whom they know."""
    conn.run('UPDATE "kartotek__pulse" SET "security_epoch" = "security_epoch" + 1 WHERE "id" = 1')
