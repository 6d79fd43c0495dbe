"""What a schema fragment's keywords become, and which are refused with which pointer."""

from __future__ import annotations

from typing import Any

import pytest
from kind_samples import SITE

from kartotek.kinds.kind import Refused
from kartotek.kinds.registry import KINDS, claim
from kartotek.model.settings import SiteSettings


def _decimal(**own: Any) -> dict[str, Any]:
    return {"type": "string", "format": "decimal", "x-field": own}


def _file(**own: Any) -> dict[str, Any]:
    return {"type": "string", "format": "uuid", "x-field": {"file": own}}


@pytest.mark.parametrize(
    ("fragment", "kind", "settings"),
    [
        ({"type": "string", "minLength": 1, "maxLength": 5.0}, "text", {"min_length": 1, "max_length": 5}),
        ({"type": "string", "pattern": "^a$"}, "text", {"pattern": "^a$", "max_length": 10_000}),
        ({"type": "string", "format": "unheard-of"}, "text", {}),
        ({"type": "string", "x-field": {"unique": True}}, "text", {"max_length": 600}),
        (
            {"type": "string", "pattern": "a", "maxLength": 50, "x-field": {"index": True}},
            "text",
            {"pattern": "a", "max_length": 50},
        ),
        ({"type": "string", "format": "uri"}, "url", {"max_length": 4000}),
        ({"type": "string", "format": "uri", "x-field": {"unique": True}}, "url", {"max_length": 600}),
        ({"type": "string", "format": "ipv4"}, "text", {"format": "ipv4"}),
        ({"type": ["integer", "null"], "minimum": 1.5}, "integer", {"minimum": 1.5}),
        (_decimal(), "decimal", {"precision": 18, "scale": 2}),
        (_decimal(currency="JPY"), "decimal", {"precision": 18, "scale": 0, "currency": "JPY"}),
        (_decimal(precision=5, scale=3), "decimal", {"precision": 5, "scale": 3}),
        ({"type": "string", "format": "date-time"}, "instant", {"timezone": "Asia/Shanghai"}),
        ({"type": "string", "format": "phone"}, "phone", {"region": "CN"}),
        ({"type": "string", "format": "phone", "x-field": {"region": "US"}}, "phone", {"region": "US"}),
        ({"type": "integer", "x-field": {"widget": "rating"}}, "rating", {"minimum": 1, "maximum": 5}),
        (_file(accept=[".pdf"], maxSize="5MB"), "file", {"accept": (".pdf",), "max_size": 5_000_000}),
        (_file(maxSize="900MB"), "file", {"accept": (), "max_size": SITE.limits.file}),
        (
            {"type": "array", "items": _file(), "maxItems": 3},
            "files",
            {"accept": (), "max_size": SITE.limits.file, "max_items": 3},
        ),
        ({"type": "array", "uniqueItems": True, "items": {"enum": ["a"]}}, "choices", {"unique_items": True}),
        ({"type": "string", "x-field": {"autoNumber": "A-{0000}"}}, "autonumber", {"auto_number": "A-{0000}"}),
        ({"type": "array", "title": "T", "x-i18n": {}}, "json", {"schema": {"type": "array"}}),
    ],
)
def test_keywords_become_settings(fragment: dict[str, Any], kind: str, settings: dict[str, Any]) -> None:
    found = claim(fragment)
    assert found is KINDS[kind]
    assert dict(found.settings(fragment, SITE)) == settings


