"""Wrong formulas, rollups, rights and titles are told with their place, a code, a sentence and a suggestion."""

from __future__ import annotations

from typing import Any

import pytest
from tests.declaration.conftest import Declared, assert_refused, computed, rolled

from kartotek.declaration.load import load

FIELD = "person/properties"
LINE = "visit/properties/lines/items/properties"

REFUSED: dict[str, tuple[str, Any, str, str]] = {
    # name: (place, value, code, part of the sentence)
    # formulas
    "unknown field in a formula": (f"{FIELD}/x", computed("size(record.nmae)"), "formula_unknown_field", "name"),
    "result of another type": (f"{FIELD}/x", computed("record.name"), "formula_type", "whole number"),
    "rule that is no condition": (
        "person/x-record/validations",
        [{"rule": "record.name", "message": "x"}],
        "formula_type",
        "true/false",
    ),
    "old in a permission": ("person/x-record/permissions/clerk/read", "old.active", "formula_unknown_name", "old"),
    "syntax": ("person/x-record/permissions/clerk/read", "record.active and true", "formula_syntax", "&&"),
    "item outside a filter": (f"{FIELD}/name/x-field", {"showIf": "item.active"}, "formula_unknown_name", "item"),
    "validation beside no field": (
        "person/x-record/validations",
        [{"rule": "record.active", "message": "x", "field": "activ"}],
        "unknown_field",
        "'active'",
    ),
    "validation of the same name": (
        "person/x-record/validations",
        [
            {"name": "a", "rule": "record.active", "message": "x"},
            {"name": "a", "rule": "record.active", "message": "y"},
        ],
        "duplicate_name",
        "'a'",
    ),
    "unique where with a function": (
        "visit/x-record/unique",
        [{"fields": ["number"], "where": "size(record.place.city) > 1"}],
        "not_exact",
        "'size'",
    ),
    "unique where with a live value": (
        "visit/x-record/unique",
        [{"fields": ["number"], "where": "record.double > 1"}],
        "not_exact",
        "stored fields",
    ),
    "unique where beyond the record": (
        "visit/x-record/unique",
        [{"fields": ["number"], "where": "record.person.active"}],
        "not_exact",
        "the link 'person'",
    ),
    # rollups
    "rollup over nothing": (
        f"{FIELD}/x",
        rolled(**{"from": "vists", "fn": "count"}),
        "rollup",
        "Did you mean 'visits'?",
    ),
    "rollup of an unknown field": (
        f"{FIELD}/x",
        rolled(**{"from": "visits", "fn": "sum", "field": "numbr"}),
        "unknown_field",
        "'number'",
    ),
    "sum without a field": (f"{FIELD}/x", rolled(**{"from": "visits", "fn": "sum"}), "rollup", "needs a 'field'"),
    "count with a field": (
        f"{FIELD}/x",
        rolled(**{"from": "visits", "fn": "count", "field": "number"}),
        "rollup",
        "counts rows",
    ),
    "sum of instants": (
        f"{FIELD}/x",
        rolled(**{"from": "visits", "fn": "sum", "field": "starts_at"}),
        "rollup",
        "'sum'",
    ),
    "count into a text": (
        f"{FIELD}/x",
        {"type": "string", "x-field": {"rollup": {"from": "visits", "fn": "count"}}},
        "rollup",
        "whole number",
    ),
    "rollup condition through a link": (
        f"{FIELD}/x",
        rolled(**{"from": "visits", "fn": "count", "where": "item.person.active"}),
        "not_exact",
        "the link 'person'",
    ),
    "rollup over live values of others": (
        f"{FIELD}/x",
        rolled(**{"from": "visits", "fn": "sum", "field": "double"}),
        "not_exact",
        '"stored": true',
    ),
    # derived
    "stored value through a link": (
        "visit/properties/x",
        computed("size(record.person.name)", stored=True),
        "not_exact",
        "fetchFrom",
    ),
    "stored value of the time": ("visit/properties/x", computed("today.year()", stored=True), "not_exact", "'today'"),
    "stored value of the user": ("visit/properties/x", computed("user.id", stored=True), "not_exact", "'user'"),
    "stored value of a list": (f"{FIELD}/x", computed("size(record.visits)", stored=True), "not_exact", "Use a rollup"),
    "stored value of a live one": (
        "visit/properties/x",
        computed("record.double + record.far", stored=True),
        "not_exact",
        "'far'",
    ),
    "value of itself": ("visit/properties/x", computed("record.x + 1"), "cycle", "visit.x → visit.x"),
    # taint and shown
    "computed value for more people": (
        f"{FIELD}/x",
        computed("isSet(record.pay) ? 1 : 0", read=["manager", "clerk"]),
        "reveals",
        "'clerk' may read this, but not 'person.pay'",
    ),
    "title for more people": (
        "person/x-record/titleTemplate",
        "{name} {pay}",
        "reveals",
        "'clerk' may read person records",
    ),
    "title through a link for more people": ("visit/x-record/titleTemplate", "{person.pay}", "reveals", "'person.pay'"),
    "title of an unknown field": ("visit/x-record/titleTemplate", "{numbr}", "title", "Did you mean 'number'?"),
    "title of an unknown far field": ("visit/x-record/titleTemplate", "{person.nmae}", "title", "Did you mean 'name'?"),
    "title of a link": ("visit/x-record/titleTemplate", "{person}", "title", "{person.name}"),
    "title of a table": ("visit/x-record/titleTemplate", "{lines}", "title", "no text"),
    "title with a lonely brace": ("visit/x-record/titleTemplate", "No. {number", "title", "braces"),
    "list of an unknown field": ("visit/x-record/list", ["numbr"], "unknown_field", "Did you mean 'number'?"),
    "search in a number": ("visit/x-record/search", ["number"], "unfit_field", "only stored texts"),
    "sort by a table": ("visit/x-record/sort", ["-lines"], "unfit_field", "no single value"),
    "sort by a live value": ("visit/x-record/sort", ["double"], "unfit_field", '"stored": true'),
    "unique over an unknown field": ("visit/x-record/unique", [["person", "numbr"]], "unknown_field", "'number'"),
    "index over a table": ("visit/x-record/indexes", [["lines"]], "unfit_field", "no single value"),
    "form with an unknown field": (
        "visit/x-record/form",
        [{"sections": [{"fields": ["numbr"]}]}],
        "unknown_field",
        "Did you mean 'number'?",
    ),
    "form with a field twice": (
        "visit/x-record/form",
        [{"sections": [{"fields": ["number"]}, {"fields": ["number"]}]}],
        "duplicate_field",
        "'number'",
    ),
    # rights
    "right of an unknown role": (
        "visit/x-record/permissions/clark",
        {"read": True},
        "unknown_role",
        "Did you mean 'clerk'?",
    ),
    "right of the owner": ("visit/x-record/permissions/owner", {"read": False}, "reserved", "everything"),
    "two empty values": (
        "visit/x-record/permissions/clerk/read",
        "record.number == record.person.visits_made",
        "both_empty",
        "isSet(record.person.visits_made)",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_wrong_rule_is_refused_with_place_and_sentence(name: str, declared: Declared) -> None:
    assert_refused(declared, REFUSED[name])


def test_key_of_texts_that_outgrow_an_index_is_refused() -> None:
    declared = Declared().at("visit/properties/note", {"type": "string", "maxLength": 400})
    declared.at("visit/properties/more", {"type": "string", "maxLength": 200})
    assert not load(declared.at("visit/x-record/unique", [["note", "more"]]).documents()).problems
    for longer in ({"type": "string", "maxLength": 201}, {"type": "string"}):
        found = load(declared.at("visit/properties/more", longer).documents()).problems
        assert [(one.code, one.path) for one in found] == [("too_long_key", "/x-record/unique/0")]


@pytest.mark.parametrize(
    ("place", "declared"),
    [
        ("person/x-record/permissions/clerk/read", "record.pay / 3.0 > 1.0"),
        ("person/x-record/permissions/manager/delete", "1.0 / record.pay > 1.0"),
        ("person/properties/visits_made/x-field/rollup", {"from": "visits", "fn": "count", "where": "item.total / 2.0 > 1.0"}),
        ("person/x-record/unique", [{"fields": ["name"], "where": "record.pay / 2.0 > 1.0"}]),
    ],
)
def test_what_a_database_cannot_look_up_by_is_refused(place: str, declared: Any) -> None:
    codes = {one.code for one in load(Declared().at(place, declared).documents()).problems}
    assert "formula_not_in_sql" in codes
