"""Whatever differs between two declarations comes to a step; an attribute that nobody has thought of waits."""

from __future__ import annotations

from dataclasses import fields as attributes
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from edited_types import catalog_of
from neutral_site import TYPES

from kartotek.migration import fields as of_fields
from kartotek.migration import site as of_site
from kartotek.migration import types as of_types
from kartotek.migration.steps import Step, steps
from kartotek.model.audit import AuditPlan
from kartotek.model.catalog import Catalog, Inverse, RecordType, Section, Tab, Unique, Validation
from kartotek.model.clearance import BreakGlass, Mask
from kartotek.model.field import Field, Option, Reference, Rollup
from kartotek.model.people import Retention
from kartotek.model.process import Calendar, Channel, Contact, Endpoint, MessageTemplate, Occupancy, PublicForm
from kartotek.model.security import Security
from kartotek.model.backups import BackupPlan
from kartotek.model.settings import Limits, MenuGroup, Purpose, Role, SiteSettings
from kartotek.model.workflow import State, Workflow

BEFORE = catalog_of(TYPES)
FORMULA = BEFORE.types["person"].by_name["late"].compute
assert FORMULA is not None
PLAIN = Field(name="a", kind="text", column="a", title="A")
WORD = MappingProxyType({"zh": MappingProxyType({"title": "词"})})

FIELD: dict[str, Any] = {
    "kind": "integer", "column": "b", "title": "B", "description": "x", "placeholder": "x", "labels": WORD, "required": True,
    "nullable": True, "read_only": True, "write_only": True, "deprecated": True, "personal": True, "sensitive": True, "encrypt": True, "blind": True, "aliases": ("b",), "default": "x",
    "settings": {"max_length": 5}, "options": (Option("x", "X"),), "unique": True, "fields": (), "row_key": ("b",),
    "reference": Reference("item", "cascade"), "compute": FORMULA, "stored": True, "rollup": Rollup("lines", "count"), "fetch_from": ("b", "c"),
    "default_expr": FORMULA, "show_if": FORMULA, "required_if": FORMULA, "read_only_if": FORMULA, "read": frozenset({"clerk"}),
    "access": {"clerk": "read"}, "mask": Mask("last4", frozenset()),
    "write": frozenset({"clerk"}), "declassify": True, "account": True, "is_state": True, "widget": "hidden", "index": True,
}  # fmt: skip
RECORD: dict[str, Any] = {
    "title": "B", "plural": "Bs", "description": "x", "icon": "x", "labels": WORD, "fields": (PLAIN, replace(PLAIN, name="b", column="b")),
    "title_template": ("", "a", ""), "list": ("a",), "search": ("a",), "sort": ("a",), "unique": (Unique(("a",)),), "indexes": (("a",),),
    "validations": (Validation("v", FORMULA, "x"),), "permissions": {"clerk": {"read": True}}, "form": (Tab((Section(("a",)),)),),
    "inverses": {"x": Inverse("x", "item", "a")}, "workflow": Workflow(record="thing", initial="s", states={"s": State("s")}, transitions={}),
    "occupancy": (Occupancy(name="o", key=("a",), start="a", end="a"),), "calendar": Calendar(of="a"), "contact": Contact(language="a"),
    "public_forms": {"f": PublicForm(name="f", fields=("a",))}, "frozen_when": FORMULA, "append_only": True, "aliases": ("b",),
    "state_access": {"s": {"a": {"clerk": "none"}}}, "break_glass": BreakGlass(frozenset({"clerk"}), "helper"),
    "subject": "", "retention": Retention(fate="anonymise"),
    "file": "schemas/thing.yaml", "foreign": True,
}  # fmt: skip
SITE: dict[str, Any] = {
    "name": {"en": "Other"}, "languages": ("zh",), "timezone": "Asia/Tokyo", "currency": "EUR", "region": "DE", "roles": (Role("x"),),
    "hosts": ("x.example.org",), "require_version": True, "limits": Limits(body=5), "color": "#112233", "menu": (MenuGroup(("thing",)),),
    "url": "https://x.example.org", "security": Security(proxies=1), "audit": AuditPlan(days=200), "backups": BackupPlan(every="week"), "purposes": (Purpose("x"),),
}  # fmt: skip
CATALOG: dict[str, Any] = {
    "templates": {"m": MessageTemplate(name="m", record="thing", body={})}, "channels": {"c": Channel(name="c", kind="smtp")},
    "endpoints": {"e": Endpoint(name="e", url="https://x.example.org")},
}  # fmt: skip


