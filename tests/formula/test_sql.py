"""The SQL of formulas: parameters only, columns left bare for indexes, what reads no row worked out beforehand."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from formula_world import ENV, ROOTS, World

from kartotek.formula import FormulaError, check, compile_python
from kartotek.formula.scope import with_names
from kartotek.model.formula import Type
from kartotek.storage.database import Database
from kartotek.storage.formula_sql import Root, bind, compile_sql, compile_value

_LITERAL = re.compile(r"'[^']*'")
_OURS = {
    "'1e-150'", "'1e150'", "'{}'", "'array'", "'[]'", "'YYYY-MM-DD'", "'MM-DD'", "'0001-01-01'", "'9999-12-31'", "'true'", "'false'",
    "'+'", "'-'", "'*'", "'/'", "'1970-01-01'", "'1 day'", "'1 microsecond'", "'UTC'",
}


class _Undone(Exception):
    """Leaves a transaction without a trace."""


# formula, SQL on SQLite, SQL on PostgreSQL
SHAPES = [
    ("record.number == 'a'", 'record."number" = ?', 'record."number" = ?::text'),
    ("'a' == record.number", '? = record."number"', 'record."number" = ?::text'),
    ("record.total >= 5", 'record."total" >= ?', 'record."total" >= ?::numeric'),
    ("record.person == user.person", 'record."person" IS ?', '(record."person" = ?::bigint OR (record."person" IS NULL AND ?::bigint IS NULL))'),
    ("record.person == user.id", 'record."person" = ?', 'record."person" = ?::bigint'),
    ("record.stage in ['new', 'open']", 'record."stage" IN (?, ?)', 'record."stage" IN (?::text, ?::text)'),
    ("record.number in user.roles", 'record."number" IN (SELECT value FROM json_each(?))', 'record."number" = ANY(?::text[])'),
    ("record.number.startsWith('ab')", '(record."number" >= ? AND record."number" < ?)', '(record."number" >= ?::text AND record."number" < ?::text)'),
    ("record.day < today + duration('7d')", 'record."day" < ?', 'record."day" < ?::date'),
    ("record.due > now - duration('1h')", 'record."due" > ?', 'record."due" > ?::timestamptz'),
    ("'keeper' in user.roles && record.paid", '? AND record."paid"', '?::boolean AND record."paid"'),
    ("'keeper' in user.roles || now > timestamp('2026-01-01T00:00:00Z')", "?", "?::boolean"),
    ("record.paid && record.urgent && record.quantity > 1", 'record."paid" AND record."urgent" AND record."quantity" > ?',
     'record."paid" AND record."urgent" AND record."quantity" > ?::bigint'),
    ("isSet(record.number)", 'record."number" IS NOT NULL', 'record."number" IS NOT NULL'),
    ("meta.id == 5", 'record."id" = ?', 'record."id" = ?::bigint'),
    ("record[\"odd name\"] == '?'", 'record."odd_name" = ?', 'record."odd_name" = ?::text'),
]


@pytest.mark.parametrize(("source", "sqlite", "postgresql"), SHAPES)
def test_conditions_leave_columns_bare(world: World, source: str, sqlite: str, postgresql: str) -> None:
    assert _sql(world, source, "sqlite").text == sqlite
    assert _sql(world, source, "postgresql").text == postgresql


@pytest.mark.parametrize(("source", "index"), [
    ("record.number == 'a'", "number"), ("record.person == user.person", "person"), ("record.person == user.id", "person"),
    ("record.stage in ['new', 'open']", "stage"), ("record.number.startsWith('ab')", "number"), ("record.total >= 5", "total"),
    ("record.day < today", "day"), ("record.due >= now", "due"), ("record.number in user.roles", "number"),
])
def test_an_index_serves_the_condition(world: World, world_database: Database, source: str, index: str) -> None:
    sql = _sql(world, source, world_database.dialect.name)
    plan: list[Any] = []
    with pytest.raises(_Undone), world_database.write() as conn:
        conn.run(f'CREATE INDEX found_by ON "order" ("{index}")')
        if world_database.dialect.name == "postgresql":
            conn.run("SET LOCAL enable_seqscan = off")
        explain = "EXPLAIN QUERY PLAN" if world_database.dialect.name == "sqlite" else "EXPLAIN"
        plan += conn.rows(f'{explain} SELECT record.id FROM "order" record WHERE {sql.text}', bind(sql.params, ENV))
        raise _Undone
    told = "\n".join(str(row) for row in plan)
    assert "found_by" in told
    assert "SCAN record" not in told
    assert "Filter" not in told or source.startswith("record.number")


def test_no_text_of_a_formula_gets_into_sql(world: World) -> None:
    source = "record.number == 'x1' || lower(record.number) in ['x2', record.stage] || record.number.contains('x3') || record.day == date('2026-01-09')"
    for name in ("sqlite", "postgresql"):
        sql = _sql(world, source, name)
        assert "x1" not in sql.text and "x2" not in sql.text and "x3" not in sql.text and "2026" not in sql.text
        assert set(_LITERAL.findall(sql.text)) <= _OURS
        assert sql.text.count("?") == len(sql.params)


def test_a_reference_that_may_be_empty_on_both_sides_equals(world: World, world_database: Database) -> None:
    """CEL's null == null; whoever grants rights by such a comparison must ask isSet too."""
    env = {**ENV, "user": {**ENV["user"], "person": None}}
    sql = _sql(world, "record.person == user.person", world_database.dialect.name)
    with world_database.read() as conn:
        rows = conn.rows(f'SELECT record.id FROM "order" record WHERE {sql.text}', bind(sql.params, env))
    assert {id for (id,) in rows} == {one.id for one in world.orders if one.values.get("person") is None}


