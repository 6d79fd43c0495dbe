"""What was removed comes back with its values where it is declared again, of the same sort, by its name or an alias."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from edited_types import catalog_of
from neutral_site import TYPES

from kartotek.migration.identities import carried
from kartotek.migration.keeping import declared_of, found_again
from kartotek.migration.lineage import lineage
from kartotek.migration.steps import steps
from kartotek.model.catalog import Catalog
from kartotek.model.kept import Kept


def kept_of(catalog: Catalog, record_type: str, *path: str, **more: Any) -> Kept:
    fields, found = catalog.types[record_type].fields, None
    for name in path:
        found = next(one for one in fields if one.name == name)
        fields = found.fields
    declared = json.loads(json.dumps(declared_of(found or catalog.types[record_type], catalog.types[record_type], path)))
    return Kept(id=3, type=record_type, path=path, declared=declared, **more)


BACK: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "as it was": ({"type": ["string", "null"], "title": "Note"}, [("restore_field", "safe")]),
    "with another title": ({"type": ["string", "null"], "title": "Other"}, [("restore_field", "safe")]),
    "with a limit": ({"type": ["string", "null"], "maxLength": 5}, [("restore_field", "safe"), ("narrow", "ratcheted")]),
    "as something else": ({"type": "integer"}, [("add_field", "safe")]),
}


@pytest.mark.parametrize("name", BACK)
def test_a_removed_field_comes_back_with_its_values_if_it_is_of_their_sort(name: str) -> None:
    fragment, wanted = BACK[name]
    without = copy.deepcopy(TYPES)
    del without["person"]["properties"]["note"]
    kept = kept_of(catalog_of(TYPES), "person", "note")
    again = copy.deepcopy(without)
    again["person"]["properties"]["note"] = fragment
    found = steps(catalog_of(without), catalog_of(again), kept=[kept])
    assert [(one.action, one.verdict) for one in found] == wanted
    assert all(one.params["kept"] == 3 for one in found if one.action == "restore_field")


def test_it_comes_back_under_a_new_name_that_says_its_old_one_and_never_by_itself() -> None:
    without = copy.deepcopy(TYPES)
    del without["person"]["properties"]["note"]
    kept = kept_of(catalog_of(TYPES), "person", "note")
    for aliases, action in ((["note"], "restore_field"), ([], "add_field")):
        again = copy.deepcopy(without)
        again["person"]["properties"]["memo"] = {"type": ["string", "null"], "x-field": {"aliases": aliases}}
        found = steps(catalog_of(without), catalog_of(again), kept=[kept])
        assert [(one.action, ".".join(one.former)) for one in found] == [(action, "note" if aliases else "")]


def test_the_latest_of_what_was_removed_comes_back_and_what_was_converted_does_not() -> None:
    catalog = catalog_of(TYPES)
    note = catalog.types["person"].by_name["note"]
    first, second, third = (kept_of(catalog, "person", "note", **more) for more in ({}, {}, {"reason": "retyped"}))
    second, third = replace(second, id=5), replace(third, id=9)
    assert found_again("person", ("note",), note, [second, first, third]) == second
    assert found_again("person", ("note",), note, [third]) is None
    assert found_again("item", ("note",), note, [first]) is None


def test_a_removed_type_comes_back_with_its_records_and_says_what_they_may_not_hold() -> None:
    without = copy.deepcopy(TYPES)
    del without["entry"], without["account"]["properties"]["remaining"], without["account"]["x-record"]["validations"]
    kept = kept_of(catalog_of(TYPES), "entry")
    again = copy.deepcopy(TYPES)
    again["entry"]["properties"]["change"]["maximum"] = 5
    again["entry"]["properties"]["why"] = {"type": "string"}
    found = [one for one in steps(catalog_of(without), catalog_of(again), kept=[kept]) if one.type == "entry"]
    assert [(one.action, one.verdict, one.field) for one in found] == [
        ("restore_type", "safe", ""), ("narrow", "ratcheted", "change"), ("add_field", "safe", "why")]
    again["entry"]["properties"]["change"] = {"type": "string"}  # of another sort: it does not come back
    again["account"] = without["account"]
    found = [one for one in steps(catalog_of(without), catalog_of(again), kept=[kept]) if one.type == "entry"]
    assert [one.action for one in found] == ["create_type"]


def test_a_type_that_would_lose_a_field_does_not_come_back() -> None:
    """Its column would stand there unseen, with its values."""
    without = copy.deepcopy(TYPES)
    del without["entry"], without["account"]["properties"]["remaining"], without["account"]["x-record"]["validations"]
    again = copy.deepcopy(without)
    again["entry"] = copy.deepcopy(TYPES["entry"])
    del again["entry"]["properties"]["change"]
    again["entry"]["required"] = ["account"]
    found = [one for one in steps(catalog_of(without), catalog_of(again), kept=[kept_of(catalog_of(TYPES), "entry")]) if one.type == "entry"]
    assert [one.action for one in found] == ["create_type"]


def test_it_comes_back_although_its_type_and_what_it_stood_in_get_other_names_at_once() -> None:
    def site(record_type: str, address: str, *members: str) -> Catalog:
        found = json.loads(json.dumps(TYPES).replace('"references": "person"', f'"references": "{record_type}"'))
        found[record_type] = found.pop("person")
        own = found[record_type]["properties"]
        own[address] = {**own.pop("address"), "properties": {name: {"type": "string"} for name in members}, "x-field": {"aliases": []}}
        if record_type != "person":
            found[record_type]["x-record"]["aliases"], own[address]["x-field"]["aliases"] = ["person"], ["address"]
        return catalog_of(found)

    whole, less, back = site("person", "address", "city", "zip"), site("client", "home", "city"), site("person", "address", "city", "zip")
    kept = replace(kept_of(whole, "person", "address", "zip", stable_id=4), type="client", path=("home", "zip"))
    found = [one for one in steps(less, back, kept=[kept]) if one.type == "person"]
    assert ("restore_field", "address.zip") in {(one.action, one.field) for one in found}
    ids = carried({}, None, less, None)
    again = carried({**ids, "next": 900}, less, back, lineage(less, back), kept=[replace(kept, stable_id=800)])
    assert again["types"]["person"]["fields"]["address.zip"] == 800
