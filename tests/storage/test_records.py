"""What is written is read back as it was, on both databases; and what must be refused is."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from storage_types import PERSON

from kartotek.storage import catalogs, ddl, own, records, trash
from kartotek.storage.database import Database, StaleCatalog
from kartotek.storage.encoding import same
from kartotek.storage.faults import Violation
from kartotek.storage.layout import Layout, layout_of
from kartotek.storage.referring import holders, ids_after
from kartotek.storage.stored import Stored, StoredRow

AT = datetime(2026, 11, 21, 10, 0, 0, 123456, tzinfo=UTC)
Layouts = dict[str, Layout]


def full(person: int, items: list[int]) -> Stored:
    """An order that uses every column."""
    return Stored(
        version=1,
        state="open",
        created_at=AT,
        created_by=7,
        updated_at=AT,
        updated_by=7,
        columns={
            "number": "A'1?%",
            "year": 2**62,
            "person": person,
            "total": Decimal("-12345678.90"),
            "weight": 0.1,
            "paid": False,
            "due": AT,
            "day": date(2024, 2, 29),
            "extra": {"b": [1, None, "\u2028"], "a": True},
        },
        rest={"year": 2**70, "note": None},
        rows={
            "lines": (
                StoredRow(columns={"item": items[2], "amount": Decimal("1.500")}),
                StoredRow(columns={"note": "x"}, rest={"note": None}),
            )
        },
        links={"items": (items[1], items[0])},
    )


def without_ids(stored: Stored | None) -> Stored:
    assert stored is not None
    rows = {name: tuple(replace(row, id=None) for row in each) for name, each in stored.rows.items()}
    return replace(stored, id=0, rows=rows)


@pytest.fixture
def order(database: Database, layouts: Layouts) -> Stored:
    """An order as it was loaded after it was inserted."""
    with database.write() as conn:
        person = records.insert(conn, layouts["person"], Stored(columns={"name": "李雷", "born": date(987, 1, 2)}))
        items = records.insert_many(conn, layouts["item"], [Stored(columns={"code": code}) for code in "abc"])
        id = records.insert(conn, layouts["order"], full(person, items))
        found = records.load(conn, layouts["order"], id)
    assert found is not None
    return found


def loaded(database: Database, layout: Layout, id: int) -> Stored:
    with database.read() as conn:
        found = records.load(conn, layout, id)
    assert found is not None
    return found


def test_what_is_inserted_is_loaded_as_it_was(order: Stored) -> None:
    assert without_ids(order) == full(order.columns["person"], [1, 2, 3])
    assert type(order.columns["paid"]) is bool and str(order.columns["total"]) == "-12345678.90"
    assert order.columns["due"].tzinfo is not None


@pytest.mark.parametrize("lock", [False, True])
def test_load_of_a_missing_record_is_none(database: Database, layouts: Layouts, lock: bool) -> None:
    with database.write() as conn:
        assert records.load(conn, layouts["order"], 99, lock=lock) is None
        assert records.load_many(conn, layouts["order"], [99, 98], lock=lock) == {}


CHANGES: dict[str, Callable[[Stored], Stored]] = {
    "a column": lambda one: replace(one, columns={**one.columns, "number": "B"}),
    "a column gone": lambda one: replace(
        one, columns={name: one.columns[name] for name in one.columns if name != "due"}
    ),
    "true for 1 in json": lambda one: replace(
        one, columns={**one.columns, "extra": {"b": [True, None, "\u2028"], "a": 1}}
    ),
    "the rest gone": lambda one: replace(one, rest={}),
    "rows turned round": lambda one: replace(one, rows={"lines": one.rows["lines"][::-1]}),
    "a row changed": lambda one: replace(
        one, rows={"lines": (replace(one.rows["lines"][0], columns={"note": "y"}), one.rows["lines"][1])}
    ),
    "a row put first": lambda one: replace(
        one, rows={"lines": (StoredRow(columns={"note": "new"}), *one.rows["lines"])}
    ),
    "no rows": lambda one: replace(one, rows={}),
    "links turned round and doubled": lambda one: replace(
        one, links={"items": (*one.links["items"][::-1], one.links["items"][0])}
    ),
    "no links": lambda one: replace(one, links={}),
    "deleted": lambda one: replace(one, deleted_at=AT, deleted_group="g1", state=None),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_update_is_loaded_as_it_was_written(
    database: Database, layouts: Layouts, order: Stored, change: Callable[[Stored], Stored]
) -> None:
    after = replace(change(order), version=2)
    with database.write() as conn:
        assert records.update(conn, layouts["order"], order, after)
    found = loaded(database, layouts["order"], order.id)
    assert without_ids(found) == without_ids(after)
    assert same(found.columns.get("extra"), after.columns.get("extra"))
    kept = {row.id for row in after.rows.get("lines", ())} - {None}
    assert kept <= {row.id for row in found.rows.get("lines", ())}


def test_an_update_writes_only_what_differs(database: Database, layouts: Layouts, order: Stored) -> None:
    told: list[str] = []
    database.listeners.append(told.append)
    with database.write() as conn:
        records.update(
            conn, layouts["order"], order, replace(order, version=2, columns={**order.columns, "number": "B"})
        )
    assert told == ['UPDATE "order" SET "version" = ?, "number" = ? WHERE "id" = ? AND "version" = ?']


def test_update_with_a_stale_version_writes_nothing(database: Database, layouts: Layouts, order: Stored) -> None:
    first = replace(order, version=2, columns={**order.columns, "number": "B"})
    second = replace(order, version=2, rows={}, links={})
    with database.write() as conn:
        assert records.update(conn, layouts["order"], order, first)
    with database.write() as conn:
        assert not records.update(conn, layouts["order"], order, second)
    assert loaded(database, layouts["order"], order.id) == first


def test_touch_changes_neither_version_nor_other_columns(database: Database, layouts: Layouts, order: Stored) -> None:
    with database.write() as conn:
        records.touch(conn, layouts["order"], order.id, {"total": Decimal("1.00"), "day": None})
    wanted = {name: value for name, value in order.columns.items() if name != "day"} | {"total": Decimal("1.00")}
    assert loaded(database, layouts["order"], order.id) == replace(order, columns=wanted)


def test_many_are_inserted_under_ids_in_their_order(database: Database, layouts: Layouts) -> None:
    lines = {"lines": (StoredRow(columns={"note": "n"}),)}
    with database.write() as conn:
        first = records.insert_many(
            conn, layouts["order"], [Stored(columns={"number": str(n)}, rows=lines) for n in range(300)]
        )
        single = records.insert(conn, layouts["order"], Stored())
        second = records.insert_many(conn, layouts["order"], [Stored(columns={"number": "z"})])
        found = records.load_many(conn, layouts["order"], first)
    assert (
        first == sorted(first) and len({*first, single, *second}) == 302 and single > first[-1] and second[0] > single
    )
    assert [found[id].columns["number"] for id in first] == [str(n) for n in range(300)]
    assert all(len(one.rows["lines"]) == 1 for one in found.values())


def test_ids_are_never_given_twice(database: Database, layouts: Layouts) -> None:
    with database.write() as conn:
        last = records.insert_many(conn, layouts["item"], [Stored(), Stored()])[-1]
        conn.run('DELETE FROM "item" WHERE "id" = ?', (last,))
        assert records.insert(conn, layouts["item"], Stored()) > last


VIOLATIONS: list[tuple[str, str, dict[str, Any], tuple[str, ...]]] = [
    ("one field", "person", {"mobile": "1"}, ("mobile",)),
    ("two fields", "order", {"number": "A", "year": 1}, ("number", "year")),
]


@pytest.mark.parametrize("name, kind, columns, fields", VIOLATIONS, ids=[one[0] for one in VIOLATIONS])
def test_a_second_record_with_a_unique_value_is_told_by_its_fields(
    database: Database, layouts: Layouts, name: str, kind: str, columns: dict[str, Any], fields: tuple[str, ...]
) -> None:
    layout = layouts[kind]
    with database.write() as conn:
        records.insert(conn, layout, Stored(columns=columns))
        other = records.insert(conn, layout, Stored())
        before = records.load(conn, layout, other)
        assert before is not None
        writes: list[Callable[[], Any]] = [
            lambda: records.insert(conn, layout, Stored(columns=columns)),
            lambda: records.insert_many(conn, layout, [Stored(), Stored(columns=columns)]),
            lambda: records.update(conn, layout, before, replace(before, columns=columns)),
        ]
        for write in writes:
            with pytest.raises(Violation) as caught, conn.savepoint():
                write()
            assert (caught.value.kind, caught.value.fields) == ("unique", fields)


def test_unique_counts_live_records_and_whole_keys_only(database: Database, layouts: Layouts) -> None:
    with database.write() as conn:
        records.insert(conn, layouts["person"], Stored(columns={"mobile": "1"}, deleted_at=AT))
        records.insert(conn, layouts["person"], Stored(columns={"mobile": "1"}))
        for _ in range(2):
            records.insert(conn, layouts["order"], Stored(columns={"number": "A"}))


def test_a_reference_to_nothing_is_a_violation(database: Database, layouts: Layouts) -> None:
    with database.write() as conn:
        for stored in (
            Stored(columns={"person": 77}),
            Stored(links={"items": (77,)}),
            Stored(rows={"lines": (StoredRow(columns={"item": 7}),)}),
        ):
            with pytest.raises(Violation) as caught, conn.savepoint():
                records.insert(conn, layouts["order"], stored)
            assert caught.value.kind == "reference"
            assert caught.value.fields in ((), ("person",))


@pytest.mark.parametrize("id", [0, -1, 2**63, 10**30])
def test_a_number_that_no_record_can_have_is_nobodys(database: Database, layouts: Layouts, id: int) -> None:
    with database.write() as conn:
        assert records.load(conn, layouts["order"], id, lock=True) is None
        assert records.load_many(conn, layouts["order"], [id]) == {}
        assert records.inverse(conn, layouts["order"], "person", [id]) == {id: []}


def test_a_text_too_long_for_its_index_is_a_violation(postgres_url: str) -> None:
    database, layout = Database.open(postgres_url), layout_of(PERSON)
    own.prepare(database)
    chance = random.Random(1)
    long = "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(2000))
    with database.write() as conn:
        ddl.create_type(conn, layout)
        for name in ("mobile", "name"):
            with pytest.raises(Violation) as caught, conn.savepoint():
                records.insert(conn, layout, Stored(columns={name: long}))
            assert (caught.value.kind, caught.value.fields) == ("size", (name,))
    database.close()


def test_a_write_under_an_old_catalog_is_refused(database: Database, layouts: Layouts) -> None:
    with database.write() as conn:
        version = catalogs.append(conn, documents={"a": "b"}, hash="h", at=AT, by=0, reason="test")
        id = records.insert(conn, layouts["order"], full(*_people(conn, layouts)), catalog_version=version)
        assert without_ids(records.load(conn, layouts["order"], id, lock=True, catalog_version=version)).version == 1
        assert records.load(conn, layouts["order"], 99, lock=True, catalog_version=version) is None
    attempts: list[Callable[[Any], Any]] = [
        lambda conn: records.insert(conn, layouts["order"], Stored(), catalog_version=version - 1),
        lambda conn: records.load(conn, layouts["order"], id, lock=True, catalog_version=version + 1),
        lambda conn: records.load(conn, layouts["order"], id, catalog_version=version + 1),
        lambda conn: records.load(conn, layouts["order"], 99, catalog_version=version + 1),
    ]
    for attempt in attempts:
        with pytest.raises(StaleCatalog), database.write() as conn:
            attempt(conn)


def _people(conn: Any, layouts: Layouts) -> tuple[int, list[int]]:
    person = records.insert(conn, layouts["person"], Stored())
    return person, records.insert_many(conn, layouts["item"], [Stored(), Stored(), Stored()])


def test_inverse_gives_a_list_for_every_parent(database: Database, layouts: Layouts) -> None:
    with database.write() as conn:
        one, other = (records.insert(conn, layouts["person"], Stored()) for _ in range(2))
        orders = [records.insert(conn, layouts["order"], Stored(columns={"person": one})) for _ in range(3)]
        gone = records.insert(conn, layouts["order"], Stored(columns={"person": one}, deleted_at=AT))
        live = records.inverse(conn, layouts["order"], "person", [other, one])
        every = records.inverse(conn, layouts["order"], "person", [one], live=False)
    assert {id: [each.id for each in found] for id, found in live.items()} == {one: orders, other: []}
    assert [each.id for each in every[one]] == [*orders, gone]


def test_walking_back_through_lists_and_sub_tables_finds_a_record_once(database: Database, layouts: Layouts) -> None:
    with database.write() as conn:
        item, unused = records.insert_many(conn, layouts["item"], [Stored(), Stored()])
        line, parts = StoredRow(columns={"item": item}), {"items": (item, item)}
        twice = records.insert(conn, layouts["order"], Stored(links=parts, rows={"lines": (line, line)}))
        records.insert(conn, layouts["order"], Stored(rows={"lines": (line,)}, deleted_at=AT))
        listed = records.inverse(conn, layouts["order"], "items", [item, unused], parts=True)
        assert [one.id for one in holders(conn, layouts["order"], "item", item, rows="lines")] == [twice]
        assert [one.id for one in holders(conn, layouts["order"], "items", item)] == [twice]
    assert [one.id for one in listed[item]] == [twice] and listed[unused] == []
    assert listed[item][0].links == parts


def test_ids_follow_each_other_in_batches(database: Database, layouts: Layouts) -> None:
    with database.write() as conn:
        ids = records.insert_many(conn, layouts["item"], [Stored() for _ in range(5)])
        assert ids_after(conn, layouts["item"], 0, 3) == ids[:3]
        assert ids_after(conn, layouts["item"], ids[2], 3) == ids[3:]
        assert ids_after(conn, layouts["item"], ids[4], 3) == []


def test_a_group_of_the_trash_comes_back_whole(database: Database, layouts: Layouts, order: Stored) -> None:
    with database.write() as conn:
        records.insert(conn, layouts["order"], Stored(deleted_at=AT, deleted_group="other"))
        records.update(conn, layouts["order"], order, replace(order, deleted_at=AT, deleted_group="g"))
        found = trash.in_group(conn, layouts["order"], "g")
    assert found == [replace(order, deleted_at=AT, deleted_group="g")]


def test_each_way_of_loading_asks_once_and_once_for_each_part(
    database: Database, layouts: Layouts, order: Stored
) -> None:
    told: list[str] = []
    database.listeners.append(told.append)
    asked: list[tuple[Callable[[Any], Any], int]] = [
        (lambda conn: records.load(conn, layouts["order"], order.id), 3),
        (lambda conn: records.load(conn, layouts["order"], order.id, parts=False), 1),
        (lambda conn: records.load(conn, layouts["person"], order.columns["person"]), 1),
        (lambda conn: records.load_many(conn, layouts["order"], [order.id, 99]), 3),
        (lambda conn: records.inverse(conn, layouts["order"], "person", [1, 2, 3]), 1),
    ]
    for ask, number in asked:
        told.clear()
        with database.read() as conn:
            ask(conn)
        assert len(told) == number


def test_insert_takes_one_statement_and_one_for_each_part_with_rows(
    database: Database, layouts: Layouts, order: Stored
) -> None:
    told: list[str] = []
    database.listeners.append(told.append)
    with database.write() as conn:
        records.insert(conn, layouts["order"], Stored(columns={"number": "x"}), catalog_version=0)
        assert len(told) == 1
        records.insert(conn, layouts["order"], replace(order, columns={}))
    assert len(told) == 1 + 3
