"""Renames: what only goes by another name has not changed, wherever it is named; and what does change beside it is told."""

from __future__ import annotations

import copy
import json
from typing import Any

from edited_types import Types, called, catalog_of, field
from neutral_site import TYPES
from workflow_documents import BOX, FLOW, THING
from workflow_documents import documents as flowing

from kartotek.declaration.load import load
from kartotek.migration.lineage import lineage
from kartotek.migration.steps import Step, steps
from kartotek.model.catalog import Catalog

Told = list[tuple[str, str, str, str, str]]


def told(found: tuple[Step, ...]) -> Told:
    """(type, action, verdict, field, former)."""
    return [(one.type, one.action, one.verdict, one.field, ".".join(one.former)) for one in found]


def reworded(types: Types, **names: str) -> Types:
    """The types with words replaced in whatever they say."""
    text = json.dumps(types)
    for old, new in names.items():
        text = text.replace(old, new)
    changed: Types = json.loads(text)
    return changed


def test_a_field_that_everything_names_is_only_renamed() -> None:
    types = reworded(TYPES, total="grand", lines="positions")
    for old, new in (("total", "grand"), ("lines", "positions")):
        field(types, "order", new)["x-field"] = {**field(types, "order", new).get("x-field", {}), "aliases": [old]}
    rename = [("order", "rename_field", "safe", "positions", "lines"), ("order", "rename_field", "safe", "grand", "total")]
    assert told(steps(catalog_of(TYPES), catalog_of(types))) == rename


def test_a_field_inside_a_table_and_a_member_of_an_object_are_only_renamed() -> None:
    types = copy.deepcopy(TYPES)
    rows = field(types, "order", "lines")["items"]
    rows["properties"] = {{"quantity": "count"}.get(name, name): one for name, one in rows["properties"].items()}
    rows["properties"]["count"]["x-field"] = {"aliases": ["quantity"]}
    rows["properties"]["amount"]["x-field"]["compute"] = "row.price * row.count"
    rows["required"] = ["item", "count"]
    members = field(types, "person", "address")["properties"]
    members["town"] = {**members.pop("city"), "x-field": {"aliases": ["city"]}}
    assert told(steps(catalog_of(TYPES), catalog_of(types))) == [
        ("order", "rename_field", "safe", "lines.count", "lines.quantity"),
        ("person", "rename_field", "safe", "address.town", "address.city"),
    ]


def test_a_member_of_a_renamed_table_tells_where_it_stood() -> None:
    types = reworded(TYPES, lines="positions")
    rows = field(types, "order", "positions")
    rows["x-field"] = {"aliases": ["lines"]}
    rows["items"]["properties"]["quantity"]["maximum"] = 5
    assert told(steps(catalog_of(TYPES), catalog_of(types))) == [
        ("order", "rename_field", "safe", "positions", "lines"),
        ("order", "narrow", "ratcheted", "positions.quantity", "lines.quantity"),
    ]


def client() -> Types:
    """The types with `person` called `client`."""
    types = reworded(TYPES, **{'"references": "person"': '"references": "client"'})
    types["client"] = types.pop("person")
    types["client"]["x-record"]["aliases"] = ["person"]
    return types


def test_a_type_that_others_point_to_is_only_renamed_and_back() -> None:
    old, new = catalog_of(TYPES), catalog_of(client())
    assert told(steps(old, new)) == [("client", "rename_type", "safe", "", "person")]
    assert told(steps(new, old)) == [("person", "rename_type", "safe", "", "client")]
    assert lineage(old, new).former("client", ("address", "city")) == ("address", "city")


def test_a_type_and_its_fields_are_renamed_and_tightened_at_once() -> None:
    types = reworded(client(), mobile="handy")
    own = types["client"]["properties"]["handy"]["x-field"]
    types["client"]["properties"]["handy"]["x-field"] = {**own, "aliases": ["mobile"]}
    types["client"]["required"].append("handy")
    types["extra"] = {"title": "Extra", "type": "object", "properties": {}, "x-record": {}}
    assert told(steps(catalog_of(TYPES), catalog_of(types))) == [
        ("extra", "create_type", "safe", "", ""),
        ("client", "rename_type", "safe", "", "person"),
        ("client", "rename_field", "safe", "handy", "mobile"),
        ("client", "require", "ratcheted", "handy", "mobile"),
    ]


def test_a_chain_of_names_is_one_rename_from_wherever_it_begins() -> None:
    second, third = called(TYPES, "person", "note", "remark"), called(called(TYPES, "person", "note", "remark"), "person", "remark", "memo")
    assert field(third, "person", "memo")["x-field"]["aliases"] == ["remark", "note"]
    chain = [catalog_of(one) for one in (TYPES, second, third)]
    names = ["note", "remark", "memo"]
    for at, old in enumerate(chain):
        for to, new in enumerate(chain):
            wanted = [] if at == to else [("person", "rename_field", "safe", names[to], names[at])]
            found = told(steps(old, new))
            assert found[: len(wanted)] == wanted and {one[1] for one in found[len(wanted):]} <= {"metadata"}, (names[at], names[to])


