"""Pages: every record exactly once, in the order that Python gives, on both databases; and few queries."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kartotek.storage import records
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database
from kartotek.storage.decoding import kept
from kartotek.storage.layout import Layout
from kartotek.storage.select import ALIAS, Found, Selection, SortKey, count, select
from kartotek.storage.sql_text import SqlText
from kartotek.storage.stored import Stored, StoredRow

Layouts = dict[str, Layout]
AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def column(name: str) -> SqlText:
    return SqlText(f'{ALIAS}."{name}"')


def keys(*names: str) -> tuple[SortKey, ...]:
    return tuple(SortKey(column(name.removeprefix("-")), name.startswith("-")) for name in names)


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "number": st.sampled_from(["", "a", "A", "ä", "z", "李", "\uff01", "\U0001f600", "%_'"]),
    "year": st.sampled_from([-(2**63), -1, 0, 2, 10, 2**63 - 1]),
    "total": st.sampled_from(
        [Decimal("-1.50"), Decimal("0.00"), Decimal("2.00"), Decimal("10.00"), Decimal("9999999999.99")]
    ),
    "weight": st.sampled_from([-1e300, -0.5, 0.0, 0.1, 1e-300, 1e300]),
    "paid": st.booleans(),
    "due": st.integers(-2, 2).map(lambda n: AT + timedelta(microseconds=n) * 10**9),
    "day": st.integers(-2, 2).map(lambda n: date(2024, 2, 29) + timedelta(days=n)),
}
SORTS = st.lists(st.sampled_from(sorted(VALUES)), min_size=0, max_size=3, unique=True).flatmap(
    lambda names: st.tuples(*(st.sampled_from([name, f"-{name}"]) for name in names))
)
ROWS = st.lists(st.fixed_dictionaries({}, optional=VALUES), max_size=14)


def in_python(rows: Sequence[Stored], names: Sequence[str]) -> list[int]:
    """The ids in order: NULLs last in both directions, the id decides between equals."""
    ordered = sorted(rows, key=lambda one: one.id)
    for name in reversed(names):
        plain, falling = name.removeprefix("-"), name.startswith("-")
        ordered.sort(key=lambda one: one.columns.get(plain, _LEAST[plain]), reverse=falling)
        ordered.sort(key=lambda one: plain not in one.columns)
    return [one.id for one in ordered]


_LEAST: dict[str, Any] = {
    "number": "",
    "year": 0,
    "total": Decimal(0),
    "weight": 0.0,
    "paid": False,
    "due": AT,
    "day": date(2024, 1, 1),
}


def pages(conn: Connection, selection: Selection) -> list[Found]:
    """All pages, each continued by keys that have gone through JSON as a cursor's do."""
    found: list[Found] = []
    after = None
    while page := select(conn, replace(selection, after=after), {}):
        assert len(page) <= selection.limit
        found += page
        after = tuple(json.loads(json.dumps(page[-1].keys)))
    return found


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, sort=SORTS, limit=st.integers(1, 5))
def test_pages_give_every_record_once_in_pythons_order(
    database: Database, layouts: Layouts, rows: list[dict[str, Any]], sort: tuple[str, ...], limit: int
) -> None:
    layout = layouts["order"]
    unique = [{**row, "number": row["number"] + str(n)} if "number" in row else row for n, row in enumerate(rows)]
    with database.write() as conn:
        conn.run('DELETE FROM "order"')
        ids = records.insert_many(conn, layout, [Stored(columns=row) for row in unique])
        selection = Selection(layout=layout, columns=tuple(VALUES), sort=keys(*sort), limit=limit)
        found = pages(conn, selection)
        assert count(conn, selection, {}) == len(ids)
    stored = [Stored(id=id, columns=row) for id, row in zip(ids, unique, strict=True)]
    assert [one.stored.id for one in found] == in_python(stored, sort)
    assert {one.stored.id: one.stored.columns for one in found} == {one.id: one.columns for one in stored}


@pytest.fixture
def three(database: Database, layouts: Layouts) -> list[int]:
    """Two live orders with parts, and a deleted one."""
    with database.write() as conn:
        item = records.insert(conn, layouts["item"], Stored())
        parts: dict[str, Any] = {"rows": {"lines": (StoredRow(columns={"note": "n"}),)}, "links": {"items": (item,)}}
        return records.insert_many(
            conn,
            layouts["order"],
            [
                Stored(columns={"number": "a", "year": 1}, rest={"note": 1}, **parts),
                Stored(columns={"year": 2}, **parts),
                Stored(columns={"year": 3}, deleted_at=AT),
            ],
        )


