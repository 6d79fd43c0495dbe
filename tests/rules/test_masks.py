"""Masks: of the same kind, taken by the field, never the value itself, and personal is all that is made of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from neutral_site import TYPES, documents

from kartotek.declaration.load import load
from kartotek.engine.masking import Masks
from kartotek.kinds.registry import kind_of
from kartotek.model.catalog import Catalog
from kartotek.rules.masks import Draw, words
from kartotek.rules.personal import personal_fields

FRAGMENTS: dict[str, tuple[dict[str, Any], list[Any]]] = {
    "text": ({"type": "string"}, ["Anna Schmidt", "x", "欧阳娜娜", "Ünal Øster", "'\"\\\n"]),
    "short text": ({"type": "string", "maxLength": 3}, ["abc", "Bo"]),
    "long enough": ({"type": "string", "minLength": 40}, ["a" * 40]),
    "pattern": ({"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$", "maxLength": 7}, ["QX-9182", "AA-0000"]),
    "phone": ({"type": "string", "format": "phone"}, ["+8613912345678", "+442071838750", "+14155552671"]),
    "email": ({"type": "string", "format": "email"}, ["a@b.example", "long.name+tag@sub.example.org"]),
    "url": ({"type": "string", "format": "uri"}, ["https://example.org/a?b=c"]),
    "uuid": ({"type": "string", "format": "uuid"}, ["123e4567-e89b-12d3-a456-426614174000"]),
    "date": ({"type": "string", "format": "date"}, ["1961-02-03", "2024-02-29"]),
    "moment": ({"type": "string", "format": "date-time"}, ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123456Z"]),
    "time": ({"type": "string", "format": "time"}, ["03:04:05"]),
    "duration": ({"type": "string", "format": "duration"}, ["PT30M", "P1DT12H"]),
    "decimal": ({"type": "string", "format": "decimal", "x-field": {"precision": 12, "scale": 2}}, ["86421.97", "-3.00"]),
    "integer": ({"type": "integer", "minimum": 10, "maximum": 99}, [10, 55]),
    "number": ({"type": "number"}, [3.25, -1e300, 0.1]),
    "choice": ({"enum": ["a", "b", "c"]}, ["a"]),
    "colour": ({"type": "string", "format": "color"}, ["#a1b2c3"]),
    "json": ({"type": "object"}, [{"deep": ["Anna", 17, None, True, {"born": "1961-02-03"}]}]),
}  # fmt: skip


def _catalog(fragment: dict[str, Any]) -> Catalog:
    own = {**fragment, "x-field": {**fragment.get("x-field", {}), "personal": True}}
    loaded = load(documents(person={"title": "P", "type": "object", "properties": {"value": own}, "x-record": {}}, order={**TYPES["item"]}, account=TYPES["item"], entry=TYPES["item"]))
    assert loaded.catalog is not None, loaded.problems
    return loaded.catalog


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_mask_is_taken_by_the_field_and_says_nothing(name: str) -> None:
    fragment, wires = FRAGMENTS[name]
    catalog = _catalog(fragment)
    field = catalog.types["person"].by_name["value"]
    masks = Masks(catalog)
    for wire in wires:
        found = masks.values("person", 1, {"value": wire})["value"]
        assert found != wire and type(found) is type(wire)
        kind_of(field).parse(field)(found)
        if isinstance(wire, str) and len(wire) > 2:
            assert wire not in found
        if name != "choice":
            assert masks.values("person", 2, {"value": wire})["value"] == found, "the same value has the same mask"
    masks.close()


@pytest.mark.parametrize(
    ("fragment", "count"),
    [({"type": "string", "maxLength": 3}, 900), ({"type": "string", "pattern": "^[0-9]{4}$", "maxLength": 4}, 900), ({"type": "string", "format": "phone"}, 900)],
)
def test_no_two_values_share_a_mask(fragment: dict[str, Any], count: int) -> None:
    masks = Masks(_catalog(fragment))
    wires = [f"+86139{number:08}" if "format" in fragment else f"{number:04}"[-fragment["maxLength"]:] for number in range(count)]
    found = [masks.values("person", id, {"value": wire})["value"] for id, wire in enumerate(wires)]
    masks.close()
    assert len(set(found)) == count
    assert not any(mask == wire for mask, wire in zip(found, wires, strict=True))


def test_another_copy_has_other_masks() -> None:
    catalog = _catalog({"type": "string"})
    assert Masks(catalog).values("person", 1, {"value": "Anna"}) != Masks(catalog).values("person", 1, {"value": "Anna"})


def test_what_is_no_field_any_more_is_left_out() -> None:
    assert Masks(_catalog({"type": "string"})).values("person", 1, {"gone": "Anna"}) == {}


def test_what_is_made_of_something_personal_is_personal() -> None:
    person = json.loads(json.dumps(TYPES["person"]))
    person["properties"]["born"]["x-field"] = {"personal": True}
    person["properties"]["address"]["x-field"] = {"personal": True}
    item = json.loads(json.dumps(TYPES["item"]))
    item["properties"]["price"]["x-field"]["personal"] = True
    loaded = load(documents(person=person, item=item))
    assert loaded.catalog is not None, loaded.problems
    assert personal_fields(loaded.catalog.types) == {
        ("person", "born"), ("person", "late"), ("person", "age"), ("person", "address"), ("person.address", "city"), ("person.address", "zip"),
        ("item", "price"), ("order.lines", "price"), ("order.lines", "amount"), ("order", "total"), ("person", "spent"),
    }  # fmt: skip


def test_nothing_is_personal_where_nothing_says_so() -> None:
    loaded = load(documents())
    assert loaded.catalog is not None
    assert personal_fields(loaded.catalog.types) == frozenset()


def test_draws_follow_from_key_and_value_alone() -> None:
    assert [words(Draw(b"k", "a"), "x") for _ in range(2)] == [words(Draw(b"k", "a"), "x")] * 2
    assert words(Draw(b"k", "a"), "x") != words(Draw(b"l", "a"), "x") != words(Draw(b"l", "b"), "x")
