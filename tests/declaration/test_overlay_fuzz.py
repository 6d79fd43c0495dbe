"""Whatever an overlay says: nothing falls over, every problem has its place, and what loads accepts no more than its base."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some
from tests.declaration.overlay_site import Extending
from tests.lengths import rounds

from kartotek.declaration.load import load
from kartotek.declaration.metafiles import OVERLAY, RECORD, metaschema
from kartotek.declaration.overlay_rules import FIELD, TYPE
from kartotek.model.catalog import ACTIONS, RecordType
from kartotek.model.field import Field

NAMES = some.sampled_from(["name", "active", "grade", "pay", "visits_made", "x_badge", "badge", "", "x_"])
WORDS = some.sampled_from(["name", "x_badge", "pay", "junior", "manager", "clerk", "guest", "true", "record.active", "record.nmae", "(", "zh", "'"])
PLAIN = some.one_of(some.none(), some.booleans(), some.integers(-3, 100), WORDS)
VALUES = some.recursive(PLAIN, lambda inner: some.one_of(
    some.lists(inner, max_size=3), some.dictionaries(WORDS, inner, max_size=3)), max_leaves=5)
X_FIELD = some.dictionaries(some.sampled_from([
    *(FIELD["x-field"].keys), "references", "compute", "rollup", "scale", "inverse", "declassify", "account", "autoNumber"]), VALUES, max_size=3)
FIELDS = some.dictionaries(some.sampled_from([*FIELD, "type", "format", "enum", "$ref"]), VALUES | X_FIELD, max_size=3)
PERMISSIONS = some.dictionaries(WORDS, some.dictionaries(some.sampled_from(ACTIONS), PLAIN, max_size=3), max_size=3)
X_RECORD = some.dictionaries(some.sampled_from([
    *(TYPE["x-record"].keys), "list+", "form+", "validations+", "unique+", "calendar", "aliases"]), VALUES | PERMISSIONS, max_size=3)
TYPES = some.fixed_dictionaries({"x-extends": some.just("person")}, optional={
    "properties": some.dictionaries(NAMES, FIELDS | VALUES, max_size=3), "x-record": X_RECORD | VALUES, "required": VALUES,
    "required+": some.lists(NAMES, max_size=2), "$defs": some.dictionaries(NAMES, FIELDS, max_size=2), "title": VALUES,
    "x-i18n": VALUES, "type": VALUES,
})
BASE = Extending(person={"x-extends": "person"}).type()


@settings(max_examples=rounds(60, 5000), deadline=None)
@given(TYPES)
def test_any_overlay_is_answered_in_its_file_and_loosens_nothing(declared: Mapping[str, Any]) -> None:
    documents = Extending(person=declared).documents()
    loaded = load(documents)
    for one in loaded.problems:
        assert one.place is not None and one.message
        lines = documents[one.place.file].split("\n")
        assert 1 <= one.place.line <= len(lines) and 1 <= one.place.column <= len(lines[one.place.line - 1]) + 1
    if loaded.catalog is not None:
        assert_no_looser(loaded.catalog.types["person"])


ROLES = some.lists(some.sampled_from(["manager", "clerk"]), unique=True, max_size=2)
OPTIONS = some.lists(some.sampled_from(["junior", "senior", "chief"]), min_size=1, max_size=3, unique=True).map(
    lambda names: [{"const": name, "deprecated": name == "junior"} for name in names])
GRANTS = some.sampled_from([True, False, "record.active", "isSet(record.grade) || true"])
PLAUSIBLE = some.one_of(
    some.tuples(some.sampled_from(["name/maxLength", "name/minLength", "x_badge/maxLength"]), some.integers(0, 100)),
    some.tuples(some.sampled_from(["pay/x-field/read", "pay/x-field/write", "active/x-field/read", "grade/x-field/write"]), ROLES),
    some.tuples(some.sampled_from(["active/readOnly", "grade/deprecated", "name/x-field/unique", "active/default"]), some.booleans()),
    some.tuples(some.just("grade/oneOf"), OPTIONS),
    some.tuples(some.sampled_from(["name", "grade", "visits_made"]).map(lambda name: f"{name}/type"), some.sampled_from(["string", "integer"])),
).map(lambda one: (f"person/properties/{one[0]}", one[1]))
RIGHTS = some.tuples(some.sampled_from(["clerk", "manager", "guest"]), some.sampled_from(ACTIONS), GRANTS).map(
    lambda one: (f"person/x-record/permissions/{one[0]}/{one[1]}", one[2]))


@settings(max_examples=rounds(60, 5000), deadline=None)
@given(some.lists(PLAUSIBLE | RIGHTS, min_size=1, max_size=3))
def test_an_overlay_that_says_what_overlays_say_loads_or_would_loosen_something(said: list[tuple[str, Any]]) -> None:
    site = Extending()
    site.site += "roles: {guest: {title: Guest}}\n"
    for path, value in said:
        site.at(path, value)
    loaded = site.load()
    if loaded.catalog is not None:
        assert_no_looser(loaded.catalog.types["person"])
    else:
        errors = [one for one in loaded.problems if one.severity == "error"]
        # Where somebody may no longer read it, what the base shows them of it is in its way.
        assert all(one.place and (not one.place.file.startswith("@") or one.code in {"reveals", "narrowed"}) for one in errors), errors


def assert_no_looser(found: RecordType) -> None:
    assert {one.name for one in BASE.fields} <= {one.name for one in found.fields}
    assert all(name.startswith("x_") for name in found.by_name.keys() - BASE.by_name.keys())
    for role in (*found.permissions, "guest"):
        for action, grant in found.permissions.get(role, {}).items():
            if action != "transition":
                below = BASE.permissions.get(role, {}).get(action)
                assert below is not None and (below is True or grant == below or "&&" in str(getattr(grant, "source", "")))
    for before in BASE.fields:
        assert_field_no_looser(before, found.by_name[before.name])


def assert_field_no_looser(old: Field, new: Field) -> None:
    assert (old.kind, old.column, old.reference, old.rollup, old.compute) == (new.kind, new.column, new.reference, new.rollup, new.compute)
    assert new.required >= old.required and new.read_only >= old.read_only and new.unique >= old.unique
    for roles in ("read", "write"):
        below, above = getattr(old, roles), getattr(new, roles)
        assert below is None or (above is not None and above <= below)
    assert {one.value for one in new.options} == {one.value for one in old.options}
    for bound in ("maxLength", "maximum", "maxItems"):
        assert new.fragment.get(bound, 10**9) <= old.fragment.get(bound, 10**9)
    for bound in ("minLength", "minimum", "minItems"):
        assert new.fragment.get(bound, -(10**9)) >= old.fragment.get(bound, -(10**9))


@settings(max_examples=rounds(40, 2000), deadline=None)
@given(some.data())
def test_no_text_of_an_overlay_makes_the_load_fall_over(data: some.DataObject) -> None:
    text = json.dumps({"x-extends": "person", "properties": {"x_badge": {"type": "string"}, "name": {"maxLength": 40}}}, indent=1)
    at = data.draw(some.integers(0, len(text)))
    put = data.draw(some.sampled_from(["", "{", "}", ",", '"', "null", "\\", "[", "0", ":", "x"]))
    cut = data.draw(some.integers(0, 6))
    documents = Extending().documents() | {"schemas/person.json": text[:at] + put + text[at + cut :]}
    loaded = load(documents)
    assert loaded.catalog is not None or loaded.problems


def test_every_key_of_x_record_stands_in_the_metaschema_of_overlays() -> None:
    record = metaschema(RECORD)["$defs"]["record"]["properties"]
    overlay = metaschema(OVERLAY)["properties"]["x-record"]["properties"]
    assert record.keys() == {key for key in overlay if not key.endswith("+")}
    assert {key.removesuffix("+") for key in overlay} == record.keys()
    assert TYPE["x-record"].keys.keys() <= record.keys()
    field = metaschema(RECORD)["$defs"]["field"]["properties"]
    assert FIELD.keys() <= field.keys()
    assert FIELD["x-field"].keys.keys() - {"encrypt"} <= metaschema(RECORD)["$defs"]["xfield"]["properties"].keys()