def test_two_names_cannot_change_places_at_once_but_go_round_by_a_third() -> None:
    types = copy.deepcopy(TYPES)
    own = types["order"]["properties"]
    own["starts_at"]["x-field"], own["ends_at"]["x-field"] = {"aliases": ["ends_at"]}, {"aliases": ["starts_at"]}
    texts = {"site.yaml": "name: x\nroles: {clerk: {}, helper: {}}\ncurrency: CNY\n"}
    loaded = load(texts | {f"schemas/{name}.json": json.dumps(one) for name, one in types.items()})
    assert {one.code for one in loaded.problems} == {"alias"} and loaded.catalog is None

    def of(first: str, second: str, **aliases: str) -> Catalog:
        types = reworded({"order": TYPES["order"]}, starts_at="@1", ends_at="@2")
        types = reworded(types, **{"@1": first, "@2": second})
        for name, alias in aliases.items():
            field(types, "order", name)["x-field"] = {"aliases": [alias]}
        return catalog_of({**copy.deepcopy(TYPES), **types})

    steps_of = [of("starts_at", "ends_at"), of("away", "ends_at", away="starts_at"),
                of("away", "starts_at", starts_at="ends_at"), of("ends_at", "starts_at", ends_at="away")]
    assert [sorted(told(steps(old, new))) for old, new in zip(steps_of, steps_of[1:], strict=False)] == [
        [("order", "rename_field", "safe", "away", "starts_at")],
        [("order", "metadata", "safe", "away", ""), ("order", "rename_field", "safe", "starts_at", "ends_at")],
        [("order", "metadata", "safe", "starts_at", ""), ("order", "rename_field", "safe", "ends_at", "away")],
    ]


def test_a_rule_about_a_removed_field_is_another_although_it_reads_the_same() -> None:
    """`note` goes, `reason` takes its name: a rule over `note` speaks of other values now."""
    rule = [{"name": "told", "rule": "isSet(record.note)", "message": "x"}]
    grant = {"read": "isSet(record.note)"}
    before, after = copy.deepcopy(TYPES), copy.deepcopy(TYPES)
    before["order"]["properties"]["note"] = {"type": "integer"}
    for types in (before, after):
        types["order"]["x-record"]["validations"] = rule
        types["order"]["x-record"]["permissions"]["helper"] = grant
    after["order"]["properties"]["note"] = {"type": "array", "items": {"type": "integer"}, "x-field": {"references": "item"}}
    after["order"]["x-record"]["validations"] = [{**rule[0], "rule": "size(record.note) > 0"}]
    after["order"]["x-record"]["permissions"]["helper"] = {"read": "size(record.note) > 0"}
    assert ("order", "rights", "confirm", "", "") in told(steps(catalog_of(before), catalog_of(after)))
    same = copy.deepcopy(before)
    same["order"]["properties"]["note"] = {"type": "integer", "x-field": {"references": "item"}}
    other = copy.deepcopy(same)
    other["order"]["properties"]["note"]["x-field"] = {"references": "person"}
    found = told(steps(catalog_of(same), catalog_of(other)))
    assert ("order", "rights", "confirm", "", "") in found and ("order", "narrow", "ratcheted", "", "") in found


def workflow_site(types: dict[str, Any], workflow: dict[str, Any], message: str) -> Catalog:
    texts = {name: text for name, text in flowing(None).items() if name == "site.yaml"}
    texts |= {f"schemas/{name}.json": json.dumps(one) for name, one in types.items()}
    texts |= {"workflows/flow.yaml": json.dumps(workflow), "templates/messages/hi.yaml": message}
    loaded = load(texts)
    assert loaded.catalog is not None, [f"{one.place} {one.message}" for one in loaded.problems]
    return loaded.catalog


BUSY: dict[str, Any] = {
    **FLOW,
    "transitions": {
        **FLOW["transitions"],
        "finish": {
            **FLOW["transitions"]["finish"], "guard": "record.size < 10", "ask": ["size"], "at": "record.due",
            "do": [{"set": {"size": "=record.size + 1"}}, {"create": {"record": "box", "set": {"label": "=record.name"}}},
                   {"update": {"record": "=record.box", "set": {"label": "x"}}}],
        },
    },
    "schedules": {"daily": {"every": "day", "at": "09:00", "where": "record.size > 1", "do": [{"set": {"size": 1}}]}},
}
MESSAGE = "record: thing\nbody: Hi {record.size} {record.box.label}\n"


