"""Numbers of types, fields and states: they follow a thing through its names, and none is ever given twice."""

from __future__ import annotations

import copy
import json
from typing import Any

from edited_types import TEXT, called, catalog_of
from neutral_site import TYPES
from workflow_documents import FLOW, Workflow, documents, flow, renamed, without_waiting

from kartotek.declaration.load import load
from kartotek.migration.identities import carried, key_of
from kartotek.migration.keeping import declared_of
from kartotek.migration.lineage import lineage
from kartotek.model.catalog import Catalog
from kartotek.model.kept import Kept


def numbers(ids: Any) -> list[int]:
    found = [each["id"] for each in ids["types"].values()]
    return found + [number for each in ids["types"].values() for part in ("fields", "states") for number in each[part].values()]


def first(catalog: Catalog) -> dict[str, Any]:
    return carried({}, None, catalog, None)


def then(ids: Any, old: Catalog, new: Catalog, kept: tuple[Kept, ...] = ()) -> dict[str, Any]:
    found = carried(ids, old, new, lineage(old, new), kept=kept)
    assert len(set(numbers(found))) == len(numbers(found))
    assert all(number < found["next"] for number in numbers(found))
    assert json.loads(json.dumps(found)) == found
    return found


def test_every_type_field_and_member_has_a_number_of_its_own() -> None:
    ids = first(catalog_of(TYPES))
    assert set(ids["types"]) == set(TYPES) and len(set(numbers(ids))) == len(numbers(ids))
    assert {"lines", "lines.price", "lines.amount"} <= set(ids["types"]["order"]["fields"])
    assert "address.city" in ids["types"]["person"]["fields"]


def test_a_name_with_a_dot_is_no_member() -> None:
    assert [key_of(("a.b",)), key_of(("a", "b")), key_of(("a", "b.c"))] == ['["a.b"]', "a.b", 'a["b.c"]']


def test_nothing_moves_where_nothing_changes() -> None:
    catalog = catalog_of(TYPES)
    assert then(first(catalog), catalog, catalog) == first(catalog)


def test_a_renamed_field_keeps_its_number_through_a_chain_of_names_and_back() -> None:
    chain = [TYPES, called(TYPES, "person", "note", "remark"), called(TYPES, "person", "note", "memo"), TYPES]
    chain[2]["person"]["properties"]["memo"]["x-field"]["aliases"] = ["remark", "note"]
    chain.append(copy.deepcopy(chain[2]))  # two names at once
    catalogs = [catalog_of(one) for one in chain]
    ids = first(catalogs[0])
    number = ids["types"]["person"]["fields"]["note"]
    for (old, new), name in zip(zip(catalogs, catalogs[1:], strict=False), ("remark", "memo", "note", "memo"), strict=True):
        ids = then(ids, old, new)
        assert ids["types"]["person"]["fields"][name] == number


def test_a_renamed_type_keeps_its_number_and_those_of_all_that_is_in_it() -> None:
    types = json.loads(json.dumps(TYPES).replace('"references": "person"', '"references": "client"'))
    types["client"] = types.pop("person")
    types["client"]["x-record"]["aliases"] = ["person"]
    before = first(catalog_of(TYPES))
    after = then(before, catalog_of(TYPES), catalog_of(types))
    assert after["types"]["client"] == before["types"]["person"] and after["next"] == before["next"]


def test_what_is_added_after_a_removal_has_a_new_number() -> None:
    without, other = copy.deepcopy(TYPES), copy.deepcopy(TYPES)
    del without["person"]["properties"]["note"]
    other["person"]["properties"]["note"] = TEXT
    catalogs = [catalog_of(one) for one in (TYPES, without, other)]
    ids = [first(catalogs[0])]
    ids.append(then(ids[0], *catalogs[:2]))
    ids.append(then(ids[1], *catalogs[1:]))
    was, now = ids[0]["types"]["person"]["fields"], ids[2]["types"]["person"]["fields"]
    assert now["note"] not in numbers(ids[0]) and {name: now[name] for name in was if name != "note"} == {
        name: was[name] for name in was if name != "note"}


def test_what_comes_back_has_its_number_again() -> None:
    without = copy.deepcopy(TYPES)
    del without["person"]["properties"]["note"]
    whole, less = catalog_of(TYPES), catalog_of(without)
    ids = first(whole)
    number = ids["types"]["person"]["fields"]["note"]
    kept = Kept(id=7, type="person", path=("note",), declared=declared_of(whole.types["person"].by_name["note"]), stable_id=number)
    again = then(then(ids, whole, less), less, whole, (kept,))
    assert again["types"]["person"]["fields"]["note"] == number and again["types"] == ids["types"]


def test_a_type_that_comes_back_has_all_its_numbers_again() -> None:
    without = copy.deepcopy(TYPES)
    del without["entry"], without["account"]["properties"]["remaining"], without["account"]["x-record"]["validations"]
    whole, less = catalog_of(TYPES), catalog_of(without)
    ids = first(whole)
    gone = then(ids, whole, less)
    kept = Kept(id=7, type="entry", declared=declared_of(whole.types["entry"]), stable_id=ids["types"]["entry"]["id"])
    again = then(gone, less, whole, (kept,))
    assert again["types"]["entry"] == ids["types"]["entry"] and "past" not in again


def test_a_field_that_became_something_else_is_another() -> None:
    other = copy.deepcopy(TYPES)
    other["order"]["properties"]["seen_by"]["x-field"]["references"] = "item"
    ids = first(catalog_of(TYPES))
    after = then(ids, catalog_of(TYPES), catalog_of(other))
    assert after["types"]["order"]["fields"]["seen_by"] not in numbers(ids)


def of_flow(workflow: Workflow) -> Catalog:
    loaded = load(documents(workflow))
    assert loaded.catalog is not None, loaded.problems
    return loaded.catalog


def test_a_state_keeps_its_number_when_it_is_renamed_and_when_it_comes_back() -> None:
    catalogs = [of_flow(one) for one in (FLOW, flow(renamed), flow(without_waiting), FLOW)]
    ids = first(catalogs[0])
    number = ids["types"]["thing"]["states"]["waiting"]
    ids = then(ids, *catalogs[:2])
    assert ids["types"]["thing"]["states"]["paused"] == number
    ids = then(ids, *catalogs[1:3])
    assert set(ids["types"]["thing"]["states"]) == {"open", "done"}
    ids = then(ids, *catalogs[2:])
    assert ids["types"]["thing"]["states"]["waiting"] != number  # it went as paused, and waiting is a new one