def test_a_record_of_the_environment_can_be_walked_from(world: World, world_database: Database) -> None:
    """A reference's filter: `item` are the rows, `record` is the draft that the choice is for."""
    scope = with_names(world.scope, item=Type("record", record="item"))
    formula = check("item.price > record.person.limit || item.code == record.number", scope)
    sql = compile_sql(formula, catalog=world.catalog, dialect_name=world_database.dialect.name, roots={"item": Root("item", "item")})
    for draft in world.orders[:20]:
        with world_database.read() as conn:
            rows = conn.rows(f"SELECT item.id FROM item WHERE {sql.text} ORDER BY 1", bind(sql.params, {**ENV, "record": draft}))
        assert [id for (id,) in rows] == [
            one.id for one in world.records["item"].values() if _holds(world, formula, {**ENV, "record": draft, "item": one})
        ]


def test_values_can_be_sorted_by(world: World, world_database: Database) -> None:
    for source in ("record.total * record.quantity", "record.due + duration('1h')", "record.person.name", "record.gross", "record.large + 1"):
        value = compile_value(check(source, world.scope), catalog=world.catalog, dialect_name=world_database.dialect.name, roots=ROOTS)
        with world_database.read() as conn:
            rows = conn.rows(f'SELECT ({value.text}) FROM "order" record ORDER BY 1 NULLS LAST', bind(value.params, ENV))
        found = [one for (one,) in rows if one is not None]
        assert found == sorted(found) and found


@pytest.mark.parametrize("source", ["record.total / 3 > 1", "record.quantity / 2.0 > 1", "user.roles.exists(r, r == record.number)"])
def test_what_sql_cannot_say_is_refused(world: World, source: str) -> None:
    for name in ("sqlite", "postgresql"):
        with pytest.raises(FormulaError) as caught:
            _sql(world, source, name)
        assert caught.value.code == "not_in_sql"
        assert caught.value.end > 1


def test_letters_change_case_alike_everywhere(world_database: Database) -> None:
    """All letters that this Python knows, but for those whose other case came to Unicode later."""
    letters = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000 and chr(code).isalpha()]
    words = [*[one for one in letters if one.lower() != one or one.upper() != one], *letters[::50], "ΑΣ", "ΑΣΑ", "Σ", "ΟΔΟΣ ΟΔΟΣ.", "A\u03a3\u0301", "İI", "straße", "ŉ", "ﬃ"]
    for function, python in (("kartotek_lower", str.lower), ("kartotek_upper", str.upper)):
        with world_database.read() as conn:
            for at in range(0, len(words), 5000):
                some = words[at : at + 5000]
                listed = ", ".join(["(CAST(? AS text))"] * len(some))
                rows = conn.rows(f"SELECT column1, {function}(column1) FROM (VALUES {listed}) w", some)
                wrong = [(one, found) for one, found in rows if found != python(one)]
                assert not [pair for pair in wrong if unicodedata.category(pair[1][0]) != "Cn"]


def test_the_zone_is_the_sites(world: World, world_database: Database) -> None:
    sql = compile_value(check("dateOf(timestamp('2026-11-21T23:30:00Z')) > record.day", world.scope),
                        catalog=world.catalog, dialect_name=world_database.dialect.name, roots=ROOTS)
    value = compile_value(check("dateOf(record.due)", world.scope), catalog=world.catalog, dialect_name=world_database.dialect.name, roots=ROOTS)
    assert sql.text.count("?") == len(sql.params)
    for zone in ("Europe/Berlin", "Asia/Shanghai", "America/New_York", "UTC"):
        env = {**ENV, "now": datetime(2026, 11, 21, 12, tzinfo=ZoneInfo(zone))}
        with world_database.read() as conn:
            rows = conn.rows(f'SELECT record.id, ({value.text}) FROM "order" record', bind(value.params, env))
        for id, found in rows:
            due = world.records["order"][id].values.get("due")
            if due is not None and due.year < 9999:
                assert str(found) == due.astimezone(UTC).astimezone(ZoneInfo(zone)).date().isoformat()


def _sql(world: World, source: str, dialect_name: str) -> Any:
    return compile_sql(check(source, world.scope), catalog=world.catalog, dialect_name=dialect_name, roots=ROOTS)


def _holds(world: World, formula: Any, env: Mapping[str, Any]) -> bool:
    return compile_python(formula)(env, world) is True
