"""What is written is read back as it was, on both databases; and what must be refused is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from kartotek.storage import records
from kartotek.storage.database import Database
from kartotek.storage.layout import Layout
from kartotek.storage.stored import Stored, StoredRow

AT = datetime(2026, 11, 21, 10, 0, 0, 123456, tzinfo=UTC)
Layouts = dict[str, Layout]


def test_what_is_inserted_is_loaded_as_it_was(database: Database, layouts: Layouts) -> None:
    with database.write() as conn:
        person = records.insert(conn, layouts["person"], Stored(columns={"name": "李雷", "born": date(987, 1, 2)}))
        items = records.insert_many(conn, layouts["item"], [Stored(columns={"code": code}) for code in "abc"])
        wanted = Stored(
            version=1, state="open", created_at=AT, created_by=7, updated_at=AT, updated_by=7,
            columns={
                "number": "A'1?%", "year": 2**62, "person": person, "total": Decimal("-12345678.90"), "weight": 0.1, "paid": False,
                "due": AT, "day": date(2024, 2, 29), "extra": {"b": [1, None, "\u2028"], "a": True},
            },
            rest={"year": 2**70, "note": None},
            rows={"lines": (
                StoredRow(columns={"item": items[2], "amount": Decimal("1.500")}),
                StoredRow(columns={"note": "x"}, rest={"note": None}),
            )},
            links={"items": (items[1], items[0])},
        )
        id = records.insert(conn, layouts["order"], wanted)
    with database.read() as conn:
        found = records.load(conn, layouts["order"], id)
    assert found is not None
    rows = tuple(replace(row, id=None) for row in found.rows["lines"])
    assert replace(found, id=0, rows={"lines": rows}) == wanted
    assert type(found.columns["paid"]) is bool and str(found.columns["total"]) == "-12345678.90"


@pytest.mark.parametrize("lock", [False, True])
def test_load_of_a_missing_record_is_none(database: Database, layouts: Layouts, lock: bool) -> None:
    with database.write() as conn:
        assert records.load(conn, layouts["order"], 99, lock=lock) is None
        assert records.load_many(conn, layouts["order"], [99, 98], lock=lock) == {}
