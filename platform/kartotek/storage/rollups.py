"""Rollups: one aggregate for each of many parents, exact, by one query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from kartotek.kinds.kind import ColumnSpec
from kartotek.model.field import RollupFunction
from kartotek.model.naming import part_table
from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.faults import Overflow
from kartotek.storage.layout import ID, Layout, PartLayout
from kartotek.storage.sql_text import SqlText, bind

ALIAS = "item"  # the name of the aggregated table in `value` and `where`
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RollupSpec:
    """What is aggregated: the records of `layout` whose `parent` column points to a parent, or the rows of `part`.

    `parent` may also be the column name of a field that holds many references, which has a join in its place.
    `value` is an expression of `spec`'s type and not needed for a count; `result` is the type of the answer;
    `name` stands in an Overflow.
    """

    function: RollupFunction
    layout: Layout | PartLayout
    parent: str = "parent_id"
    value: SqlText | None = None
    spec: ColumnSpec = ID
    result: ColumnSpec = ID
    where: SqlText | None = None
    name: str = ""


def column_value(column: str) -> SqlText:
    """The expression of a column of the aggregated table."""
    return SqlText(f"{ALIAS}.{quote(column)}")


def aggregate(conn: Connection, spec: RollupSpec, parent_ids: Sequence[int], env: Mapping[str, Any]) -> dict[int, Any]:
    """{parent id: abstract value} for every parent asked for; of nothing, a count or sum is 0 and all else None.

    Deleted records never count, nor do NULLs but in a plain count. `last` is the value of the last row, or of the
    record with the highest id, that has one. Raises Overflow.
    """
    empty = _exact(spec, 0) if spec.function in ("count", "sum") else None
    found: dict[int, Any] = dict.fromkeys(parent_ids, empty)
    if not found:
        return found
    text, params = _query(conn, spec, list(found), env)
    try:
        rows = conn.rows(text, params)
    except conn.dialect.errors as error:
        if "integer overflow" in str(error):  # SQLite's sum of integers
            raise Overflow(spec.name) from error
        raise
    for parent, value, number in rows:
        found[parent] = _answer(conn, spec, value, number)
    return found


def _query(conn: Connection, spec: RollupSpec, parents: list[int], env: Mapping[str, Any]) -> tuple[str, list[Any]]:
    is_part = isinstance(spec.layout, PartLayout)
    join, parent = pointer(spec)
    value = spec.value or SqlText("1")
    conditions = [conn.dialect.among(parent)]
    params: list[Any] = [conn.dialect.ids(parents)]
    if not is_part:
        conditions.append(f'{ALIAS}."deleted_at" IS NULL')
    if spec.value is not None and spec.function != "count":
        conditions.append(f"({value.text}) IS NOT NULL")
        params += bind(value.params, env)
    if spec.where is not None:
        conditions.append(f"({spec.where.text})")
        params += bind(spec.where.params, env)
    source = f"FROM {quote(spec.layout.table)} {ALIAS} {join}WHERE {' AND '.join(conditions)}"
    order = f'{ALIAS}."position"' if is_part else f'{ALIAS}."id"'
    return _text(spec, parent, value.text, (source, order)), [*_head_params(spec, value, env), *params]


def pointer(spec: RollupSpec) -> tuple[str, str]:
    """The join that leads to the parents, if one is needed, and the expression of a parent's id."""
    joins = () if isinstance(spec.layout, PartLayout) else tuple(spec.layout.joins.values())
    join = next((one for one in joins if one.table == part_table(spec.layout.table, spec.parent)), None)
    if join is None:
        return "", f"{ALIAS}.{quote(spec.parent)}"
    # A parent that stands twice in one list counts once.
    pairs = f'(SELECT DISTINCT "parent_id", "target_id" FROM {quote(join.table)}) j'
    return f'JOIN {pairs} ON j."parent_id" = {ALIAS}."id" ', 'j."target_id"'


def _text(spec: RollupSpec, parent: str, value: str, rest: tuple[str, str]) -> str:
    source, order = rest
    if spec.function == "last":
        number = f"row_number() OVER (PARTITION BY {parent} ORDER BY {order} DESC)"
        return f"SELECT p, v, 1 FROM (SELECT {parent} AS p, ({value}) AS v, {number} AS n {source}) ranked WHERE n = 1"
    if spec.function == "count":
        return f"SELECT {parent}, count(*), 1 {source} GROUP BY {parent}"
    function = "sum" if spec.function == "avg" else spec.function
    return f"SELECT {parent}, {function}({value}), count(*) {source} GROUP BY {parent}"


def _head_params(spec: RollupSpec, value: SqlText, env: Mapping[str, Any]) -> list[Any]:
    return [] if spec.function == "count" else bind(value.params, env)


def _answer(conn: Connection, spec: RollupSpec, value: Any, number: int) -> Any:
    if spec.function == "count":
        return int(value)
    decode = conn.dialect.decode(spec.spec)
    plain = value if decode is None else decode(value)
    if spec.function == "avg":
        return _average(spec, plain, number)
    return _exact(spec, plain) if spec.function == "sum" else plain


def _average(spec: RollupSpec, total: Any, number: int) -> Any:
    if spec.result.type == "double":
        return float(total) / number
    with localcontext(prec=60):
        return _exact(spec, Decimal(total) / number)


def _exact(spec: RollupSpec, value: Any) -> Any:
    """The value in the result's type; halves are rounded away from zero. Raises Overflow."""
    if spec.result.type == "double":
        return float(value)
    if spec.result.type != "decimal":
        whole = int(Decimal(value).quantize(Decimal(1), ROUND_HALF_UP)) if isinstance(value, Decimal) else int(value)
        if abs(whole) > _LARGEST:
            raise Overflow(spec.name)
        return whole
    with localcontext(prec=60):
        rounded = Decimal(value).quantize(Decimal(1).scaleb(-spec.result.scale), ROUND_HALF_UP)
        if abs(rounded).scaleb(spec.result.scale) >= 10**spec.result.precision:
            raise Overflow(spec.name)
        return rounded
