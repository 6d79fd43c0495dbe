"""Calendars: the records of a type that may say something about a span of time, and whom the others are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import Layout
from kartotek.storage.select import ALIAS, Selection, select
from kartotek.storage.sql_text import SqlText, bind
from kartotek.storage.stored import Stored

_MOST = 100_000
_MARGIN = timedelta(days=2)  # dates are days of the site's zone


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarColumns:
    """The columns by which records are chosen: those of the first and the last time, and the reference; "" for none.

    `open_ended` says that a record without one of the two holds for ever.
    """

    first: str = ""
    last: str = ""
    of: str = ""
    open_ended: bool = False


def between(
    conn: Connection, layout: Layout, columns: CalendarColumns, span: tuple[datetime, datetime], *,
    where: Sequence[SqlText], env: Mapping[str, Any],
) -> list[Stored]:
    """The live records that may say something about the span."""
    conditions = list(where)
    for name, sign, edge in ((columns.first, "<=", span[1] + _MARGIN), (columns.last, ">=", span[0] - _MARGIN)):
        if name:
            spec = layout.column(name).spec
            value = edge if spec.type == "instant" else edge.date()
            place = f"{ALIAS}.{quote(name)}"
            text = f"{place} {sign} {conn.dialect.typed(spec)}"
            text = f"({place} IS NULL OR {text})" if columns.open_ended else text
            conditions.append(SqlText(text, (conn.dialect.encode(spec, value),)))
    return everything(conn, layout, where=conditions, env=env)


def everything(
    conn: Connection, layout: Layout, *, where: Sequence[SqlText], env: Mapping[str, Any]
) -> list[Stored]:
    """The live records, whole."""
    selection = Selection(
        layout=layout, columns=tuple(one.name for one in layout.columns), where=tuple(where), limit=_MOST,
        parts=(*layout.rows, *layout.joins),
    )
    return [one.stored for one in select(conn, selection, env)]


def about(
    conn: Connection, layout: Layout, columns: CalendarColumns, *, where: Sequence[SqlText], env: Mapping[str, Any]
) -> list[int | None]:
    """Whom the live records are about, each once; None for everybody."""
    listed = f"{ALIAS}.{quote(columns.of)}" if columns.of else "NULL"
    conditions = " AND ".join([f'{ALIAS}."deleted_at" IS NULL', *(f"({one.text})" for one in where)])
    end = "" if columns.of else " LIMIT 1"
    sql = f"SELECT DISTINCT {listed} FROM {quote(layout.table)} {ALIAS} WHERE {conditions}{end}"
    params = [param for one in where for param in bind(one.params, env)]
    return [row[0] for row in conn.rows(sql, params)]
