"""The description of the API carries foreign schemas in the dialect of OpenAPI 3.1."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft7Validator, Draft202012Validator
from neutral_site import OWNER
from openapi_spec_validator import validate
from tests.engine.test_foreign import documents

from kartotek.api.openapi import document
from kartotek.engine.engine import Engine

OLD: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-04/schema#", "id": "http://example.org/old#", "type": "object", "required": ["a"],
    "properties": {
        "a": {"type": "integer", "minimum": 1, "exclusiveMinimum": True}, "next": {"$ref": "#"}, "b": {"$ref": "#/definitions/b c"},
        "pair": {"type": "array", "items": [{"type": "string"}, {"type": "integer"}], "additionalItems": False},
    },
    "definitions": {"b c": {"type": "string", "maxLength": 2, "default": 5}}, "dependencies": {"b": ["pair"], "pair": {"required": ["next"]}},
}
SEVENTH: dict[str, Any] = {
    "$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/x", "properties": {"ignored": False},
    "definitions": {"x": {"properties": {"n": {"anyOf": [{"$ref": "#/definitions/x"}, {"type": "null"}]}, "p": {"const": None}}}},
}
NEWEST: dict[str, Any] = {
    "$id": "https://example.org/newest", "properties": {
        "tree": {"$ref": "#tree"}, "own": {"$ref": "https://example.org/newest#/$defs/own", "description": "Beside it."}, "no": False,
    },
    "$defs": {"tree": {"$anchor": "tree", "prefixItems": [True], "items": {"$ref": "#tree"}}, "own": {"enum": [1, "a", None]}},
    "unevaluatedProperties": {"type": "string", "example": {"of": "another tool"}}, "x-other": {"$ref": "http://elsewhere"},
}
INSTANCES: list[dict[str, Any]] = [
    {"a": 1}, {"a": 2}, {"a": 2, "b": "xyz"}, {"a": 2, "b": "x"}, {"a": 2, "pair": ["a", 1], "next": {"a": 3}, "b": "x"},
    {"a": 2, "pair": ["a", 1, 1], "next": {"a": 3}}, {"ignored": 1}, {"n": {"n": None}}, {"n": {"n": 1}}, {"p": None}, {"p": 1},
    {"tree": [1, [2, [3]]]}, {"tree": [1, [2, 3]], "x": 1}, {"own": "a"}, {"own": "b"}, {"no": 1}, {"z": "text"}, {"z": 1},
]  # fmt: skip


@pytest.fixture
def described(open_engine: Callable[..., Engine]) -> dict[str, Any]:
    made = open_engine(documents(old=OLD, seventh=SEVENTH, newest=NEWEST))
    described: dict[str, Any] = json.loads(json.dumps(document(made, OWNER), default=dict))
    return described


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_foreign_schemas_mean_the_same_in_the_description_of_the_api(described: dict[str, Any]) -> None:
    validate(described)
    known = described["components"]["schemas"].keys()
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(described))) <= known
    for name, schema, judge in (("old", OLD, Draft4Validator), ("seventh", SEVENTH, Draft7Validator), ("newest", NEWEST, Draft202012Validator)):
        ours = Draft202012Validator({**described, "$ref": f"#/components/schemas/{name}_new_fields"})
        for instance in INSTANCES:
            assert ours.is_valid(instance) == judge(schema).is_valid(instance), (name, instance)