@pytest.mark.parametrize(
    ("fragment", "path"),
    [
        ({"type": "string", "minLength": -1}, "/minLength"),
        ({"type": "string", "maxLength": "5"}, "/maxLength"),
        ({"type": "string", "minLength": 6, "maxLength": 5}, "/minLength"),
        ({"type": "string", "pattern": "("}, "/pattern"),
        ({"type": "string", "pattern": "(a+)+"}, "/pattern"),
        ({"type": "string", "pattern": ".*foo.*bar", "maxLength": 5000}, "/maxLength"),
        ({"type": "string", "maxLength": 601, "x-field": {"index": True}}, "/maxLength"),
        ({"type": "integer", "minimum": "1"}, "/minimum"),
        ({"type": "integer", "minimum": 5, "maximum": 1}, "/minimum"),
        ({"type": "number", "multipleOf": 0}, "/multipleOf"),
        ({"type": "number", "maximum": float("inf")}, "/maximum"),
        ({"type": "string", "contentMediaType": "text/markdown", "maxLength": 50_001}, "/maxLength"),
        (_decimal(precision=19), "/x-field/precision"),
        (_decimal(precision=2, scale=3), "/x-field/scale"),
        ({**_decimal(), "minimum": "x"}, "/minimum"),
        ({"type": "string", "format": "phone", "x-field": {"region": "ZZ"}}, "/x-field/region"),
        ({"type": "integer", "maximum": 50, "x-field": {"widget": "rating"}}, "/maximum"),
        (_file(accept=["image/*", "a b"]), "/x-field/file/accept/1"),
        (_file(maxSize="big"), "/x-field/file/maxSize"),
        (_file(maxSize=0), "/x-field/file/maxSize"),
        ({"type": "array", "minItems": 3, "maxItems": 1, "items": {"enum": ["a"]}}, "/minItems"),
        ({"type": "string", "x-field": {"autoNumber": "A"}}, "/x-field/autoNumber"),
        ({"type": "string", "x-field": {"autoNumber": "{0000}{00}"}}, "/x-field/autoNumber"),
        ({"type": "string", "x-field": {"autoNumber": "{YYYY}{0000}"}}, "/x-field/autoNumber"),
        ({"type": "string", "x-field": {"autoNumber": 5}}, "/x-field/autoNumber"),
        ({"type": "array", "items": {"type": "strin"}}, "/items/type"),
        ({"type": "array", "items": {"$ref": "https://example.com/a.json"}}, "/items/$ref"),
        ({"type": "array", "items": {"$ref": "file:///etc/passwd"}}, "/items/$ref"),
        ({"type": "array", "items": {"$ref": "#/$defs/a"}}, "/items/$ref"),
        ({"type": "array", "items": {"type": "string", "pattern": "(a+)+"}}, "/items/pattern"),
        ({"type": "object", "patternProperties": {"(a+)+": {}}}, "/patternProperties"),
        ({"allOf": [{"$ref": "#"}]}, ""),
    ],
)
def test_keyword_that_cannot_be_meant_is_refused_at_its_place(fragment: dict[str, Any], path: str) -> None:
    kind = claim(fragment)
    assert kind is not None
    with pytest.raises(Refused) as refused:
        kind.settings(fragment, SITE)
    assert [one.path for one in refused.value.problems] == [path]


@pytest.mark.parametrize(
    ("fragment", "kind"),
    [
        ({"type": "array", "items": {"type": "string"}}, "json"),
        ({"type": "array"}, "json"),
        ({"type": "object"}, "json"),
        ({"type": "object", "properties": {"a": {}}, "additionalProperties": True}, "json"),
        ({"type": "object", "properties": {"a": {}}, "patternProperties": {}}, "json"),
        ({"type": "object", "properties": {"a": {}}, "x-field": {"storage": "json"}}, "json"),
        (
            {"type": "array", "items": {"type": "object", "properties": {"a": {}}}, "x-field": {"storage": "json"}},
            "json",
        ),
        ({"type": "string", "not": {"const": "x"}}, "json"),
        ({"type": ["string", "integer"]}, "json"),
        ({"enum": ["a", {"b": 1}]}, "json"),
        ({"oneOf": [{"const": "a"}, {"type": "integer"}]}, "json"),
        ({"const": "a"}, "choice"),
        ({"type": ["string", "null"], "enum": ["a", None]}, "choice"),
        ({"type": "integer", "enum": [1, True]}, "json"),
        ({"type": "string", "x-field": {"references": "item"}}, None),
        ({"type": "integr"}, None),
    ],
)
def test_odd_fragment_goes_to_a_kind_that_is_right_for_it(fragment: dict[str, Any], kind: str | None) -> None:
    found = claim(fragment)
    assert (found.name if found else None) == kind


def test_json_schema_with_definitions_of_its_own_is_judged_by_them() -> None:
    fragment = {
        "type": "array",
        "items": {"$ref": "#/$defs/node"},
        "$defs": {"node": {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}}}},
    }
    kind = KINDS["json"]
    kind.settings(fragment, SITE)


@pytest.mark.parametrize(
    ("extension", "currency"),
    [({"widget": "money"}, "CNY"), ({"widget": "money", "currency": "EUR"}, "EUR"), ({}, None)],
)
def test_money_without_a_currency_is_in_the_sites(extension: dict[str, Any], currency: str | None) -> None:
    fragment = {"type": "string", "format": "decimal", "x-field": extension}
    assert KINDS["decimal"].settings(fragment, SiteSettings(currency="CNY")).get("currency") == currency
