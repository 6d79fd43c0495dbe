"""Asked formulas see an actor's view: as if hidden rows were not there and unreadable fields were empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from formula_backends import in_sql, shown, storable
from formula_generator import Generator
from formula_world import ENV, NAMES, ROOTS, World, type_of

from kartotek.formula import FormulaError, catalog_scope, check, compile_python
from kartotek.model.formula import Formula, Type
from kartotek.model.record import Record
from kartotek.model.view import Rules, TypeView, View
from kartotek.storage.database import Database
from kartotek.storage.formula_sql import compile_sql

COUNT = 250


class Seen:
    """The world as an actor with a view sees it, worked out in Python."""

    def __init__(self, world: World, view: View) -> None:
        self._world = world
        self._view = view

    def one(self, record_type: str, id: int, /) -> Record | None:
        """As Related."""
        found = self._world.one(record_type, id)
        return self.masked(found) if found is not None and self._holds(self._view.of(record_type).rows, found) else None

    def many(self, record_type: str, relation: str, id: int, /) -> Sequence[Record]:
        """As Related."""
        inverse = self._world.types[record_type].inverses[relation]
        seen = self._view.of(inverse.type)
        found = self._world.many(record_type, relation, id)
        linked = [one for one in found if self._holds(seen.fields.get(inverse.field, ()), one)]
        return [self.masked(one) for one in linked if self._holds(seen.rows, one)]

    def masked(self, record: Record) -> Record:
        """The record without the fields that are not readable in it."""
        fields = self._view.of(record.type).fields
        kept = {name: value for name, value in record.values.items() if self._holds(fields.get(name, ()), record)}
        for name, member in self._view.of(record.type).inner:
            if name in kept:
                kept[name] = self._without(kept[name], name, member, record)
        return replace(record, values=kept)

    def _without(self, value: Any, name: str, member: str, record: Record) -> Any:
        if self._holds(self._view.of(record.type).inner[name, member], record):
            return value
        if isinstance(value, tuple):
            return tuple(replace(row, values={key: one for key, one in row.values.items() if key != member}) for row in value)
        return {key: one for key, one in value.items() if key != member}

    def _holds(self, rules: Rules, record: Record) -> bool:
        if rules is True:
            return True
        env = {**ENV, "record": record}
        return any(compile_python(formula)(env, self._world) is True for formula in rules)


@pytest.fixture(scope="module")
def view(world: World) -> View:
    """People are seen by their boss's rank, orders if paid or one's own; some fields now and then, one never."""
    person, order = _rules(world, "person"), _rules(world, "order")
    fields: dict[str, Rules] = {one.name: True for one in world.types["person"].fields if one.name != "birthday"}
    seen_order: dict[str, Rules] = {one.name: True for one in world.types["order"].fields}
    return View({
        "item": TypeView(True, {one.name: True for one in world.types["item"].fields}),
        "person": TypeView(person("record.level > 0 || record.boss.vip", "record == user.person"), {
            **fields, "name": person("record.vip"), "limit": person("record.level > 2", "record.boss == user.person"),
            "boss": person("record.level != 3"),
        }),
        "order": TypeView(order("record.paid", "record.keeper == user.person"), {
            **seen_order, "total": order("!record.urgent"), "lines": order("record.quantity > 1"), "tags": order("record.paid"),
            "address": order("isSet(record.day)"), "person": order("record.stage != 'done'"), "gross": order("record.quantity < 5"),
        }, {
            ("lines", "quantity"): order("!record.paid"), ("lines", "note"): (), ("address", "city"): order("record.urgent"),
            ("lines", "sum"): order("record.person == user.person"),
        }),
    })


def test_random_formulas_see_what_the_view_shows(world: World, world_database: Database, view: View) -> None:
    seen, generator, tried = Seen(world, view), Generator(5), 0
    while tried < COUNT:
        try:
            formula = check(generator.formula(), world.scope)
        except FormulaError:
            continue
        if {("person", "birthday"), ("order.lines", "note")} & formula.fields:
            with pytest.raises(FormulaError, match="has no field"):
                _asked(world, world_database, formula, view)
            continue
        tried += 1
        try:
            given = _asked(world, world_database, formula, view)
        except FormulaError as exc:
            assert exc.code == "not_in_sql", str(exc)
            continue
        run = compile_python(formula)
        found = [run({**ENV, "record": seen.masked(one)}, seen) for one in world.orders]
        wanted = storable([(shown(value, formula.type), value is True) for value in found], formula.type)
        assert wanted == given, formula.source


@pytest.mark.parametrize("source", [
    "record.person.birthday == '11-21'", "isSet(record.person.birthday)", "record.person.boss.birthday > ''",
    "record.person.team.exists(p, p.birthday == '')", "record.keeper.boss.boss.birthday == null",
])
def test_a_hidden_field_is_told_like_a_missing_one(world: World, source: str, view: View) -> None:
    formula = check(source, world.scope)
    with pytest.raises(FormulaError) as caught:
        _compiled(world, formula, view)
    assert caught.value.code == "unknown_field"
    assert str(caught.value) == "person has no field 'birthday'"


@pytest.mark.parametrize("source", ["record.person.name == 'a'", "record.person.orders.exists(o, true)", "meta(record.person).version > 0"])
def test_a_hidden_type_cannot_be_reached(world: World, source: str, view: View) -> None:
    types = {name: one for name, one in view.types.items() if name != "person"}
    with pytest.raises(FormulaError) as caught:
        _compiled(world, check(source, world.scope), View(types))
    assert caught.value.code == "unknown_field"


def test_no_view_shows_everything(world: World) -> None:
    formula = check("record.person.birthday == '11-21'", world.scope)
    assert "birthday" in _compiled(world, formula, None).text


def _rules(world: World, record_type: str) -> Any:
    names: Mapping[str, Type] = {**NAMES, "record": Type("record", record=record_type)}
    scope = catalog_scope(world.types, names=names, type_of=type_of, accounts=("person",))
    return lambda *sources: tuple(check(one, scope, wanted=Type("bool")) for one in sources)


def _compiled(world: World, formula: Formula, view: View | None) -> Any:
    return compile_sql(formula, catalog=world.catalog, dialect_name="sqlite", roots=ROOTS, view=view)


def _asked(world: World, database: Database, formula: Formula, view: View) -> Any:
    return in_sql(world, database, formula, view=view)
