"""What the checker works out: types, all that a formula reads, and the constants it can be written with."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from formula_world import ENV, World

from kartotek.formula import check, compile_python, parse, quote
from kartotek.formula.scope import row_path, with_names
from kartotek.model.formula import Type

READS = [
    ("record.person.boss.name == user.name", {"record.person.boss.name", "user.name"}, {"order.person", "person.boss", "person.name"}),
    ("record.lines.exists(l, l.quantity > record.quantity)", {"record.lines", "record.lines.*.quantity", "record.quantity"},
     {"order.lines", "order.lines.quantity", "order.quantity"}),
    ("record.person.orders.exists(o, o.paid)", {"record.person.orders", "record.person.orders.*.paid"},
     {"order.person", "order.paid"}),
    ("'red' in record.tags", {"record.tags"}, {"order.tags"}),
    ("record.tags.exists(t, t == 'red')", {"record.tags", "record.tags.*"}, {"order.tags"}),
    ("meta.state == 'new'", {"meta.state"}, set()),
    ("meta(record.person).state == 'new'", {"record.person", "record.person.meta().state"}, {"order.person"}),
    ("record.address.city", {"record.address.city"}, {"order.address", "order.address.city"}),
    ("record == old || now > record.due", {"record", "old", "now", "record.due"}, {"order.due"}),
    ("1 + 1", set(), set()),
]
VALUES: list[Any] = [
    None, True, False, 0, -1, 2**63 - 1, -(2**63), 0.0, 0.1, -1e-7, 1e300, 5e-324, 3.0, Decimal("0"), Decimal("-12.50"), Decimal("100"),
    Decimal("1E+2"), "", "a", "it's", '"', "a\\b", "\n\r\t", "\u2028", "王😀", date(2026, 1, 31), date(1, 1, 1), time(9, 30), time(9, 30, 1, 5),
    datetime(2026, 1, 31, 10, tzinfo=UTC), datetime(2026, 1, 31, 10, 0, 0, 1, tzinfo=UTC), timedelta(minutes=45), timedelta(days=-1, microseconds=1),
    [1, 2], ("a", "b"),
]


@pytest.mark.parametrize(("source", "paths", "fields"), READS)
def test_everything_read_is_known(world: World, source: str, paths: set[str], fields: set[str]) -> None:
    formula = check(source, with_names(world.scope, old=Type("record", record="order")))
    assert {".".join(path) for path in formula.paths} == paths
    assert {".".join(pair) for pair in formula.fields} == fields


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_quoted_value_means_itself(world: World, value: Any) -> None:
    formula = check(quote(value), world.scope)
    found = compile_python(formula)(ENV, world)
    assert found == (list(value) if isinstance(value, tuple) else value)
    assert type(found) is type(value) or isinstance(value, tuple)


@pytest.mark.parametrize(("source", "type", "scale"), [
    ("record.total + 1", "decimal", 2), ("record.total + record.rate", "decimal", 4), ("record.total * record.rate", "decimal", 6),
    ("record.total / 3", "decimal", 8), ("record.wide / record.wide", "decimal", 12), ("round(record.total, 1)", "decimal", 1),
    ("round(record.total)", "decimal", 0), ("min(record.quantity, 1.25)", "decimal", 2), ("record.quantity * 2", "int", 0),
    ("record.weight * 2", "number", 0), ("record.day - today", "duration", 0), ("record.span * 2", "duration", 0),
    ("record.person", "record", 0), ("record.tags", "list", 0), ("null", "null", 0),
])
def test_types_and_scales_are_static(world: World, source: str, type: str, scale: int) -> None:
    found = check(source, world.scope).type
    assert (found.name, found.scale) == (type, scale)


@pytest.mark.parametrize(("source", "nullable"), [
    ("record.total", True), ("record.total > 1", True), ("record.total == 1", False), ("isSet(record.total)", False), ("meta.id", False),
    ("user.name", False), ("record.lines.exists(l, l.quantity > 1)", False), ("size(record.lines)", False), ("1 / 0.0", True),
    ("div(1, 0)", True), ("meta(record.person).id", True), ("'a' in record.tags", False), ("!(record.number == 'a')", False),
])
def test_what_can_be_unknown_is_known(world: World, source: str, nullable: bool) -> None:
    assert check(source, world.scope).nullable is nullable


@pytest.mark.parametrize(("source", "expected"), [
    ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("10 - 3 - 2", 5), ("-2 - -3", 1), ("2 + 3 == 5 && !false", True), ("true || false && false", True),
    ("1 < 2 == true", True), ("false ? 1 : true ? 2 : 3", 2), ("7 % 4 * 2", 6), ("!true || true", True), ("1 in [1] && true", True),
    ("'a' + \"b\" == 'ab'", True), ("'\\u00e4' == 'ä'", True), ("'\\U0001F600' == '😀'", True), ("- (1 + 1)", -2), ("-1.abs()", 1), ("[1, 2,][0] == 1", None),
])
def test_operators_bind_as_in_cel(world: World, source: str, expected: Any) -> None:
    if expected is None:
        with pytest.raises(Exception, match="expected"):
            parse(source)
        return
    assert compile_python(check(source, world.scope))(ENV, world) == expected


def test_rows_and_items_are_names_like_others(world: World) -> None:
    scope = with_names(
        world.scope, row=Type("row", record=row_path("order", "lines")), item=Type("record", record="item"), old=Type("record", record="order"),
    )
    order = next(one for one in world.orders if one.values.get("lines"))
    row = order.values["lines"][0]
    env = {**ENV, "record": order, "row": row, "item": world.records["item"][1], "old": None}
    for source, expected in (
        ("row.quantity", row.values.get("quantity")), ("item.code", world.records["item"][1].values.get("code")),
        ("old == null", True), ("old.total == null", True), ("old.person.name", None), ("row.quantity == old.quantity", not row.values.get("quantity")),
    ):
        assert compile_python(check(source, scope))(env, world) == expected, source


def test_now_is_reckoned_with_in_utc(world: World) -> None:
    before = datetime(2026, 3, 29, 1, 30, tzinfo=ENV["now"].tzinfo)  # an hour before clocks jump from 2 to 3
    formula = check("now + duration('PT1H') == timestamp('2026-03-29T01:30:00Z')", world.scope)
    assert compile_python(formula)({**ENV, "now": before}, world) is True
