"""Imports: one row for each spreadsheet that is to be taken in, and one for each of its rows that was, so that it can be undone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from kartotek.model.actor import Scope
from kartotek.model.frozen import empty
from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT, JSON
from kartotek.storage.sealed_history import MARK, is_sealed
from kartotek.storage.sealing import site_key

Status = Literal["received", "preparing", "prepared", "refused", "committing", "committed", "undoing", "undone", "stopped"]
WAITING: tuple[Status, ...] = ("received", "committing", "undoing")  # on which the background work goes on
RowAction = Literal["created", "updated", "unchanged", "refused", "undone", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """An import. `summary` is what was read and how, `counts` what became of the rows, `error` why it does not go on.

    `scope` is what the token that began it was limited to.

    `position` is how far the work in hand has come: bytes of the prepared rows while it is committed, the number of the
    last row taken back while it is undone.
    """

    id: int
    type: str
    name: str
    by: int
    at: datetime
    changed_at: datetime
    status: Status
    options: Mapping[str, Any] = field(default_factory=empty)
    summary: Mapping[str, Any] = field(default_factory=empty)
    counts: Mapping[str, Any] = field(default_factory=empty)
    error: Mapping[str, Any] = field(default_factory=empty)
    catalog_version: int = 0
    position: int = 0
    scope: Scope | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenRow:
    """What became of one row of the file; `version` is that of the record with it, `problems` are wire."""

    row: int
    action: RowAction
    record_id: int | None = None
    version: int | None = None
    problems: Sequence[Any] = ()


_COLUMNS = (
    '"id", "type", "name", "by", "at", "changed_at", "status", "options", "summary", "counts", "error", '
    '"catalog_version", "position", "scope"'
)
_READ = f'SELECT {_COLUMNS} FROM "kartotek__import"'
_JSON = frozenset({"options", "summary", "counts", "error"})
_TAKEN = 'SELECT "row", "action", "record_id", "version", "problems" FROM "kartotek__import_row" WHERE "import_id" = ?'


def add(
    conn: Connection, *, type: str, name: str, by: int, at: datetime, options: Mapping[str, Any], scope: Scope | None = None
) -> int:
    """The id of a new import, which is being prepared."""
    encode = conn.dialect.encode
    instant, empty_wire = encode(INSTANT, at), encode(JSON, {})
    row = conn.row(
        'INSERT INTO "kartotek__import" ("type", "name", "by", "at", "changed_at", "status", "options", "summary", '
        '"counts", "error", "catalog_version", "position", "scope") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, ?) RETURNING "id"',
        (type, name, by, instant, instant, "preparing", encode(JSON, dict(options)), empty_wire, empty_wire, empty_wire, limits_text(scope)),
    )
    assert row is not None
    return int(row[0])


def find(conn: Connection, id: int, *, lock: bool = False) -> ImportRow | None:
    """The import, or None; `lock` keeps others from working on it until the transaction ends."""
    row = conn.row(f'{_READ} WHERE "id" = ?{conn.dialect.for_update if lock else ""}', (id,))
    return None if row is None else _import(conn, row)


def newest(
    conn: Connection, *, by: int | None, type: str | None, before: int | None, limit: int, scope: Scope | None = None
) -> list[ImportRow]:
    """Imports, newest first: of one person, of one type, of tokens limited so, or of all for None; `before` is the last id seen."""
    asked = {'"by" = ?': by, '"type" = ?': type, '"id" < ?': before, '"scope" = ?': limits_text(scope) or None}
    given = {condition: value for condition, value in asked.items() if value is not None}
    where = f" WHERE {' AND '.join(given)}" if given else ""
    params = given.values()
    return [_import(conn, row) for row in conn.rows(f'{_READ}{where} ORDER BY "id" DESC LIMIT ?', (*params, limit))]


def waiting(conn: Connection) -> list[int]:
    """The ids of the imports on which work is to go on."""
    sql = 'SELECT "id" FROM "kartotek__import" WHERE "status" IN (?, ?, ?) ORDER BY "id"'
    return [id for (id,) in conn.rows(sql, WAITING)]


def change(conn: Connection, id: int, at: datetime, **values: Any) -> None:
    """Writes some columns of an import."""
    encode = conn.dialect.encode
    values["changed_at"] = encode(INSTANT, at)
    if "summary" in values:  # it shows some of the values of each column
        values["summary"] = _sealed(conn, f"import.{id}", dict(values["summary"]))
    params = [encode(JSON, dict(value)) if name in _JSON else value for name, value in values.items()]
    settings = ", ".join(f'"{name}" = ?' for name in values)
    conn.run(f'UPDATE "kartotek__import" SET {settings} WHERE "id" = ?', (*params, id))


def remove(conn: Connection, id: int) -> None:
    """Forgets an import and its rows."""
    conn.run('DELETE FROM "kartotek__import_row" WHERE "import_id" = ?', (id,))
    conn.run('DELETE FROM "kartotek__import" WHERE "id" = ?', (id,))


def unused(conn: Connection, before: datetime) -> list[int]:
    """The ids of imports that wrote nothing and were not touched since that instant."""
    sql = (
        """SELECT "id" FROM "kartotek__import" WHERE "status" IN ('received', 'preparing', 'prepared', 'refused') """
        'AND "changed_at" < ?'
    )
    return [id for (id,) in conn.rows(sql, (conn.dialect.encode(INSTANT, before),))]


def of_type(conn: Connection, type: str) -> list[ImportRow]:
    """All imports of a type."""
    return [_import(conn, row) for row in conn.rows(f'{_READ} WHERE "type" = ? ORDER BY "id"', (type,))]


def finished(conn: Connection, before: datetime) -> list[int]:
    """The ids of imports on which nothing was done since that instant and nothing is to be done."""
    sql = """SELECT "id" FROM "kartotek__import" WHERE "status" IN ('committed', 'undone') AND "changed_at" < ?"""
    return [id for (id,) in conn.rows(sql, (conn.dialect.encode(INSTANT, before),))]


def take(conn: Connection, id: int, rows: Iterable[TakenRow]) -> None:
    """Writes down what became of rows."""
    wire = [
        (id, one.row, one.action, one.record_id, one.version, conn.dialect.encode(JSON, _sealed(conn, f"import.{id}.{one.row}", list(one.problems))))
        for one in rows
    ]
    if wire:
        conn.run_many(
            'INSERT INTO "kartotek__import_row" ("import_id", "row", "action", "record_id", "version", "problems") '
            "VALUES (?, ?, ?, ?, ?, ?)",
            wire,
        )


def retake(conn: Connection, id: int, rows: Iterable[TakenRow]) -> None:
    """Writes down what became of rows in the end."""
    wire = [(one.action, conn.dialect.encode(JSON, _sealed(conn, f"import.{id}.{one.row}", list(one.problems))), id, one.row) for one in rows]
    if wire:
        sql = 'UPDATE "kartotek__import_row" SET "action" = ?, "problems" = ? WHERE "import_id" = ? AND "row" = ?'
        conn.run_many(sql, wire)


def written_before(conn: Connection, id: int, row: int, limit: int) -> list[TakenRow]:
    """The rows that wrote something, from the one before `row` backwards."""
    sql = f"""{_TAKEN} AND "row" < ? AND "action" IN ('created', 'updated') ORDER BY "row" DESC LIMIT ?"""
    return [_taken(conn, id, one) for one in conn.rows(sql, (id, row, limit))]


def told(conn: Connection, id: int, actions: Sequence[RowAction], *, offset: int = 0, limit: int = 1000) -> list[TakenRow]:
    """The rows of which this became, in the order of the file."""
    marks = ", ".join("?" * len(actions))
    sql = f'{_TAKEN} AND "action" IN ({marks}) ORDER BY "row" LIMIT ? OFFSET ?'
    return [_taken(conn, id, one) for one in conn.rows(sql, (id, *actions, limit, offset))]


def _import(conn: Connection, row: Sequence[Any]) -> ImportRow:
    instant, wire = conn.dialect.decoder(INSTANT), conn.dialect.decoder(JSON)
    id, type, name, by, at, changed_at, status, options, summary, counts, error, version, position, scope = row
    return ImportRow(
        id=id, type=type, name=name, by=by, at=instant(at), changed_at=instant(changed_at), status=status,
        options=wire(options), summary=_opened(conn, f"import.{id}", wire(summary)), counts=wire(counts), error=wire(error), catalog_version=version,
        position=position, scope=_scope(scope),
    )


def _taken(conn: Connection, id: int, row: Sequence[Any]) -> TakenRow:
    number, action, record, version, problems = row
    told = _opened(conn, f"import.{id}.{number}", conn.dialect.decoder(JSON)(problems))
    return TakenRow(row=number, action=action, record_id=record, version=version, problems=told)


def limits_text(scope: Scope | None) -> str:
    """The same text for the same limits; "" for none."""
    if scope is None:
        return ""
    types, actions = (None if one is None else sorted(one) for one in (scope.types, scope.actions))
    return json.dumps([types, actions, [[name, sorted(fields)] for name, fields in sorted(scope.fields)]])


def _scope(text: str) -> Scope | None:
    if not text:
        return None
    types, actions, fields = json.loads(text)
    limits = (None if one is None else frozenset(one) for one in (types, actions))
    return Scope(*limits, tuple((name, frozenset(names)) for name, names in fields))


def _sealed(conn: Connection, label: str, wire: Any) -> Any:
    """What cells held, encrypted: the file may hold what its fields keep so."""
    return {MARK: conn.vault.seal(site_key(conn), label, wire)} if wire else wire


def _opened(conn: Connection, label: str, wire: Any) -> Any:
    return conn.vault.open(conn, wire[MARK], label) if is_sealed(wire) else wire
