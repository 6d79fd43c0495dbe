"""Applying: the tables fit the new catalog, no row is lost, and running it again does no harm."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from neutral_site import TYPES, documents

from kartotek.declaration.load import load
from kartotek.errors import SetupInvalid
from kartotek.migration.apply import apply_steps
from kartotek.migration.steps import Step, steps
from kartotek.model.catalog import Catalog
from kartotek.storage import catalogs, ddl, records
from kartotek.storage.database import Database, StaleCatalog
from kartotek.storage.faults import Violation
from kartotek.storage.layout import Layout, layout_of
from kartotek.storage.stored import Stored, StoredRow

AT = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
Types = dict[str, dict[str, Any]]


def catalog_of(types: Types) -> Catalog:
    loaded = load(
        {"site.yaml": documents()["site.yaml"]}
        | {f"schemas/{name}.json": json.dumps(one) for name, one in types.items()}
    )
    assert loaded.catalog is not None, [f"{one.place}: {one.message}" for one in loaded.problems]
    return loaded.catalog


def apply(database: Database, old: Catalog | None, new: Catalog) -> Catalog:
    with database.write() as conn:
        version = apply_steps(conn, steps(old, new), new, by=1, at=AT, reason="test", after=old.version if old else 0)
    return replace(new, version=version)


def layouts_of(catalog: Catalog) -> dict[str, Layout]:
    return {name: layout_of(one) for name, one in catalog.types.items() if not one.builtin}


@pytest.fixture
def applied(database: Database) -> Catalog:
    return apply(database, None, catalog_of(TYPES))


@pytest.fixture
def filled(database: Database, applied: Catalog) -> dict[str, int]:
    """{type: id of its record}, an order with a line among them."""
    layouts = layouts_of(applied)
    with database.write() as conn:
        person = records.insert(conn, layouts["person"], Stored(columns={"name": "Ada"}))
        item = records.insert(conn, layouts["item"], Stored(columns={"name": "Nut", "price": Decimal("1.50")}))
        order = records.insert(
            conn,
            layouts["order"],
            Stored(
                columns={"person": person},
                rows={"lines": (StoredRow(columns={"item": item, "quantity": 2}),)},
                links={"seen_by": (person,)},
            ),
        )
    return {"person": person, "item": item, "order": order}


def test_every_table_of_a_new_site_is_made_with_its_columns(database: Database, applied: Catalog) -> None:
    assert applied.version == 1
    with database.read() as conn:
        for layout in layouts_of(applied).values():
            assert {one.name for one in layout.columns} <= ddl.column_names(conn, layout.table)
            assert ddl.index_names(conn, layout.table) == {one.name for one in layout.indexes}
        latest = catalogs.latest(conn)
    assert latest is not None and (latest.version, dict(latest.documents), latest.by, latest.reason) == (
        1,
        dict(applied.documents),
        1,
        "test",
    )


def test_a_site_is_widened_and_keeps_every_row(database: Database, applied: Catalog, filled: dict[str, int]) -> None:
    types = copy.deepcopy(TYPES)
    types["item"]["properties"] |= {
        "color": {"type": "string", "default": "it's red"},
        "made": {"type": "string", "format": "date", "default": "2024-02-29"},
        "seen": {"type": "string", "format": "date-time", "default": "2026-11-21T10:00:00Z"},
        "good": {"type": "boolean", "default": True},
        "fee": {"type": "string", "format": "decimal", "default": "0.10", "x-field": {"precision": 6, "scale": 2}},
        "tags": {"type": "array", "items": {"oneOf": [{"const": "a", "title": "A"}]}, "default": ["a"]},
        "maker": {"type": "integer", "x-field": {"references": "person", "inverse": "made"}},
        "plain": {"type": "string", "x-field": {"index": True}},
        "rows": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
        "friends": {"type": "array", "items": {"type": "integer"}, "x-field": {"references": "item"}},
    }
    types["item"]["properties"]["price"]["x-field"]["precision"] = 18
    types["order"]["properties"]["lines"]["items"]["properties"]["kind"] = {"type": "string", "default": "x"}
    wide = apply(database, applied, catalog_of(types))
    layouts = layouts_of(wide)
    with database.write() as conn:
        item = records.load(conn, layouts["item"], filled["item"])
        order = records.load(conn, layouts["order"], filled["order"])
        new = records.insert(
            conn,
            layouts["item"],
            Stored(
                columns={"name": "Bolt", "price": Decimal("1234567890123456.78"), "maker": filled["person"]},
                rows={"rows": (StoredRow(columns={"n": 1}),)},
                links={"friends": (filled["item"],)},
            ),
        )
        found = records.load(conn, layouts["item"], new)
        with pytest.raises(Violation), conn.savepoint():
            records.insert(conn, layouts["item"], Stored(columns={"maker": 99}))
    assert item is not None and item.columns == {
        "name": "Nut",
        "price": Decimal("1.50"),
        "color": "it's red",
        "made": date(2024, 2, 29),
        "seen": AT,
        "good": True,
        "fee": Decimal("0.10"),
        "tags": ["a"],
    }
    assert order is not None and order.rows["lines"][0].columns == {"item": filled["item"], "quantity": 2, "kind": "x"}
    assert order.links == {"seen_by": (filled["person"],)}
    assert (
        found is not None
        and set(found.columns) == {"name", "price", "maker"}
        and found.links == {"friends": (filled["item"],)}
    )


def test_applying_the_same_again_does_no_harm(database: Database, applied: Catalog, filled: dict[str, int]) -> None:
    again = [Step(name, "create_type", "safe", "") for name in TYPES]
    widen = [Step(name, "add_field", "safe", "") for name in TYPES]
    with database.write() as conn:
        for planned in (again, widen, widen):
            apply_steps(conn, planned, applied, by=1, at=AT, reason="again")
        assert set(records.load_many(conn, layout_of(applied.types["order"]), [filled["order"]])) == {filled["order"]}


def test_indexes_come_and_go(database: Database, applied: Catalog) -> None:
    types = copy.deepcopy(TYPES)
    types["item"]["properties"]["price"]["x-field"]["index"] = True
    types["account"]["properties"]["code"].pop("x-field")
    wide = apply(database, applied, catalog_of(types))
    back = copy.deepcopy(types)
    back["item"]["properties"]["price"]["x-field"].pop("index")
    back["item"]["x-record"]["sort"] = ["-price"]
    with database.read() as conn:
        assert ddl.index_names(conn, "item") == {"i_item__name", "i_item__price"} and ddl.index_names(conn, "account") == set()
    apply(database, wide, catalog_of(back))
    with database.read() as conn:
        assert ddl.index_names(conn, "item") == {"i_item__price"}  # of the order in which lists stand


@pytest.mark.parametrize(
    "where, counts, free",
    [
        ("record.on", {"on": True}, {"on": False}),
        ("record.on != true", {}, {"on": True}),
        ('record.level in ["a\'s", "b"]', {"level": "a's"}, {"level": "c"}),
        (
            'record.price > 1.50 && record.day > date("2024-01-01")',
            {"price": Decimal("1.51"), "day": date(2024, 1, 2)},
            {"price": Decimal("1.50")},
        ),
    ],
)
def test_unique_among_those_for_which_a_formula_holds(
    database: Database, where: str, counts: dict[str, Any], free: dict[str, Any]
) -> None:
    thing = {
        "title": "T",
        "type": "object",
        "properties": {
            "code": {"type": "string", "maxLength": 40},
            "on": {"type": "boolean"},
            "day": {"type": "string", "format": "date"},
            "price": {"type": "string", "format": "decimal", "x-field": {"precision": 8, "scale": 2}},
            "level": {"oneOf": [{"const": one, "title": one} for one in ("a's", "b", "c")]},
        },
        "x-record": {"unique": [{"fields": ["code"], "where": where}]},
    }
    layout = layout_of(apply(database, None, catalog_of({"thing": thing})).types["thing"])
    with database.write() as conn:
        for _ in range(2):
            records.insert(conn, layout, Stored(columns={"code": "A", **free}))
        records.insert(conn, layout, Stored(columns={"code": "A", **counts}))
        with pytest.raises(Violation) as caught, conn.savepoint():
            records.insert(conn, layout, Stored(columns={"code": "A", **counts}))
    assert caught.value.fields == ("code",)


REFUSED: list[tuple[str, list[Step], int, type[Exception]]] = [
    ("a held step", [Step("item", "narrow", "ratcheted", "item: x.")], 1, SetupInvalid),
    ("another catalog", [], 0, StaleCatalog),
]


@pytest.mark.parametrize("name, planned, after, expected", REFUSED, ids=[one[0] for one in REFUSED])
def test_applying_is_refused(
    database: Database, applied: Catalog, name: str, planned: list[Step], after: int, expected: type[Exception]
) -> None:
    with pytest.raises(expected), database.write() as conn:
        apply_steps(conn, planned, applied, by=1, at=AT, reason="", after=after)
    with database.read() as conn:
        assert catalogs.pulse(conn).catalog_version == 1


def test_a_write_that_relies_on_the_old_catalog_ends_before_the_new_one(database: Database, applied: Catalog) -> None:
    layout: Callable[[str], Layout] = lambda name: layout_of(applied.types[name])  # noqa: E731
    apply(database, applied, catalog_of({**TYPES, "item": {**TYPES["item"], "title": "Thing"}}))
    with pytest.raises(StaleCatalog), database.write() as conn:
        records.insert(conn, layout("item"), Stored(columns={"name": "x"}), catalog_version=1)
