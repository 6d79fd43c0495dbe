"""The past is told in today's names, and what today's kind cannot read does no harm."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from changing import Types, named, record, text, to
from neutral_site import OWNER

from kartotek.engine.engine import Engine

START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
WHOLE = {"type": "integer"}
MONEY = {"type": "string", "format": "decimal", "x-field": {"precision": 12, "scale": 2}}
DAY = {"type": "string", "format": "date"}
ROWS = {"type": "array", "items": {"type": "object", "properties": {"tag": text("tag")}}}


def twice(field: str) -> dict[str, Any]:
    return {"type": "integer", "readOnly": True, "x-field": {"compute": f"record.{field} * 2"}}


RETYPED = [
    ("renamed", WHOLE, 3, named(WHOLE, "size"), "record.amount + 1", 3),
    ("to money", WHOLE, 3, named(MONEY, "size"), "record.amount * 2.0", "3.00"),
    ("to text", WHOLE, 3, text("size"), "upper(record.amount)", "3"),
    ("to a number", text(), "12", named(WHOLE, "size"), "record.amount + 1", 12),
    ("words to a number", text(), "many", named(WHOLE, "size"), "record.amount + 1", None),
    ("to a table", text(), "x", named({**ROWS, "items": {"type": "object", "properties": {"tag": text()}}}, "size"), "size(record.amount)", [{"tag": "x"}]),
    ("from a table", {**ROWS, "items": {"type": "object", "properties": {"tag": text()}}}, [{"tag": "x"}], text("size"), "upper(record.amount)", "x"),
    ("to a day", text(), "2026-01-02", named(DAY, "size"), "year(record.amount)", "2026-01-02"),
]


@pytest.mark.parametrize("name, old, value, new, formula, now", RETYPED, ids=[one[0] for one in RETYPED])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_record_of_the_past_is_read_after_a_retype(
    site: Callable[[Types], Engine], name: str, old: Any, value: Any, new: Any, formula: str, now: Any
) -> None:
    engine = site({"thing": record(name=text(), size=old)})
    time = [START]
    engine.clock = lambda: time[0]
    id = engine.create(OWNER, "thing", {"name": "A", "size": value})["id"]
    time[0] += timedelta(hours=1)
    engine.update(OWNER, "thing", id, {"name": "B"})
    result = {"type": "string"} if "upper" in formula else {"type": "number"} if "2.0" in formula else WHOLE
    made = {**result, "readOnly": True, "x-field": {"compute": formula}}
    to(engine, {"thing": record(title=text("name"), amount=new, made=made if "2.0" not in formula else {**MONEY, "readOnly": True, "x-field": {**MONEY["x-field"], "compute": "record.amount"}})})
    fields = engine.get(OWNER, "thing", id)["fields"]
    assert fields.get("amount") == now and fields["title"] == "B"
    time[0] += timedelta(hours=1)
    engine.update(OWNER, "thing", id, {"title": "C"}, unset=["amount"])
    past = engine.get(OWNER, "thing", id, as_of=START + timedelta(minutes=30))["fields"]
    assert past["title"] == "A"
    told = engine.history(OWNER, "thing", id).items
    assert {one["field"] for item in told for one in item["changes"]} == {"title", "amount"}