def test_a_type_with_a_workflow_is_only_renamed_with_all_that_the_workflow_names() -> None:
    old = workflow_site({"thing": THING, "box": BOX}, BUSY, MESSAGE)
    text = json.dumps([{"thing": THING, "box": BOX}, BUSY, MESSAGE])
    for word, new in (("things", "LIST"), ('"thing"', '"job"'), ("record: thing", "record: job"), ("size", "bulk"), ("label", "tag"),
                      ("LIST", "things"), ('"references": "box"', '"references": "crate"'), ('"record": "box"', '"record": "crate"')):
        text = text.replace(word, new)
    types, workflow, message = json.loads(text)
    types["crate"] = types.pop("box")
    types["job"]["x-record"]["aliases"], types["crate"]["x-record"]["aliases"] = ["thing"], ["box"]
    types["job"]["properties"]["bulk"]["x-field"] = {"aliases": ["size"]}
    types["crate"]["properties"]["tag"]["x-field"] = {"aliases": ["label"]}
    new = workflow_site(types, workflow, message)
    wanted = [
        ("crate", "rename_type", "safe", "", "box"), ("crate", "rename_field", "safe", "tag", "label"),
        ("job", "rename_type", "safe", "", "thing"), ("job", "rename_field", "safe", "bulk", "size"),
    ]
    assert told(steps(old, new, {"thing": {"open": 3}})) == wanted
    assert [one[1] for one in told(steps(new, old, {"job": {"open": 3}}))] == ["rename_type", "rename_field"] * 2


def test_states_of_a_renamed_type_are_counted_under_its_old_name() -> None:
    old = workflow_site({"thing": THING, "box": BOX}, FLOW, "record: box\nbody: x\n")
    types = json.loads(json.dumps({"thing": THING, "box": BOX}))
    types["job"] = types.pop("thing")
    types["job"]["x-record"]["aliases"] = ["thing"]
    flow = {**FLOW, "record": "job", "states": {("paused" if name == "waiting" else name): one for name, one in FLOW["states"].items()}}
    flow["transitions"] = json.loads(json.dumps(FLOW["transitions"]).replace("waiting", "paused"))
    found = steps(old, workflow_site(types, flow, "record: box\nbody: x\n"), {"thing": {"waiting": 14}})
    assert ("job", "states", "refused") in {one[:3] for one in told(found)}
    flow["states"]["paused"] = {**flow["states"]["paused"], "aliases": ["waiting"]}
    found = steps(old, workflow_site(types, flow, "record: box\nbody: x\n"), {"thing": {"waiting": 14}})
    assert ("job", "move", "safe", "status", "") in told(found) and {one.verdict for one in found} == {"safe"}


def test_what_is_required_by_a_rule_and_shown_more_often_may_be_lacking() -> None:
    types = copy.deepcopy(TYPES)
    own = field(types, "order", "reason")["x-field"]
    own["showIf"] = "record.paid"
    before = catalog_of(types)
    own["showIf"] = "record.paid || record.total > 5.0"
    assert told(steps(before, catalog_of(types))) == [("order", "require", "ratcheted", "reason", "")]
    assert {one.verdict for one in steps(catalog_of(TYPES), before)} == {"safe"}


def test_what_is_computed_from_a_field_that_became_another_is_told_though_it_reads_the_same() -> None:
    """`order.chosen` reads `item.maker`, which points elsewhere now: the words of `order` have not changed, their sense has."""
    def types(target: str) -> Types:
        found = copy.deepcopy(TYPES)
        found["item"]["properties"]["maker"] = {"type": "integer", "x-field": {"references": target}}
        rows = field(found, "order", "lines")["items"]["properties"]
        rows["own"] = {"type": "boolean", "readOnly": True, "x-field": {"compute": "isSet(row.item.maker)"}}
        return found

    found = told(steps(catalog_of(types("person")), catalog_of(types("account"))))
    assert ("order", "recompute", "safe", "lines.own", "") in found


def test_odd_names_come_and_go_in_formulas() -> None:
    def types(name: str, formula: str, *former: str) -> Types:
        found = copy.deepcopy(TYPES)
        found["item"]["properties"][name] = {"type": "string", "x-field": {"aliases": list(former)}}
        found["item"]["x-record"]["validations"] = [{"name": "v", "rule": f"size({formula}) > 1 && (record).name != ''", "message": "x"}]
        found["item"]["x-record"]["permissions"]["helper"] = {"read": f"isSet({formula})"}
        return found

    plain = catalog_of(types("given", "record.given", "first name"))
    odd = catalog_of(types("first name", 'record["first name"]', "given"))
    for old, new, name, former in ((plain, odd, "first name", "given"), (odd, plain, "given", "first name")):
        assert told(steps(old, new)) == [("item", "rename_field", "safe", name, former)]
