"""Windows: rollups whose condition looks at the time: until when each is right, and which rows have come in or left since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kartotek.kinds.kind import ColumnSpec
from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import INSTANT
from kartotek.storage.rollups import ALIAS, RollupSpec, pointer
from kartotek.storage.sql_text import bind

_WHOLE = 0  # the row of a window itself, instead of a parent's number
_SAVE = (
    'INSERT INTO "kartotek__window" ("name", "parent_id", "at") VALUES (?, ?, ?) '
    'ON CONFLICT ("name", "parent_id") DO UPDATE SET "at" = excluded."at"'
)


@dataclass(frozen=True, slots=True)
class Span:
    """Rows whose value in the column lies between two may have come in or left."""

    column: str
    spec: ColumnSpec
    low: Any
    high: Any


def right_until(conn: Connection, name: str) -> datetime | None:
    """When all parents were looked at last; None where they never were."""
    return {id: at for id, at in _rows(conn, name) if id == _WHOLE}.get(_WHOLE)


def marks(conn: Connection, name: str) -> dict[int, datetime]:
    """{parent: when it was last counted} of those counted by themselves since then."""
    return {id: at for id, at in _rows(conn, name) if id != _WHOLE}


def mark(conn: Connection, name: str, parents: Collection[int], at: datetime) -> None:
    """Notes that these parents were counted as of an instant."""
    when = conn.dialect.encode(INSTANT, at)
    if parents:
        conn.run_many(_SAVE, [(name, id, when) for id in sorted(parents)])


def reach(conn: Connection, name: str, at: datetime) -> None:
    """Notes that all parents are right as of an instant; marks of that very instant are then of no more use."""
    when = conn.dialect.encode(INSTANT, at)
    conn.run('DELETE FROM "kartotek__window" WHERE "name" = ? AND "parent_id" <> ? AND "at" = ?', (name, _WHOLE, when))
    conn.run(_SAVE, (name, _WHOLE, when))


def forget_others(conn: Connection, names: Collection[str]) -> None:
    """Removes what is kept of windows that are declared no more."""
    known = conn.rows('SELECT DISTINCT "name" FROM "kartotek__window"', ())
    for (name,) in known:
        if name not in names:
            conn.run('DELETE FROM "kartotek__window" WHERE "name" = ?', (name,))


def fed_parents(conn: Connection, spec: RollupSpec) -> list[int]:
    """All that any live row points to."""
    join, parent = pointer(spec)
    sql = (
        f'SELECT DISTINCT {parent} FROM {quote(spec.layout.table)} {ALIAS} {join}'
        f'WHERE {ALIAS}."deleted_at" IS NULL AND {parent} IS NOT NULL'
    )
    return sorted(int(row[0]) for row in conn.rows(sql, ()))


def flipped(
    conn: Connection, spec: RollupSpec, environments: tuple[Mapping[str, Any], Mapping[str, Any]],
    spans: Sequence[Span] | None,
) -> list[int]:
    """The parents of live rows that count in only one of two environments. With `spans`, only rows in one are looked at."""
    assert spec.where is not None
    join, parent = pointer(spec)
    counts = f"CASE WHEN ({spec.where.text}) THEN 1 ELSE 0 END"
    conditions = [f'{ALIAS}."deleted_at" IS NULL', f"{parent} IS NOT NULL"]
    params: list[Any] = []
    if spans is not None:
        between = [f"({ALIAS}.{quote(one.column)} >= ? AND {ALIAS}.{quote(one.column)} <= ?)" for one in spans]
        conditions.append(f"({' OR '.join(between)})" if between else "1 = 0")
        params += [conn.dialect.encode(one.spec, value) for one in spans for value in (one.low, one.high)]
    conditions.append(f"{counts} <> {counts}")
    params += [one for env in environments for one in bind(spec.where.params, env)]
    sql = (
        f'SELECT DISTINCT {parent} FROM {quote(spec.layout.table)} {ALIAS} {join}'
        f'WHERE {" AND ".join(conditions)}'
    )
    return sorted(int(row[0]) for row in conn.rows(sql, params))


def _rows(conn: Connection, name: str) -> list[tuple[int, datetime]]:
    decode = conn.dialect.decoder(INSTANT)
    found = conn.rows('SELECT "parent_id", "at" FROM "kartotek__window" WHERE "name" = ?', (name,))
    return [(int(row[0]), decode(row[1])) for row in found]
