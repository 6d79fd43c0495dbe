"""The difference of two catalogs: what may just happen, and what waits for a plan, each with its sentence."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from edited_types import (
    TEXT,
    Edit,
    Types,
    catalog_of,
    change,
    drop,
    edited,
    extend,
    field,
    line,
    permit,
    put,
    record,
)
from neutral_site import TYPES

from kartotek.migration.steps import Step, steps

SAFE: dict[str, tuple[Edit, set[tuple[str, str, str]]]] = {
    "nothing": (lambda types: None, set()),
    "a new type": (
        lambda types: types.update(thing={"title": "T", "type": "object", "properties": {"a": TEXT}, "x-record": {}}),
        {("thing", "create_type", "")},
    ),
    "a new field": (put("item", "size", TEXT), {("item", "add_field", "size")}),
    "a new field with a default": (put("item", "size", {**TEXT, "default": "m"}), {("item", "add_field", "size")}),
    "a new unique field, which no record has": (
        put("item", "ean", {**TEXT, "maxLength": 20, "x-field": {"unique": True}}),
        {("item", "add_field", "ean")},
    ),
    "a new reference": (
        put("item", "maker", {"type": "integer", "x-field": {"references": "person", "inverse": "made"}}),
        {("item", "add_field", "maker"), ("person", "metadata", "")},
    ),
    "a new list of references": (
        put("item", "makers", {"type": "array", "items": {"type": "integer"}, "x-field": {"references": "person"}}),
        {("item", "add_field", "makers")},
    ),
    "a new field in a sub-table": (line("note", TEXT), {("order", "add_field", "lines.note")}),
    "a new member of an object": (
        lambda types: field(types, "person", "address")["properties"].update(street=TEXT),
        {("person", "add_field", "address.street")},
    ),
    "a longer text": (change("item", "name", maxLength=80), {("item", "widen", "name")}),
    "no limit": (drop("item", "name", "maxLength"), {("item", "widen", "name"), ("item", "drop_index", "")}),
    "a shorter least": (change("person", "name", minLength=0), {("person", "widen", "name")}),
    "more digits": (extend("item", "price", precision=14), {("item", "widen", "price")}),
    "an option more": (
        lambda types: field(types, "person", "level")["oneOf"].append({"const": "x", "title": "X"}),
        {("person", "widen", "level")},
    ),
    "an option with another title": (
        lambda types: field(types, "person", "level")["oneOf"][0].update(title="Simple"),
        {("person", "metadata", "level")},
    ),
    "an option that is retired": (
        lambda types: field(types, "person", "level")["oneOf"][1].update(deprecated=True),
        {("person", "metadata", "level")},
    ),
    "no longer required": (lambda types: types["item"].update(required=["name"]), {("item", "widen", "price")}),
    "null allowed": (change("item", "name", type=["string", "null"]), {("item", "widen", "name")}),
    "no longer unique": (lambda types: field(types, "account", "code").pop("x-field"), {("account", "widen", "code")}),
    "an index more": (extend("item", "price", index=True), {("item", "add_index", ""), ("item", "metadata", "price")}),
    "another title": (change("item", "name", title="Nom"), {("item", "metadata", "name")}),
    "another list": (record("item", list=["price"]), {("item", "metadata", "")}),
    "another sort and search": (record("person", sort=["born"], search=["name"]), {("person", "add_index", ""), ("person", "drop_index", "")}),
    "another default": (change("order", "paid", default=True), {("order", "metadata", "paid")}),
    "a lock more": (extend("order", "reason", readOnlyIf="record.paid"), {("order", "metadata", "reason")}),
    "not required by a rule any more": (
        lambda types: field(types, "order", "reason").pop("x-field"),
        {("order", "metadata", "reason")},
    ),
    "a rule less": (lambda types: types["order"]["x-record"].pop("validations"), {("order", "metadata", "")}),
    "a rule in other words": (
        lambda types: types["order"]["x-record"]["validations"][0].update(message="No."),
        {("order", "metadata", "")},
    ),
    "a right less": (
        lambda types: types["item"]["x-record"]["permissions"].pop("helper"),
        {
            ("item", "metadata", ""),
            ("order", "metadata", "lines.price"),
            ("order", "metadata", "lines.amount"),
            ("order", "metadata", "total"),
        },
    ),
    "a right under a condition": (permit("item", "helper", read="record.on_sale"), {("item", "metadata", "")}),
    "a right under one condition more": (
        permit("person", "helper", read='record.active == true && record.level == "gold"'),
        {("person", "metadata", "")},
    ),
    "a field for fewer": (extend("item", "name", write=["clerk"]), {("item", "metadata", "name")}),
    "a field nobody writes any more": (change("item", "name", readOnly=True), {("item", "metadata", "name")}),
    "a new stored value": (
        put(
            "order",
            "half",
            {
                "type": "string",
                "format": "decimal",
                "readOnly": True,
                "x-field": {"compute": "record.total * 0.50", "stored": True, "precision": 12, "scale": 2},
            },
        ),
        {("order", "add_field", "half")},
    ),
}

HELD: dict[str, tuple[Edit, set[tuple[str, str, str]]]] = {
    "a field gone": (lambda types: types["person"]["properties"].pop("note"), {("person", "remove_field", "note")}),
    "a type gone": (
        lambda types: (
            types.pop("entry"),
            types["account"]["properties"].pop("remaining"),
            types["account"]["x-record"].pop("validations"),
        ),
        {("entry", "remove_type", ""), ("account", "remove_field", "remaining")},
    ),
    "a field of another kind": (put("person", "note", {"type": "integer"}), {("person", "retype", "note")}),
    "a scale changed": (extend("item", "price", scale=3), {("item", "retype", "price")}),
    "a shorter text": (change("item", "name", maxLength=10), {("item", "narrow", "name")}),
    "a limit where none was": (change("person", "note", maxLength=10), {("person", "narrow", "note")}),
    "a pattern": (change("person", "note", pattern="^a"), {("person", "narrow", "note")}),
    "an option gone": (lambda types: field(types, "person", "level")["oneOf"].pop(), {("person", "options", "level")}),
    "null no more": (change("person", "note", type="string"), {("person", "narrow", "note")}),
    "required": (lambda types: types["person"]["required"].append("born"), {("person", "require", "born")}),
    "a new required field": (
        lambda types: (put("item", "size", TEXT)(types), types["item"]["required"].append("size")),
        {("item", "require", "size")},
    ),
    "a new required field in a sub-table": (
        lambda types: (line("note", TEXT)(types), field(types, "order", "lines")["items"]["required"].append("note")),
        {("order", "require", "lines.note")},
    ),
    "required by a rule": (extend("order", "locked", requiredIf="record.paid"), {("order", "require", "locked")}),
    "unique": (extend("item", "name", unique=True), {("item", "unique", "name")}),
    "unique together": (record("item", unique=[["name", "price"]]), {("item", "unique", "")}),
    "a new unique field with a default": (
        put("item", "ean", {**TEXT, "maxLength": 20, "default": "x", "x-field": {"unique": True}}),
        {("item", "unique", "ean")},
    ),
    "another target": (extend("order", "seen_by", references="item"), {("order", "remove_field", "seen_by")}),
    "another effect of deleting": (
        extend("entry", "account", onDelete="restrict"),
        {("entry", "reference", "account")},
    ),
    "a new rule": (
        record("item", validations=[{"name": "r", "rule": "record.price > 0.0", "message": "m"}]),
        {("item", "narrow", "")},
    ),
    "another rule": (
        lambda types: types["order"]["x-record"]["validations"][0].update(rule="record.ends_at >= record.starts_at"),
        {("order", "narrow", "")},
    ),
    "a right more": (permit("item", "helper", write=True), {("item", "rights", "")}),
    "a right without its condition": (permit("person", "helper", read=True), {("person", "rights", "")}),
    "a right under another condition": (
        permit("person", "helper", read="record.active != false"),
        {("person", "rights", "")},
    ),
    "a right under one condition or another": (
        permit("person", "helper", read='record.active == true || record.level == "gold"'),
        {("person", "rights", "")},
    ),
    "a field for more": (extend("person", "mobile", read=["clerk", "helper"]), {("person", "rights", "mobile")}),
    "a field for everyone": (
        lambda types: field(types, "person", "mobile")["x-field"].pop("read"),
        {("person", "rights", "mobile")},
    ),
    "another lock": (extend("order", "locked", readOnlyIf="false"), {("order", "rights", "locked")}),
    "no lock": (lambda types: field(types, "order", "locked").pop("x-field"), {("order", "rights", "locked")}),
}


def told(found: tuple[Step, ...], verdict: str) -> set[tuple[str, str, str]]:
    return {(one.type, one.action, one.field) for one in found if (one.verdict == "safe") == (verdict == "safe")}


@pytest.mark.parametrize("edit, wanted", SAFE.values(), ids=SAFE)
def test_a_safe_change(edit: Edit, wanted: set[tuple[str, str, str]]) -> None:
    found = edited(edit)
    assert told(found, "held") == set(), [one.words for one in found if one.verdict != "safe"]
    assert wanted <= told(found, "safe")
    assert {action for _, action, _ in told(found, "safe") - wanted} <= {"metadata"}  # what is inherited by others


@pytest.mark.parametrize("edit, wanted", HELD.values(), ids=HELD)
def test_a_change_that_waits(edit: Edit, wanted: set[tuple[str, str, str]]) -> None:
    found = edited(edit)
    assert wanted <= told(found, "held")
    assert {one.type for one in found if one.verdict != "safe"} == {record_type for record_type, _, _ in wanted}
    for one in found:
        assert one.words.startswith(f"{one.type}: ") and one.words.endswith(".")


def test_a_field_that_people_may_write_again_waits() -> None:
    types = copy.deepcopy(TYPES)
    put("item", "mark", {**TEXT, "readOnly": True})(types)
    before = catalog_of(types)
    drop("item", "mark", "readOnly")(types)
    assert told(steps(before, catalog_of(types)), "held") == {("item", "rights", "mark")}


def test_the_first_catalog_is_new_types_alone() -> None:
    found = steps(None, catalog_of(TYPES))
    assert told(found, "held") == set()
    assert {one.type for one in found} == set(TYPES) and {one.action for one in found} == {"create_type"}


def test_what_is_computed_otherwise_is_recomputed_with_all_that_follows() -> None:
    compute = "row.price * row.quantity * 2"
    found = edited(
        lambda types: field(types, "order", "lines")["items"]["properties"]["amount"]["x-field"].update(compute=compute)
    )
    recomputed = [(one.type, one.field) for one in found if one.recompute]
    assert told(found, "held") == set()
    assert recomputed == [("order", "lines.amount"), ("order", "total"), ("person", "spent")]


def test_sources_are_recomputed_before_what_follows_from_them_whatever_their_names() -> None:
    def rollup(source: str, name: str) -> dict[str, Any]:
        return {
            "type": "integer",
            "readOnly": True,
            "x-field": {"rollup": {"from": source, "fn": "sum", "field": name}},
        }

    def below(parent: str) -> dict[str, Any]:
        return {"type": "integer", "x-field": {"references": parent, "inverse": "below"}}

    def compute(source: str) -> dict[str, Any]:
        return {"type": "integer", "readOnly": True, "x-field": {"compute": source, "stored": True}}

    def chain(source: str) -> Types:
        fields = {
            "a": {"sum": rollup("below", "sum")},
            "m": {"up": below("a"), "sum": rollup("below", "twice")},
            "z": {"up": below("m"), "n": {"type": "integer"}, "twice": compute(source)},
        }
        return {
            name: {"title": name, "type": "object", "properties": each, "x-record": {}} for name, each in fields.items()
        }

    found = steps(catalog_of(chain("record.n * 2")), catalog_of(chain("record.n * 3")))
    assert [(one.type, one.recompute) for one in found if one.recompute] == [
        ("z", ("twice",)),
        ("m", ("sum",)),
        ("a", ("sum",)),
    ]


def test_a_right_that_depends_on_what_is_computed_otherwise_waits() -> None:
    types = copy.deepcopy(TYPES)
    types["item"]["properties"]["cheap"] = {
        "type": "boolean",
        "readOnly": True,
        "x-field": {"compute": "record.price < 5.00", "stored": True},
    }
    types["item"]["x-record"]["permissions"]["helper"]["read"] = "record.cheap"
    before = catalog_of(types)
    types["item"]["properties"]["cheap"]["x-field"]["compute"] = "record.price < 500.00"
    found = steps(before, catalog_of(types))
    assert ("item", "rights", "") in told(found, "held")
