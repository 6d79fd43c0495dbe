"""What reading and writing cost in statements. A number may go down, never up without a reason written here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from neutral_site import CLERK

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.model.query import Query

Made = Callable[..., dict[str, Any]]


@pytest.fixture
def counted(engine: Engine) -> Callable[[], Any]:
    """A context that gathers the statements run within it; the pulse is looked at before."""

    @contextmanager
    def gather() -> Iterator[list[str]]:
        engine.ready()
        statements: list[str] = []
        engine.database.listeners.append(statements.append)
        yield statements
        engine.database.listeners.remove(statements.append)

    return gather


@pytest.fixture
def orders(engine: Engine, made: Made) -> list[dict[str, Any]]:
    people = [made("person", name=f"P{index}") for index in range(4)]
    items = [made("item", name=f"I{index}", price="1.00") for index in range(3)]
    return [
        made("order", person=people[index % 4]["id"], lines=[{"item": one["id"], "quantity": 1} for one in items])
        for index in range(8)
    ]


def audited(engine: Engine) -> list[str]:
    """What the entry of the audit costs: on PostgreSQL all is one statement, since others wait for it."""
    return ["SELECT", "WITH"] if engine.database.dialect.name == "postgresql" else ["SELECT", "INSERT", "UPDATE", "INSERT"]


def test_a_record_of_a_plain_type_is_read_by_one_query(engine: Engine, made: Made, counted: Any) -> None:
    item = made("item", name="Pen", price="1.00")
    with counted() as statements:
        engine.get(CLERK, "item", item["id"])
    assert len(statements) == 1, statements


def test_a_list_of_a_plain_type_is_read_by_one_query(engine: Engine, made: Made, counted: Any) -> None:
    for index in range(5):
        made("item", name=f"I{index}", price="1.00")
    with counted() as statements:
        engine.select(CLERK, "item", Query(filter="record.price > 0.50", sort=("-price",)))
    assert len(statements) == 1, statements


def test_a_search_asks_for_the_index_and_reads_its_records_once(engine: Engine, made: Made, counted: Any) -> None:
    for index in range(5):
        made("item", name=f"I{index}", price="1.00")
    with counted() as sorted_by_price:
        engine.select(CLERK, "item", Query(sort=("-price",), search="i"))
    with counted() as ranked:
        assert len(engine.select(CLERK, "item", Query(search="i")).items) == 5
    assert len(sorted_by_price) == 2, sorted_by_price
    assert len(ranked) == 5, ranked  # the state of the index, its three ranks, the records


def test_a_list_selects_no_column_that_it_does_not_show(engine: Engine, made: Made, counted: Any) -> None:
    made("item", name="Pen", price="1.00")
    with counted() as statements:
        shown = engine.select(CLERK, "item", Query(fields=("name",), sort=("name",))).items[0]
    assert shown["fields"] == {"name": "Pen"}
    assert '"name"' in statements[0] and '"price"' not in statements[0], statements


@pytest.mark.parametrize(
    ("query", "most"),
    [
        (Query(), 4),  # the records, their rows, their links, the people in their titles
        (Query(fields=("person",)), 2),  # the records, the people in their titles
        (Query(fields=("person",), expand=("person",)), 2),
        (Query(expand=("person", "lines.item")), 5),
        (Query(titles=True), 5),
        (Query(count=True, fields=("person",)), 3),
    ],
)
def test_a_list_costs_one_query_and_one_for_each_hop_and_table_it_shows(
    engine: Engine, orders: list[dict[str, Any]], counted: Any, query: Query, most: int
) -> None:
    with counted() as statements:
        assert len(engine.select(CLERK, "order", query).items) == 8
    # On PostgreSQL an index read backwards leads to the records that have a day; at the end of a list the others are asked for.
    ends = 1 if engine.database.dialect.name == "postgresql" else 0
    assert len(statements) <= most + ends, statements


def test_creating_a_plain_record_is_an_insert_its_tokens_and_its_history(engine: Engine, counted: Any) -> None:
    with counted() as statements:
        engine.create(CLERK, "item", {"name": "Pen", "price": "1.00"})
    assert [one.split()[0] for one in statements] == ["INSERT", "INSERT", "INSERT", *audited(engine)], statements


def test_changing_what_is_not_searched_is_a_read_an_update_and_its_history(engine: Engine, made: Made, counted: Any) -> None:
    item = made("item", name="Pen", price="1.00")
    with counted() as statements:
        engine.update(CLERK, "item", item["id"], {"price": "2.00"})
    assert [one.split()[0] for one in statements] == ["SELECT", "UPDATE", "INSERT", *audited(engine)], statements


def test_creating_a_record_with_rows_and_a_parent_costs_no_query_per_row(
    engine: Engine, orders: list[dict[str, Any]], counted: Any
) -> None:
    fields = {"person": orders[0]["fields"]["person"], "lines": [
        {"item": one["item"], "quantity": 2} for one in orders[0]["fields"]["lines"] * 5]}
    with counted() as statements:
        engine.create(CLERK, "order", fields)
    # the number; the person and the items, each once; the record, its rows, its history; the person's two rollups:
    # read under the lock, two aggregates, one update; and the person once more for the title; the audit
    assert len(statements) <= 11 + len(audited(engine)), statements


def test_a_bulk_of_plain_records_costs_one_statement_a_row_and_one_history(engine: Engine, counted: Any) -> None:
    with counted() as statements:
        engine.bulk(CLERK, "item", [BulkRow({"name": f"I{index}", "price": "1.00"}) for index in range(50)])
    assert len(statements) <= 51, len(statements)