def of(record_type: RecordType, **more: Any) -> Catalog:
    return Catalog(settings=SiteSettings(), types={"thing": record_type}, hash="", **more)


def thing(*fields: Field, **more: Any) -> RecordType:
    return replace(RecordType(name="thing", title="Thing", fields=fields or (PLAIN,), file="schemas/thing.json"), **more)


def between(before: RecordType, after: RecordType) -> tuple[Step, ...]:
    return steps(of(before), of(after))


@pytest.mark.parametrize("name", FIELD)
def test_a_field_that_differs_in_anything_has_a_step(name: str) -> None:
    other = replace(PLAIN, **{name: FIELD[name]})
    if name == "fields":
        other = replace(PLAIN, kind="object", fields=(PLAIN,))
    for before, after in ((PLAIN, other), (other, PLAIN)):
        assert before == after or between(thing(before), thing(after)), name


@pytest.mark.parametrize("name", RECORD)
def test_a_type_that_differs_in_anything_has_a_step(name: str) -> None:
    assert between(thing(), thing(**{name: RECORD[name]})) and between(thing(**{name: RECORD[name]}), thing())


@pytest.mark.parametrize("name", SITE)
def test_a_site_that_differs_in_anything_has_a_step(name: str) -> None:
    before = of(thing())
    after = replace(before, settings=replace(before.settings, **{name: SITE[name]}))
    assert steps(before, after) and steps(after, before)


@pytest.mark.parametrize("name", CATALOG)
def test_channels_endpoints_and_messages_have_steps(name: str) -> None:
    assert steps(of(thing()), of(thing(), **{name: CATALOG[name]})) and steps(of(thing(), **{name: CATALOG[name]}), of(thing()))


def test_the_tables_above_leave_no_attribute_out() -> None:
    """Whoever adds an attribute says here what differs, and finds out whether a change of it has a step."""
    assert set(FIELD) == {one.name for one in attributes(Field)} - {"name", "fragment", "place"}
    assert set(RECORD) == {one.name for one in attributes(RecordType)} - {"name", "builtin", "schema", "extras", "sealing"}
    assert set(SITE) == {one.name for one in attributes(SiteSettings)}
    assert set(CATALOG) == {one.name for one in attributes(Catalog)} - {"settings", "types", "hash", "version", "documents", "ratcheted"}


def test_an_attribute_that_nobody_has_thought_of_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_fields, "_FREE", of_fields._FREE - {"widget"})
    monkeypatch.setattr(of_types, "_FREE", of_types._FREE - {"icon"})
    monkeypatch.setattr(of_site, "_FREE", of_site._FREE - {"color"})
    found = between(thing(), thing(replace(PLAIN, widget="hidden"), icon="x"))
    assert [(one.action, one.verdict) for one in found] == [("retype", "confirm"), ("narrow", "ratcheted")]
    before = of(thing())
    found = steps(before, replace(before, settings=replace(before.settings, color="#112233")))
    assert [(one.action, one.verdict) for one in found] == [("metadata", "confirm")]


def test_no_name_in_the_tables_of_the_code_is_stale() -> None:
    assert {one.name for one in attributes(Field)} >= of_fields._FREE | of_fields._JUDGED
    assert {one.name for one in attributes(RecordType)} >= of_types._FREE | of_types._JUDGED
    assert {one.name for one in attributes(SiteSettings)} >= of_site._FREE | of_site._JUDGED
    assert not of_fields._FREE & of_fields._JUDGED and not of_types._FREE & of_types._JUDGED


def test_a_workflow_that_differs_in_anything_has_a_step() -> None:
    """States, transitions, times and effects are compared whole."""
    flow = RECORD["workflow"]
    others = (
        replace(flow, initial="t"), replace(flow, titles={"en": "X"}), replace(flow, version=2), replace(flow, removed={"x": "s"}),
        replace(flow, states={"s": State("s", color="red")}), replace(flow, states={"s": State("s", aliases=("t",))}),
        replace(flow, field="a"), replace(flow, assign=FORMULA),
    )
    for other in others:
        assert between(thing(workflow=flow), thing(workflow=other)) and between(thing(workflow=other), thing(workflow=flow)), other


def test_a_setting_by_which_values_are_stored_in_another_way_is_a_rewriting_that_waits() -> None:
    """Encrypting is not built; what is stored under such a setting will have to be written anew, both ways."""
    secret = replace(PLAIN, settings={"encrypt": True})
    for before, after in ((PLAIN, secret), (secret, PLAIN)):
        assert [(one.action, one.verdict, one.code) for one in between(thing(before), thing(after))] == [("retype", "confirm", "rewritten")]
