"""Literal defaults, which are declared in the shape in which they would be sent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.record import Record
from kartotek.rules.derive import filled
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting


def test_default_becomes_a_value_of_its_kind() -> None:
    fields = (
        Field(name="price", kind="decimal", column="price", title="", default="1.50"),
        Field(name="day", kind="date", column="day", title="", default="2026-11-21"),
        Field(name="note", kind="text", column="note", title="", nullable=True, default=None),
    )
    rules = Ruleset(RecordType(name="item", title="Item", fields=fields))
    setting = Setting(Actor.system("test"), datetime(2026, 11, 21, tzinfo=UTC), {}, None)
    assert filled(rules, Record(type="item", id=0), setting).values == {"price": Decimal("1.50"), "day": date(2026, 11, 21), "note": None}
