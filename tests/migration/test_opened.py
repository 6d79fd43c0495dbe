"""Opened: no change lets anybody see or do more without being held, by whatever way values and states go."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from kartotek.declaration.load import load
from kartotek.migration.keeping import declared_of
from kartotek.migration.steps import Step, steps
from kartotek.model.catalog import Catalog
from kartotek.model.kept import Kept

SITE = "name: T\ntimezone: Europe/Paris\nroles: {clerk: {title: C}, helper: {title: H}}\n"
BOTH = {"clerk": {"read": True, "write": True}, "helper": {"read": True, "write": True}}
Declared = dict[str, Any]


def text(**extension: Any) -> Declared:
    return {"type": "string", "x-field": extension} if extension else {"type": "string"}


def thing(permissions: Mapping[str, Any] = BOTH, more: Declared | None = None, **properties: Any) -> Declared:
    given = {"name": text(), **properties}
    return {"title": "Thing", "type": "object", "properties": given, "x-record": {"permissions": permissions, **(more or {})}}


def catalog_of(declared: Declared | None, flow: str = "") -> Catalog:
    documents = {"site.yaml": SITE, "schemas/other.json": json.dumps(thing())}
    documents |= {"schemas/thing.json": json.dumps(declared)} if declared else {}
    loaded = load(documents | ({"workflows/thing.yaml": f"record: thing\n{flow}"} if flow else {}), notes=False)
    assert loaded.catalog is not None, [f"{one.place}: {one.message}" for one in loaded.problems]
    return loaded.catalog


def kept_of(declared: Declared, *path: str) -> Kept:
    whole = catalog_of(declared).types["thing"]
    found: Any = whole.by_name[path[0]] if path else whole
    wire = json.loads(json.dumps(declared_of(found, whole, path)))
    return Kept(id=3, type="thing", path=path, declared=wire)


def opened(found: tuple[Step, ...]) -> set[tuple[str, str]]:
    return {(one.code, one.field) for one in found if one.verdict != "safe" and one.action == "rights"}


SHUT = text(read=["clerk"], write=["clerk"])
# What stood there before it was removed, what stands there when it is declared again, and whether that is more.
BACK: dict[str, tuple[Declared, Declared, bool]] = {
    "as it was": (thing(x=SHUT), thing(x=SHUT), False),
    "to fewer": (thing(x=SHUT), thing(x=text(read=[], write=[])), False),
    "to everybody": (thing(x=SHUT), thing(x=text()), True),
    "to another role": (thing(x=SHUT), thing(x=text(read=["helper"], write=["clerk"])), True),
    "writable for all": (thing(x=SHUT), thing(x=text(read=["clerk"])), True),
    "under another name": (thing(x=SHUT), thing(y=text(aliases=["x"])), True),
    "seen, which was only written": (thing(x=text() | {"writeOnly": True}), thing(x=text()), True),
    "changed, which was only read": (thing(x=text() | {"readOnly": True}), thing(x=text()), True),
    "without its lock": (thing(x=text(readOnlyIf="isSet(record.name)")), thing(x=text()), True),
    "in copies, as personal no more": (thing(x=text(personal=True)), thing(x=text()), True),
    "unseen by the audit": (thing(x=text(sensitive=True)), thing(x=text()), True),
    "to those who came to see its records meanwhile": (
        thing({"clerk": {"read": True}}, x=text()), thing({"clerk": {"read": True}, "helper": {"read": True}}, x=text()), True),
    "to those who see more records meanwhile": (
        thing({"clerk": {"read": "isSet(record.name)"}}, x=text()), thing({"clerk": {"read": True}}, x=text()), True),
    "with a member that some did not see": (
        thing(x={"type": "object", "properties": {"a": SHUT, "b": text()}}),
        thing(x={"type": "object", "properties": {"a": text(), "b": text()}}), True),
}


@pytest.mark.parametrize("name", BACK)
def test_a_field_does_not_come_back_to_more_people(name: str) -> None:
    was, now, is_more = BACK[name]
    without = thing(now["x-record"]["permissions"])
    found = steps(catalog_of(without), catalog_of(now), kept=[kept_of(was, "x")])
    assert "restore_field" in {one.action for one in found}
    assert {code for code, _ in opened(found)} == ({"restored_more"} if is_more else set())


FROZEN = {"frozenWhen": "isSet(record.name)"}
RETURNED: dict[str, tuple[Declared, Declared, bool]] = {
    "as it was": (thing(x=SHUT), thing(x=SHUT), False),
    "to fewer": (thing(), thing({"clerk": {"read": True}}), False),
    "to a role more": (thing({"clerk": {"read": True}}), thing(), True),
    "to those who saw some": (thing({"helper": {"read": "isSet(record.name)"}}), thing({"helper": {"read": True}}), True),
    "with a field that was shut": (thing(x=SHUT), thing(x=text()), True),
    "without its lock": (thing(more=FROZEN), thing(), True),
    "without being a list of entries": (thing(more={"appendOnly": True}), thing(), True),
    "with a public form": (thing(), thing(more={"publicForms": {"ask": {"fields": ["name"]}}}), True),
}


@pytest.mark.parametrize("name", RETURNED)
def test_a_type_does_not_come_back_to_more_people(name: str) -> None:
    was, now, is_more = RETURNED[name]
    found = steps(catalog_of(None), catalog_of(now), kept=[kept_of(was)])
    assert "restore_type" in {one.action for one in found}
    assert opened(found) == ({("restored_type_more", "")} if is_more else set())


def test_what_nobody_knows_the_rights_of_comes_back_by_a_word() -> None:
    kept = kept_of(thing(x=text()), "x")
    kept.declared.pop("rights")  # type: ignore[attr-defined]
    assert opened(steps(catalog_of(thing()), catalog_of(thing(x=text())), kept=[kept])) == {("restored_more", "x")}


def members(kind: str, **inside: Any) -> Declared:
    found = {"type": "object", "properties": inside}
    return found if kind == "object" else {"type": "array", "items": found}


MOVED: dict[str, tuple[Declared, Declared, set[tuple[str, str]]]] = {
    "an object to a table": (members("object", a=SHUT), members("rows", a=text()), {("read_more", "x.a"), ("written_more", "x.a")}),
    "an object to a table that shuts it": (members("object", a=SHUT), members("rows", a=SHUT), set()),
    "a member of another name": (members("object", a=SHUT), members("rows", b=text(aliases=["a"])),
                                 {("read_more", "x.b"), ("written_more", "x.b")}),
    "a table to a text": (members("rows", a=SHUT), text(), {("read_more", "x"), ("written_more", "x")}),
    "an object to a text that is shut": (members("object", a=SHUT), SHUT, set()),
    "a table to JSON": (members("rows", a=text(read=["clerk"])), {"type": "array"}, {("read_more", "x")}),
    "a text to a table": (SHUT, members("rows", a=text()), {("read_more", "x"), ("written_more", "x")}),
}


@pytest.mark.parametrize("name", MOVED)
def test_what_only_some_might_see_within_stays_so_when_it_becomes_something_else(name: str) -> None:
    was, now, more = MOVED[name]
    found = steps(catalog_of(thing(x=was)), catalog_of(thing(x=now)))
    assert "retype" in {one.action for one in found}
    assert opened(found) == more


FLOW = """initial: open
states:
  open: {}
  shut: {edit: [owner]}
  done: {final: true, edit: [owner]}
