"""Declarations that change while the engine runs: what goes live at once, what waits, and what every process sees."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from neutral_site import CLERK, HELPER, ITEM, ORDER, PERSON, documents

from kartotek.engine.engine import Engine
from kartotek.model.actor import Actor
from kartotek.model.query import Query

BY = Actor.system("test")


def changed(declaration: dict[str, Any], *path: str, value: Any) -> dict[str, Any]:
    """A copy of a declaration with one value put in."""
    copied = copy.deepcopy(declaration)
    inner = copied
    for key in path[:-1]:
        inner = inner.setdefault(key, {})
    inner[path[-1]] = value
    return copied


def test_an_added_field_is_there_for_every_process_and_no_record_is_lost(
    engine: Engine, open_engine: Callable[..., Engine], made: Callable[..., dict[str, Any]]
) -> None:
    other = open_engine()
    record = made("person", name="Ann")
    assert "history" not in other.sight(CLERK, "person").type.by_name
    wanted = changed(PERSON, "properties", "history", value={"type": "string", "title": "History"})
    report = engine.apply_documents(documents(person=wanted), by=BY, reason="edited")
    assert (report.applied, report.waiting, report.problems) == (True, (), ())
    other.ready()
    updated = other.update(HELPER, "person", record["id"], {"history": "Nuts"})
    assert updated["fields"]["history"] == "Nuts"
    found = engine.select(CLERK, "person", Query(filter="record.history == 'Nuts'"))
    assert [one["id"] for one in found.items] == [record["id"]]


def test_the_same_files_again_make_no_new_version(engine: Engine) -> None:
    version = engine.catalog().version
    report = engine.apply_documents(documents(), by=BY, reason="again")
    assert (report.applied, report.version) == (False, version)


def test_a_broken_file_leaves_the_last_good_catalog_in_service_and_is_told_everywhere(
    engine: Engine, open_engine: Callable[..., Engine]
) -> None:
    broken = documents() | {"schemas/person.json": '{"title": "Person",\n "type": "object", "propertys": {}, "x-record": {}}'}
    report = engine.apply_documents(broken, by=BY, reason="edited")
    assert not report.applied
    told = open_engine().declaration_problems()
    assert "schemas/person.json:2:20" in [str(one.place) for one in told]
    assert engine.types(CLERK)[0]["name"] in ("account", "person")
    engine.apply_documents(documents(), by=BY, reason="repaired")
    assert open_engine().declaration_problems() == []


def test_a_type_with_an_unsafe_change_stays_whole_while_others_go_live(engine: Engine) -> None:
    person = changed(PERSON, "x-record", "permissions", "helper", "delete", value=True)
    person = changed(person, "properties", "nick", value={"type": "string", "title": "Nick"})
    item = changed(ITEM, "properties", "code", value={"type": "string", "title": "Code"})
    report = engine.apply_documents(documents(person=person, item=item), by=BY, reason="edited")
    assert report.applied and {one.type for one in report.waiting} == {"person"}
    catalog = engine.catalog()
    assert "nick" not in catalog.types["person"].by_name and "code" in catalog.types["item"].by_name
    assert [one.severity for one in engine.declaration_problems()] == ["warning"]
    assert not engine.sight(HELPER, "person").delete


def test_a_new_rollup_and_a_new_computed_field_are_counted_for_old_records(
    engine: Engine, made: Callable[..., dict[str, Any]]
) -> None:
    person, item = made("person", name="Ann"), made("item", name="Pen", price="2.00")
    made("order", person=person["id"], lines=[{"item": item["id"], "quantity": 4}])
    biggest = {"type": "string", "format": "decimal", "title": "Biggest", "readOnly": True,
               "x-field": {"precision": 12, "scale": 2, "currency": "CNY", "rollup": {"from": "orders", "fn": "max", "field": "total"}}}
    shout = {"type": "string", "title": "Shout", "readOnly": True,
             "x-field": {"compute": "upper(record.name)", "stored": True}}
    doubled = {"type": "integer", "title": "Many", "readOnly": True,
               "x-field": {"rollup": {"from": "lines", "fn": "sum", "field": "quantity"}}}
    wanted = changed(changed(PERSON, "properties", "biggest", value=biggest), "properties", "shout", value=shout)
    order = changed(ORDER, "properties", "many", value=doubled)
    assert engine.apply_documents(documents(person=wanted, order=order), by=BY, reason="edited").applied
    fields = engine.get(CLERK, "person", person["id"])["fields"]
    assert (fields["biggest"], fields["shout"]) == ("8.00", "ANN")
    assert engine.select(CLERK, "order", Query()).items[0]["fields"]["many"] == 4
