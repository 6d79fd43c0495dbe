"""Wrong formulas are told where they are wrong and what may have been meant."""

from __future__ import annotations

import pytest
from formula_world import World

from kartotek.formula import FormulaError, check, quote
from kartotek.formula.types import BOOL, DECIMAL, INT, NUMBER, STRING, decimal
from kartotek.model.formula import Type

# formula, the text under the carets, code, a part of the sentence, suggestion
WRONG = [
    ("record.paid and true", "and", "syntax", "unexpected 'and'", "&&"),
    ("record.paid or true", "or", "syntax", "unexpected 'or'", "||"),
    ("not record.paid", "not", "syntax", "unexpected 'not'", "!"),
    ("record.number = 'a'", "=", "syntax", "unexpected '='", "=="),
    ("record.paid & true", "&", "syntax", "unexpected '&'", "&&"),
    ("True", "True", "syntax", "unknown name 'True'", "true"),
    ("(record.paid", " ", "syntax", "expected ')', found the end", ""),
    ("record.paid)", ")", "syntax", "unexpected ')'", ""),
    ("1 +", " ", "syntax", "expected a value, found the end", ""),
    ("'abc", "'abc", "syntax", "no closing quote", ""),
    ("'a\\qb'", "\\q", "syntax", "not an escape", ""),
    ("record.", " ", "syntax", 'expected a name after "."', ""),
    ("record[1]", "1", "syntax", "a name in quotes", ""),
    ("record.姓名", "姓", "syntax", 'record["…"]', ""),
    ("9223372036854775808", "9223372036854775808", "syntax", "too large", ""),
    ("1234567890123456789.0", "1234567890123456789.0", "syntax", "at most 18 digits", ""),
    ("record.lines.exists(l)", "exists(l)", "syntax", "list.exists(x, condition on x)", ""),
    ("recrd.paid", "recrd", "unknown_name", "unknown name 'recrd'", "record"),
    ("item.paid", "item", "unknown_name", "unknown name 'item'", ""),
    ("record.nmber == 'a'", "nmber", "unknown_field", "order has no field 'nmber'", "number"),
    ("record.person.bosss.vip", "bosss", "unknown_field", "person has no field 'bosss'", "boss"),
    ("record.state == 'new'", "state", "unknown_field", "order has no field 'state'", "meta.state"),
    ("record.person.version", "version", "unknown_field", "person has no field 'version'", "meta(…).version"),
    ("record.address.town", "town", "unknown_field", "order.address has no field 'town'", ""),
    ("user.role", "role", "unknown_field", "the user has no field 'role'", "roles"),
    ("len(record.number)", "len", "unknown_function", "there is no function len", "size"),
    ("has(record.number)", "has", "unknown_function", "there is no function has", "isSet"),
    ("record.number.matches('a')", "matches", "unknown_function", "no regular expressions", "contains"),
    ("record.number.startswith('a')", "startswith", "unknown_function", "no function startswith", "startsWith"),
    ("record.quantity / 2", "record.quantity / 2", "type", "write 10.0 / 4 or div(10, 4)", ""),
    ("record.total > 'a'", "record.total > 'a'", "type", "cannot use '>' between a decimal number and a text", ""),
    ("record.total + record.weight", "record.total + record.weight", "type", "write number(x)", ""),
    ("record.paid && record.number", "record.number", "type", "'&&' needs true/false, this is a text", ""),
    ("!record.number", "!record.number", "type", "'!' cannot be applied to a text", ""),
    ("record.number ? 1 : 2", "record.number", "type", "a condition is true/false", ""),
    ("record.paid ? 1 : 'a'", "record.paid ? 1 : 'a'", "type", "the two results do not meet", ""),
    ("[1, 'a'] == null", "[1, 'a']", "type", "of one type", ""),
    ("record.tags == 'red'", "record.tags", "type", "a list cannot be compared", ""),
    ("1 in record.tags", "1 in record.tags", "type", "cannot look for a whole number", ""),
    ("'a' in record.number", "record.number", "type", "'in' needs a list on the right", ""),
    ("record.lines.quantity > 1", "record.lines", "type", "x.exists(one, one.quantity …)", ""),
    ("record.quantity.size", "record.quantity.size", "type", "a whole number has no fields", ""),
    ("record.extra == 'a'", "record.extra", "type", "free JSON cannot be compared", ""),
    ("record.person == record.items", "record.items", "type", "a list cannot be compared", ""),
    ("record.day < record.due", "record.day < record.due", "type", "between a date and an instant", ""),
    ("record.day + 1", "record.day + 1", "type", "between a date and a whole number", ""),
    ("date('2026-02-30') < today", "'2026-02-30'", "type", "date('2026-01-31')", ""),
    ("date(record.number) < today", "record.number", "type", "takes a constant text", ""),
    ("timestamp('2026-01-01T00:00:00') < now", "'2026-01-01T00:00:00'", "type", "timestamp(", ""),
    ("duration('1 month') > record.span", "'1 month'", "type", "duration('PT45M')", ""),
    ("round(record.total, record.quantity)", "round(record.total, record.quantity)", "type", "round(decimal, places)", ""),
    ("size(record.quantity)", "size(record.quantity)", "type", "size cannot take a whole number", ""),
    ("record.person.boss.boss.boss.name == 'a'", "record.person.boss.boss.boss.name", "hops", "at most 3 references", ""),
    ("record.person.orders.exists(o, o.person.boss.name == 'a')", "o.person.boss.name", "hops", "at most 3 references", ""),
    ("record.lines.exists(record, true)", "record.lines.exists(record, true)", "type", "already a name", ""),
    ("record.number.exists(x, true)", "record.number", "type", "exists needs a list field", ""),
]


