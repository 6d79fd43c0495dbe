"""Loading: whole records by their ids, or by a reference that points to given parents."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kartotek.storage.connection import Connection
from kartotek.storage.decoding import WIDTH, Row, kept, reader, select_list
from kartotek.storage.dialect import quote
from kartotek.storage.faults import StaleCatalog
from kartotek.storage.layout import Layout
from kartotek.storage.parts import with_parts
from kartotek.storage.sealing import opened
from kartotek.storage.stored import Stored

IDS = range(1, 2**63)  # a number beyond them is nobody's id, and the drivers cannot send it
PULSE = '"kartotek__pulse"'


def load(
    conn: Connection, layout: Layout, id: int, *, lock: bool = False, parts: bool = True,
    catalog_version: int | None = None,
) -> Stored | None:
    """A record, live or deleted, or None; `lock` keeps others from changing it until the transaction ends.

    Raises StaleCatalog where `catalog_version` is given and another is applied.
    """
    if id not in IDS:
        return None
    if catalog_version is None:
        row = _one(conn, layout, id, lock)
    else:
        row = _checked(conn, layout, id, (lock, catalog_version))
    if row is None:
        return None
    [found] = opened(conn, layout, [_read(conn, layout)(row)])
    return with_parts(conn, layout, [found])[0] if parts else found


def load_many(
    conn: Connection, layout: Layout, ids: Sequence[int], *, lock: bool = False, share: bool = False, parts: bool = True
) -> dict[int, Stored]:
    """{id: record} of those that there are, live or deleted; locked in the order of their ids.

    `share` only keeps them as they are until the transaction ends; others may do so at the same time.
    """
    known = [id for id in ids if id in IDS]
    if not known:
        return {}
    suffix = conn.dialect.for_update if lock else conn.dialect.for_share if share else ""
    condition = conn.dialect.among(quote("id"))
    sql = f'SELECT {_list(layout)} FROM {quote(layout.table)} WHERE {condition} ORDER BY "id"{suffix}'
    found = opened(conn, layout, [_read(conn, layout)(row) for row in conn.rows(sql, (conn.dialect.ids(known),))])
    return {one.id: one for one in (with_parts(conn, layout, found) if parts else found)}


def inverse(
    conn: Connection, layout: Layout, column: str, parent_ids: Sequence[int], *, live: bool = True, parts: bool = False
) -> dict[int, list[Stored]]:
    """{parent id: records that point to it} for every parent asked for, each list in the order of ids.

    `column` is that of a reference, or the name of a field that holds many references.
    """
    found: dict[int, list[Stored]] = {parent: [] for parent in parent_ids}
    asked = [parent for parent in found if parent in IDS]
    if not asked:
        return found
    shape = (conn.dialect.name, "inverse", column, live)
    text = kept(layout, shape, lambda: _inverse_text(conn, layout, column, live))
    pointing = conn.rows(text, (conn.dialect.ids(asked),))
    read = _read(conn, layout)
    records = opened(conn, layout, [read(row) for row in pointing])
    if parts:
        records = with_parts(conn, layout, records)
    for row, record in zip(pointing, records, strict=True):
        found[row[-1]].append(record)
    return found


def _inverse_text(conn: Connection, layout: Layout, column: str, live: bool) -> str:
    join = layout.joins.get(column)
    source, pointer = f"{quote(layout.table)} t", f"t.{quote(column)}"
    condition = conn.dialect.among(pointer)
    if join is not None:  # a parent that stands twice in one list counts once
        pairs = f'SELECT DISTINCT "parent_id", "target_id" FROM {quote(join.table)}'
        pairs += f" WHERE {conn.dialect.among(quote('target_id'))}"
        source, pointer, condition = f'{source} JOIN ({pairs}) j ON j."parent_id" = t."id"', 'j."target_id"', "1 = 1"
    only = ' AND t."deleted_at" IS NULL' if live else ""
    return f'SELECT {select_list(layout.columns, "t")}, {pointer} FROM {source} WHERE {condition}{only} ORDER BY t."id"'


def _one(conn: Connection, layout: Layout, id: int, lock: bool) -> Row | None:
    def make() -> str:
        suffix = conn.dialect.for_update if lock else ""
        return f'SELECT {_list(layout)} FROM {quote(layout.table)} WHERE "id" = ?{suffix}'

    return conn.row(kept(layout, (conn.dialect.name, "one", lock), make), (id,))


def _checked(conn: Connection, layout: Layout, id: int, asked: tuple[bool, int]) -> Row | None:
    lock, version = asked

    def make() -> str:
        listed, table = select_list(layout.columns, "t"), quote(layout.table)
        suffix = conn.dialect.for_update_checked if lock else ""
        return f'SELECT {listed}, p."catalog_version" FROM {table} t, {PULSE} p WHERE t."id" = ? AND p."id" = 1{suffix}'

    row = conn.row(kept(layout, (conn.dialect.name, "checked", lock), make), (id,))
    current = row[-1] if row else _current(conn)
    if current != version:
        raise StaleCatalog(f"Catalog {current} is applied, not {version}.")
    return row


def _current(conn: Connection) -> int:
    row = conn.row(f'SELECT "catalog_version" FROM {PULSE} WHERE "id" = 1')
    return row[0] if row else 0


def _list(layout: Layout) -> str:
    return kept(layout, "list", lambda: select_list(layout.columns))


def _read(conn: Connection, layout: Layout) -> Callable[[Row], Stored]:
    return kept(layout, (conn.dialect.name, "read"), lambda: _whole(conn, layout))


def _whole(conn: Connection, layout: Layout) -> Callable[[Row], Stored]:
    read, width = reader(conn.dialect, layout.columns), WIDTH + len(layout.columns)
    return lambda row: read(row[:width])
