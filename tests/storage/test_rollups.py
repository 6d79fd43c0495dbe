"""Rollups: exact for every parent, by one query."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from kartotek.kinds.kind import ColumnSpec
from kartotek.storage import records
from kartotek.storage.database import Database
from kartotek.storage.faults import Overflow
from kartotek.storage.layout import Layout
from kartotek.storage.rollups import ALIAS, RollupSpec, aggregate, column_value
from kartotek.storage.sql_text import SqlText
from kartotek.storage.stored import Stored, StoredRow

Layouts = dict[str, Layout]
AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
MONEY = ColumnSpec("decimal", 12, 2)
WHOLE = ColumnSpec("integer")
DOUBLE = ColumnSpec("double")


@pytest.fixture
def people(database: Database, layouts: Layouts) -> list[int]:
    """The first has orders of 0.10, 0.20, one without a total and a deleted one; the second one; the third none."""
    with database.write() as conn:
        ids = records.insert_many(conn, layouts["person"], [Stored()] * 3)
        records.insert_many(
            conn,
            layouts["order"],
            [
                Stored(columns={"person": ids[0], "total": Decimal("0.10"), "year": 3, "weight": 0.5}),
                Stored(columns={"person": ids[0], "total": Decimal("0.20"), "year": 1, "weight": 0.25}),
                Stored(columns={"person": ids[0]}),
                Stored(columns={"person": ids[0], "total": Decimal("500.00"), "year": 9, "weight": 1.0}, deleted_at=AT),
                Stored(columns={"person": ids[1], "total": Decimal("7.00"), "year": 2**62}),
            ],
        )
    return ids


CASES: list[tuple[str, str, ColumnSpec, ColumnSpec, list[Any]]] = [
    ("count", "", WHOLE, WHOLE, [3, 1, 0]),
    ("sum", "total", MONEY, MONEY, [Decimal("0.30"), Decimal("7.00"), Decimal("0.00")]),
    ("sum", "year", WHOLE, WHOLE, [4, 2**62, 0]),
    ("sum", "weight", DOUBLE, DOUBLE, [0.75, 0.0, 0.0]),
    ("avg", "total", MONEY, ColumnSpec("decimal", 12, 1), [Decimal("0.2"), Decimal("7.0"), None]),
    ("avg", "year", WHOLE, DOUBLE, [2.0, float(2**62), None]),
    ("avg", "year", WHOLE, ColumnSpec("decimal", 23, 3), [Decimal("2.000"), Decimal(f"{2**62}.000"), None]),
    ("min", "total", MONEY, MONEY, [Decimal("0.10"), Decimal("7.00"), None]),
    ("max", "year", WHOLE, WHOLE, [3, 2**62, None]),
    ("last", "total", MONEY, MONEY, [Decimal("0.20"), Decimal("7.00"), None]),
]


@pytest.mark.parametrize(
    "function, name, spec, result, wanted", CASES, ids=[f"{one[0]} {one[1]} {one[3].type}" for one in CASES]
)
def test_each_function_over_references(
    database: Database,
    layouts: Layouts,
    people: list[int],
    function: Any,
    name: str,
    spec: ColumnSpec,
    result: ColumnSpec,
    wanted: list[Any],
) -> None:
    value = column_value(name) if name else None
    rollup = RollupSpec(
        function=function, layout=layouts["order"], parent="person", value=value, spec=spec, result=result
    )
    with database.read() as conn:
        found = aggregate(conn, rollup, people, {})
    assert [found[id] for id in people] == wanted
    assert [type(found[id]) for id in people] == [type(one) for one in wanted]


def test_half_a_unit_is_rounded_up(database: Database, layouts: Layouts) -> None:
    with database.write() as conn:
        person = records.insert(conn, layouts["person"], Stored())
        records.insert_many(
            conn, layouts["order"], [Stored(columns={"person": person, "total": Decimal(n)}) for n in ("0.01", "0.02")]
        )
        rollup = RollupSpec(
            function="avg",
            layout=layouts["order"],
            parent="person",
            value=column_value("total"),
            spec=MONEY,
            result=MONEY,
        )
        assert aggregate(conn, rollup, [person], {}) == {person: Decimal("0.02")}


def test_where_chooses_the_records_that_count(database: Database, layouts: Layouts, people: list[int]) -> None:
    where = SqlText(f'{ALIAS}."year" > ?', (lambda env: env["year"],))
    value = SqlText(f'{ALIAS}."year" + ?', (1000,))
    rollup = RollupSpec(function="sum", layout=layouts["order"], parent="person", value=value, where=where)
    with database.read() as conn:
        assert aggregate(conn, rollup, people[:1], {"year": 1}) == {people[0]: 1003}


def test_rows_of_a_sub_table_and_lists_of_references_are_aggregated_too(database: Database, layouts: Layouts) -> None:
    with database.write() as conn:
        items = records.insert_many(conn, layouts["item"], [Stored(), Stored()])
        lines = tuple(StoredRow(columns={"amount": Decimal(n)}) for n in ("1.500", "2.250", "0.125"))
        orders = records.insert_many(
            conn,
            layouts["order"],
            [
                Stored(rows={"lines": lines}, links={"items": (items[0], items[0])}),
                Stored(links={"items": (items[0], items[1])}),
            ],
        )
        part, spec = layouts["order"].rows["lines"], ColumnSpec("decimal", 12, 3)
        wanted: dict[str, Any] = {"sum": Decimal("3.875"), "last": Decimal("0.125"), "count": 3}
        for function, value in wanted.items():
            result = WHOLE if function == "count" else spec
            rollup = RollupSpec(
                function=function, layout=part, value=column_value("amount"), spec=spec, result=result  # type: ignore
            )
            assert aggregate(conn, rollup, orders, {})[orders[0]] == value
        backwards = RollupSpec(function="count", layout=layouts["order"], parent="items")
        assert aggregate(conn, backwards, items, {}) == {items[0]: 2, items[1]: 1}


@pytest.mark.parametrize(
    "columns, spec, result",
    [({"year": 2**62}, WHOLE, WHOLE), ({"total": Decimal("9999999999.99")}, MONEY, MONEY)],
    ids=["integer", "decimal"],
)
def test_a_sum_that_is_too_large_is_said_so(
    database: Database, layouts: Layouts, columns: dict[str, Any], spec: ColumnSpec, result: ColumnSpec
) -> None:
    (name,) = columns
    with database.write() as conn:
        person = records.insert(conn, layouts["person"], Stored())
        records.insert_many(conn, layouts["order"], [Stored(columns={"person": person, **columns})] * 2)
    rollup = RollupSpec(
        function="sum",
        layout=layouts["order"],
        parent="person",
        value=column_value(name),
        spec=spec,
        result=result,
        name="whole",
    )
    with database.read() as conn, pytest.raises(Overflow) as caught:
        aggregate(conn, rollup, [person], {})
    assert caught.value.column == "whole"


def test_nobody_asked_is_nothing_queried(database: Database, layouts: Layouts) -> None:
    with database.read() as conn:
        told: list[str] = []
        database.listeners.append(told.append)
        assert aggregate(conn, RollupSpec(function="count", layout=layouts["order"], parent="person"), [], {}) == {}
    assert told == []