transitions:
  close: {from: open, to: shut, roles: [clerk]}
  end: {from: [open, shut], to: done, roles: [clerk]}
"""
CALLED = FLOW.replace("shut", "hidden").replace("{edit: [owner]}\n  done", "{edit: [owner], aliases: [shut]}\n  done")
GONE = """initial: open
states:
  open: {}
  done: {final: true, edit: [owner]}
removed: {shut: STATE}
transitions:
  end: {from: [open], to: done, roles: [clerk]}
"""
HELPERS = {"not shut": "meta.state != 'shut'", "open": "meta.state == 'open'", "not done": "!(meta.state in ['done'])", "named": "isSet(record.name)"}
STATES: dict[str, tuple[str, str, set[str]]] = {
    "a name that nobody looks for any more": ("not shut", CALLED, {"state_grants"}),
    "a name that no grant says": ("open", CALLED, set()),
    "into a state that is seen": ("open", GONE.replace("STATE", "open"), {"state_grants", "state_edit_moved"}),
    "into a state that is seen, though not named": ("not shut", GONE.replace("STATE", "done"), {"state_grants"}),
    "into one that fewer see": ("not done", GONE.replace("STATE", "done"), {"state_grants"}),
    "where no grant looks": ("named", GONE.replace("STATE", "done"), set()),
    "into one that all may change": ("named", GONE.replace("STATE", "open"), {"state_edit_moved"}),
}


@pytest.mark.parametrize("name", STATES)
def test_records_do_not_get_out_of_a_state_that_hid_them(name: str) -> None:
    grant, flow, codes = STATES[name]
    declared = thing({"clerk": {"read": True, "write": True}, "helper": {"read": HELPERS[grant]}})
    found = steps(catalog_of(declared, FLOW), catalog_of(declared, flow), {"thing": {"open": 1, "shut": 2}})
    assert {code for code, _ in opened(found)} == codes
    assert all(one.file == "workflows/thing.yaml" for one in found if one.code in codes)
