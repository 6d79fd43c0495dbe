"""Former names: each leads to one thing, and whoever still writes one is told what it is called now."""

from __future__ import annotations

from typing import Any

import pytest
from tests.declaration.conftest import Declared, assert_refused, catalog_of, computed

from kartotek.declaration.load import load

OWN = "person/properties/name/x-field"
REFUSED: dict[str, tuple[str, Any, str, str]] = {
    # name: (place, value, code, part of the sentence)
    "its own name": (OWN, {"aliases": ["name"]}, "alias", "its name today"),
    "the name of another field": (OWN, {"aliases": ["active"]}, "alias", "'active' is the name of another"),
    "the name of another member": (
        "visit/properties/place/properties/city/x-field", {"aliases": ["street"]}, "alias", "'street' is the name of another"),
    "the name of another column": (
        "visit/properties/lines/items/properties/price/x-field/aliases", ["item"], "alias", "'item' is the name of another"),
    "twice the same": (OWN, {"aliases": ["nom", "nom"]}, "bound", ""),
    "no list": (OWN, {"aliases": "nom"}, "type", ""),
    "the name of another type": ("person/x-record/aliases", ["visit"], "alias", "'visit' is the name of another"),
    "the type's own name": ("person/x-record/aliases", ["person"], "alias", "its name today"),
    "the built-in type": ("person/x-record/aliases", ["user"], "alias", "built in"),
    "no name of a type": ("person/x-record/aliases", ["Per son"], "alias", "No record type can"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_former_name_that_says_not_whose_it_is_is_refused(name: str, declared: Declared) -> None:
    assert_refused(declared, REFUSED[name])


def test_two_fields_or_types_cannot_have_had_one_name(declared: Declared) -> None:
    declared.at(OWN, {"aliases": ["nom"]}).at("person/properties/active/x-field", {"aliases": ["nom"]})
    declared.at("person/x-record/aliases", ["guest"]).at("visit/x-record/aliases", ["guest"])
    found = {(one.path, one.code, one.message) for one in load(declared.documents()).problems}
    assert found == {
        ("/properties/active/x-field/aliases/0", "alias", "'name' was called 'nom' already. Only one of them can have been."),
        ("/x-record/aliases/0", "alias", "'person' was called 'guest' already. Only one of them can have been."),
    }


def test_former_names_reach_the_catalog_at_every_depth(declared: Declared) -> None:
    declared.at(OWN, {"aliases": ["nom", "called"]}).at("person/x-record/aliases", ["guest"])
    declared.at("visit/properties/place/properties/city/x-field", {"aliases": ["town"]})
    declared.at("visit/properties/lines/items/properties/price/x-field/aliases", ["cost"])
    declared.at("visit/properties/number/x-field", {"aliases": ["nom", "item"]})  # of other owners than those above
    types = catalog_of(declared.load()).types
    assert (types["person"].aliases, types["person"].by_name["name"].aliases) == (("guest",), ("nom", "called"))
    inner = {one.name: one.aliases for name in ("place", "lines") for one in types["visit"].by_name[name].fields}
    assert inner["city"] == ("town",) and inner["price"] == ("cost",)


TOLD: dict[str, tuple[str, Any, str, str]] = {
    "a formula": ("person/properties/x", computed("size(record.nom)"), "formula_unknown_field", "'nom' any more; it is called 'name' now"),
    "a rule": (
        "visit/x-record/validations", [{"rule": "record.person.nom != ''", "message": "x"}], "formula_unknown_field", "'name' now"),
    "a row": ("visit/properties/lines/items/properties/x", computed("row.cost"), "formula_unknown_field", "'price' now"),
    "a list": ("person/x-record/list", ["nom"], "unknown_field", "It is called 'name' now."),
    "an order": ("person/x-record/sort", ["-nom"], "unknown_field", "It is called 'name' now."),
    "a form": ("person/x-record/form", [{"sections": [{"fields": ["nom"]}]}], "unknown_field", "It is called 'name' now."),
    "required": ("person/required", ["nom"], "unknown_field", "It is called 'name' now."),
    "a title": ("person/x-record/titleTemplate", "{nom}", "title", "It is called 'name' now."),
    "a copy": ("visit/properties/x", {"type": "string", "x-field": {"fetchFrom": "person.nom"}}, "unknown_field", "'name' now"),
    "a link": ("visit/properties/x", {"type": "integer", "x-field": {"references": "guest"}}, "unknown_type", "'person' now"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_whoever_writes_a_former_name_is_told_the_new_one(name: str, declared: Declared) -> None:
    declared.at(OWN, {"aliases": ["nom"]}).at("person/x-record/aliases", ["guest"])
    declared.at("visit/properties/lines/items/properties/price/x-field/aliases", ["cost"])
    assert_refused(declared, TOLD[name])


def test_a_definition_used_twice_gives_nobody_its_former_name(declared: Declared) -> None:
    declared.at("person/$defs", {"text": {"type": "string", "x-field": {"aliases": ["nom"]}}})
    declared.at("person/properties/a", {"$ref": "#/$defs/text"}).at("person/properties/b", {"$ref": "#/$defs/text"})
    assert [(one.path, one.code) for one in load(declared.documents()).problems] == [
        ("/properties/b/x-field/aliases/0", "alias")
    ]
