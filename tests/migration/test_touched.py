"""What else a step has to do with: every place that names a field, a type, a state or an option is told, past ones as past."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from edited_types import Types, catalog_of, change, extend, field
from neutral_site import TYPES, documents
from workflow_documents import flow, renamed, without_waiting
from workflow_documents import documents as flowing

from kartotek.declaration.load import load
from kartotek.migration.steps import steps
from kartotek.migration.touched import touched
from kartotek.model.catalog import Catalog
from kartotek.model.plan_texts import QUESTIONS, STEPS, TOUCHES


def told(old: Catalog, new: Catalog, counts: Any = {}) -> dict[tuple[str, str], list[str]]:  # noqa: B006
    """{(action, type.field): the sentences}."""
    found = steps(old, new, counts)
    return {
        (step.action, ".".join((step.type, *step.path))): [one.words for one in each]
        for step, each in zip(found, touched(old, new, found), strict=True)
    }


def edited(edit: Any) -> dict[tuple[str, str], list[str]]:
    types: Types = copy.deepcopy(TYPES)
    edit(types)
    return told(catalog_of(TYPES), catalog_of(types))


def test_a_removed_field_tells_all_that_used_it_until_now() -> None:
    def edit(types: Types) -> None:
        order = types["order"]
        del order["properties"]["ends_at"], order["x-record"]["validations"]

    assert edited(edit)["remove_field", "order.ends_at"] == [
        "Until now: The rule order_of_times of order looks at it.",
        "Until now: The sentence of the rule order_of_times of order is shown beside it.",
        "Programs that send ends_at, or ask for it, will be refused.",
    ]


def test_a_renamed_field_tells_all_that_goes_on_using_it_under_its_new_name() -> None:
    types = json.loads(json.dumps(TYPES).replace("total", "grand"))
    types["order"]["properties"]["grand"]["x-field"]["aliases"] = ["total"]
    assert told(catalog_of(TYPES), catalog_of(types))["rename_field", "order.grand"] == [
        "When order.reason is required depends on it.",
        "The list of order shows it.",
        "person.spent counts it or sums it up.",
        "Programs may go on sending and asking for total until the alias is taken out; answers say grand.",
    ]


def test_what_is_dropped_with_a_rename_is_told_as_past() -> None:
    types = json.loads(json.dumps(TYPES).replace("total", "grand"))
    types["order"]["properties"]["grand"]["x-field"]["aliases"] = ["total"]
    types["order"]["x-record"]["list"] = ["number"]
    found = told(catalog_of(TYPES), catalog_of(types))["rename_field", "order.grand"]
    assert "Until now: The list of order shows it." in found and "The list of order shows it." not in found
    assert "person.spent counts it or sums it up." in found


def test_a_field_of_a_row_is_found_in_formulas_of_its_row() -> None:
    def edit(types: Types) -> None:
        properties = field(types, "order", "lines")["items"]["properties"]
        properties["price"]["x-field"]["scale"] = 4

    found = edited(edit)["retype", "order.lines.price"]
    assert found == [
        "The computed field order.lines.amount follows from it.",
        "Programs get and send decimal(4, CNY) instead of decimal(2, CNY) as lines.price.",
    ]


def test_who_may_do_what_is_told() -> None:
    types = json.loads(json.dumps(TYPES).replace("active", "here"))
    types["person"]["properties"]["here"]["x-field"] = {"aliases": ["active"]}
    found = told(catalog_of(TYPES), catalog_of(types))["rename_field", "person.here"]
    assert {"Whom the role helper may read in person depends on it.", "Whom the role helper may write in person depends on it.",
            "Whom the role helper may read in order depends on it."} <= set(found)


def test_an_option_that_goes_tells_the_formulas_that_name_it() -> None:
    types = copy.deepcopy(TYPES)
    types["person"]["x-record"]["validations"] = [
        {"name": "of_age", "rule": "record.level != 'gold' || record.age > 17", "message": "x"},
        {"name": "plain", "rule": "record.level != 'plain' || record.age > 1", "message": "x"},
    ]
    before = catalog_of(types)
    del types["person"]["x-record"]["validations"][0]
    del field(types, "person", "level")["oneOf"][1]
    assert told(before, catalog_of(types))["options", "person.level"] == [
        "Until now: The rule of_age of person looks at it.", "Programs that send 'gold' as level will be refused."]


def test_a_renamed_type_tells_what_points_to_it() -> None:
    types = json.loads(json.dumps(TYPES).replace('"references": "person"', '"references": "client"'))
    types["client"] = types.pop("person")
    types["client"]["x-record"]["aliases"] = ["person"]
    assert told(catalog_of(TYPES), catalog_of(types))["rename_type", "client"] == [
        "order.person points to it.",
        "order.seen_by points to it.",
        "Programs may go on using /api/v1/records/person until the alias is taken out; answers say client.",
    ]


EVERYWHERE = {
    "title": "Stay", "type": "object", "properties": {
        "who": {"type": "integer", "x-field": {"references": "person", "filter": "item.active"}},
        "starts": {"type": "string", "format": "date-time"}, "ends": {"type": "string", "format": "date-time"},
        "mobile": {"type": "string", "format": "phone", "x-field": {"fetchFrom": "who.mobile", "read": ["clerk"], "write": ["clerk"]}},
        "code": {"type": "string", "maxLength": 20, "x-field": {"defaultExpr": "user.name", "showIf": "record.open", "readOnlyIf": "!record.open"}},
        "open": {"type": "boolean"}, "note": {"type": "string", "x-field": {"requiredIf": "record.open"}},
    },
    "x-record": {
        "titleTemplate": "{code} {who.name}", "search": ["code"], "sort": ["-starts", "code"], "list": ["code", "who"],
        "unique": [{"fields": ["code"], "where": "record.open"}], "indexes": [["code", "starts"]],
        "permissions": {"clerk": {"read": True, "create": True, "write": True, "delete": True}},
        "occupancy": [{"name": "o", "key": ["who"], "start": "starts", "end": "ends", "where": "record.open"}],
        "publicForms": {"ask": {"fields": ["code", "mobile"], "limit": 5}}, "frozenWhen": "record.open",
        "contact": {"sms": "mobile", "consent": "record.open"}, "calendar": {"of": "who", "start": "starts", "end": "ends"},
        "form": [{"tab": "A", "sections": [{"fields": ["code"], "showIf": "record.open"}]}],
    },
}  # fmt: skip


@pytest.mark.parametrize(("name", "codes"), [
    ("open", {"shown_if", "locked_if", "required_if", "unique", "occupancy", "frozen", "contact", "form_if"}),
    ("code", {"title", "search", "sort", "list", "unique", "index", "form", "public_form", "message"}),
    ("mobile", {"readers", "writers", "contact", "public_form"}),
    ("who", {"fetched", "title", "list", "occupancy", "calendar"}),
    ("starts", {"sort", "index", "occupancy", "calendar"}),
])
def test_every_place_that_can_name_a_field_is_found(name: str, codes: set[str]) -> None:
    message = {"templates/messages/hi.yaml": "record: stay\nbody: Hi {record.code}\n"}
    loaded = load({**documents(stay=EVERYWHERE), **message})
    assert loaded.catalog is not None, loaded.problems
    less = copy.deepcopy(EVERYWHERE)
    for keyword in ("occupancy", "publicForms", "frozenWhen", "contact", "calendar", "form", "unique", "indexes", "sort", "list", "search", "titleTemplate"):
        del less["x-record"][keyword]
    for other in less["properties"].values():
        other.pop("x-field", None)
    less["properties"].pop(name)
    after = load(documents(stay=less))
    assert after.catalog is not None, after.problems
    found = steps(loaded.catalog, after.catalog)
    (touches,) = [each for step, each in zip(found, touched(loaded.catalog, after.catalog, found), strict=True)
                  if step.action == "remove_field" and step.field == name]
    assert {one.code for one in touches if one.past} == codes


def test_a_state_tells_the_transitions_the_clocks_and_the_formulas_that_name_it() -> None:
    def stay(workflow: Any) -> None:
        workflow["clocks"] = {"wait": {"states": ["waiting"], "limits": [{"after": "PT1H", "do": [{"set": {"size": 1}}]}]}}

    def of(workflow: Any) -> Catalog:
        loaded = load(flowing(workflow))
        assert loaded.catalog is not None, loaded.problems
        return loaded.catalog

    before = flow(stay)
    after = copy.deepcopy(before)
    renamed(after)
    after["clocks"]["wait"]["states"] = ["paused"]
    found = told(of(before), of(after), {"thing": {"waiting": 2}})["move", "thing.status"]
    assert found == [
        "The transition wait of thing leads there or from there.", "The transition resume of thing leads there or from there.",
        "The transition finish of thing leads there or from there.", "The clock wait of thing runs there.",
        "Programs that ask for records in the state waiting will find none.",
    ]
    without = copy.deepcopy(before)
    without_waiting(without)
    del without["clocks"]
    gone = told(of(before), of(without), {"thing": {"waiting": 2}})["states", "thing"]
    assert "Until now: The transition resume of thing leads there or from there." in gone
    assert "Until now: The clock wait of thing runs there." in gone


def test_what_is_narrowed_tells_who_sets_it() -> None:
    types: Types = copy.deepcopy(TYPES)
    types["item"]["x-record"]["publicForms"] = {"offer": {"fields": ["name", "price"], "limit": 3}}
    before = catalog_of(types)
    change("item", "name", maxLength=10)(types)
    assert told(before, catalog_of(types))["narrow", "item.name"] == [
        "The public form offer of item takes or sets it.", "Programs that send other values as name will be refused."]


def test_an_index_or_another_title_touches_nothing() -> None:
    assert set(map(tuple, edited(extend("item", "price", index=True)).values())) == {()}
    assert edited(change("item", "name", title="Nom"))["metadata", "item.name"] == []


def test_every_sentence_can_be_said() -> None:
    for text in (*STEPS.values(), *TOUCHES.values(), *QUESTIONS.values()):
        assert text.endswith((".", "?")) and "  " not in text