@pytest.mark.parametrize(("source", "under", "code", "sentence", "suggestion"), WRONG)
def test_an_error_says_where_what_and_how(
    world: World, source: str, under: str, code: str, sentence: str, suggestion: str
) -> None:
    with pytest.raises(FormulaError) as caught:
        check(source, world.scope)
    error = caught.value
    assert (error.code, error.suggestion) == (code, suggestion)
    assert sentence in error.message
    assert source[error.start : error.end] == under.strip()


def test_an_error_is_shown_with_its_line_and_carets(world: World) -> None:
    with pytest.raises(FormulaError) as caught:
        check("record.paid &&\n  record.totl > 5", world.scope)
    assert caught.value.pretty("record.paid &&\n  record.totl > 5") == (
        "col 10: order has no field 'totl' — did you mean 'total'?\n    record.totl > 5\n           ^^^^"
    )


@pytest.mark.parametrize(("source", "wanted", "type"), [
    ("record.quantity", DECIMAL, "decimal"), ("record.quantity", NUMBER, "number"), ("1.5", NUMBER, "number"), ("2", NUMBER, "number"),
    ("record.paid ? 1 : 2", DECIMAL, "decimal"), ("null", STRING, "null"), ("user.id", Type("record", record="user"), "int"),
    ("record.total", decimal(0, 5), "decimal"), ("record.person", Type("record", record="person"), "record"),
])
def test_a_formula_of_the_wanted_kind_is_taken(world: World, source: str, wanted: Type, type: str) -> None:
    assert check(source, world.scope, wanted=wanted).type.name == type


@pytest.mark.parametrize(("source", "wanted"), [
    ("1", BOOL), ("'a'", BOOL), ("null", BOOL), ("record.total", INT), ("record.total", NUMBER), ("1", STRING),
    ("record.person", Type("record", record="item")), ("record.tags", STRING), ("record.lines", BOOL),
])
def test_a_formula_of_another_kind_is_refused(world: World, source: str, wanted: Type) -> None:
    with pytest.raises(FormulaError, match="and should be"):
        check(source, world.scope, wanted=wanted)


def test_currencies_are_not_mixed(world: World) -> None:
    names = {"a": decimal(2, 10, "EUR"), "b": decimal(2, 10, "CNY"), "c": decimal(2, 10)}
    scope = type(world.scope)({**world.scope.names, **names}, world.scope.members)
    for source in ("a + b", "a < b", "a == b", "a * a", "record.paid ? a : b", "min(a, b)", "a in [b]"):
        with pytest.raises(FormulaError):
            check(source, scope)
    assert [check(one, scope).type.currency for one in ("a + c", "a * c", "a / c", "a / a", "-a", "a + 5")] == ["EUR", "EUR", "EUR", "", "EUR", "EUR"]
    with pytest.raises(FormulaError, match="should be in CNY"):
        check("a", scope, wanted=names["b"])


def test_quote_is_a_defect_for_what_no_formula_means() -> None:
    with pytest.raises(TypeError):
        quote(object())