def test_only_live_records_are_found_or_only_deleted_ones(
    database: Database, layouts: Layouts, three: list[int]
) -> None:
    with database.read() as conn:
        for deleted, wanted in ((False, three[:2]), (True, three[2:])):
            selection = Selection(layout=layouts["order"], deleted=deleted)
            assert [one.stored.id for one in select(conn, selection, {})] == wanted
            assert count(conn, selection, {}) == len(wanted)


def test_conditions_keys_and_extras_take_their_parameters_in_order(
    database: Database, layouts: Layouts, three: list[int]
) -> None:
    year = column("year").text
    selection = Selection(
        layout=layouts["order"],
        columns=("year",),
        where=(SqlText(f"{year} > ?", (lambda env: env["low"],)), SqlText(f"{year} < ?", (9,))),
        sort=(SortKey(SqlText(f"coalesce({year} * ?, ?)", (-1, 0))),),
        extras=(SqlText(f"{year} + ?", (lambda env: env["plus"],)),),
        limit=1,
    )
    env = {"low": 0, "plus": 100}
    with database.read() as conn:
        first = select(conn, selection, env)[0]
        second = select(conn, replace(selection, after=first.keys), env)[0]
        assert select(conn, replace(selection, after=second.keys), env) == []
    assert [(one.stored.id, one.extras, one.keys) for one in (first, second)] == [
        (three[1], (102,), (-2, three[1])),
        (three[0], (101,), (-1, three[0])),
    ]
    assert first.stored.columns == {"year": 2}


def test_parts_are_those_asked_for_and_one_query_each(database: Database, layouts: Layouts, three: list[int]) -> None:
    told: list[str] = []
    database.listeners.append(told.append)
    wanted: list[tuple[tuple[str, ...], int]] = [((), 1), (("lines",), 2), (("lines", "items"), 3)]
    for parts, number in wanted:
        told.clear()
        with database.read() as conn:
            found = select(conn, Selection(layout=layouts["order"], parts=parts), {})
        assert len(told) == number
        assert [({*one.stored.rows, *one.stored.links}) for one in found] == [set(parts)] * 2


def test_the_text_of_a_shape_is_made_once(database: Database, layouts: Layouts, three: list[int]) -> None:
    told: list[str] = []
    database.listeners.append(told.append)
    for year in (1, 2):
        where = SqlText(f"{column('year').text} = ?", (year,))
        with database.read() as conn:
            assert len(select(conn, Selection(layout=layouts["order"], where=(where,)), {})) == 1
    assert told[0] is told[1]


def test_texts_of_countless_shapes_are_not_kept_for_ever() -> None:
    layout = Layout("t", (), {}, {}, ())
    for number in range(5000):
        assert kept(layout, number, lambda: f"text {number}") == f"text {number}"  # noqa: B023
    assert len(layout.kept) <= 2001


def test_an_index_serves_pages_and_conditions(database: Database, layouts: Layouts) -> None:
    if database.dialect.name != "sqlite":
        pytest.skip("A small table of PostgreSQL is scanned, and rightly so.")
    told: list[str] = []
    database.listeners.append(told.append)
    selections = [
        Selection(layout=layouts["person"], sort=keys("name")),
        Selection(layout=layouts["person"], sort=keys("-name")),
        Selection(layout=layouts["person"], where=(SqlText(f"{column('name').text} = ?", ("x",)),)),
        Selection(layout=layouts["person"], where=(SqlText(f"{column('mobile').text} = ?", ("x",)),)),
    ]
    with database.read() as conn:
        for selection in selections:
            told.clear()
            select(conn, selection, {})
            params = [param for sql in selection.where for param in sql.params] + [50]
            plan = " ".join(row[3] for row in conn.rows(f"EXPLAIN QUERY PLAN {told[0]}", params))
            assert "USING INDEX" in plan, plan


@pytest.mark.parametrize("sort", ["name", "-name"])
def test_a_page_deep_in_the_order_is_found_by_a_range_of_the_index(database: Database, layouts: Layouts, sort: str) -> None:
    if database.dialect.name != "sqlite":
        pytest.skip("A small table of PostgreSQL is scanned, and rightly so.")
    told: list[str] = []
    database.listeners.append(told.append)
    with database.read() as conn:
        select(conn, Selection(layout=layouts["person"], sort=keys(sort), after=("m", 7)), {})
        plan = " ".join(row[3] for row in conn.rows(f"EXPLAIN QUERY PLAN {told[0]}", ["m", "m", "m", 7, 50]))
    assert "SEARCH" in plan and ("name>?" in plan or "name<?" in plan), plan
