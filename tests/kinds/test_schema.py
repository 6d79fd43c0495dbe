"""The marshmallow schemas: odd names, nulls, unknown names, and every problem at its place."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import marshmallow
import pytest
from jsonschema import Draft202012Validator
from kind_samples import field_of

from kartotek.kinds.registry import KINDS, claim, claim_member, kind_of
from kartotek.kinds.schema import loader, merge_loader, object_schema, schema_class, with_null
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.record import Row

ODD = (
    "",
    "id",
    "fields",
    "a.b",
    "a b",
    "名字",
    "_schema",
    "load",
    "context",
    "a/b~c",
    "select",
    "__class__",
    "0",
    "😀",
    "\n",
)
_TEXT = {"type": "string"}
_LINES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["price"],
        "properties": {"price": {"type": "string", "format": "decimal"}, "qty": {"type": "integer"}},
    },
}


def _fields(*names: str, **more: Any) -> list[Field]:
    return [replace(field_of(name, _TEXT), column=f"c{index}", **more) for index, name in enumerate(names)]


def _codes(problems: Any) -> list[tuple[str, str]]:
    return [(one.path, one.code) for one in problems]


def test_odd_names_are_loaded_as_they_are() -> None:
    sent = {name: f"value of {name}" for name in ODD}
    assert loader(_fields(*ODD), kind_of)(sent) == (sent, ())


def test_odd_names_have_json_pointers() -> None:
    values, problems = loader(_fields(*ODD), kind_of)(dict.fromkeys(ODD, 1))
    assert values == {}
    assert [one.path for one in problems] == [f"/{name.replace('~', '~0').replace('/', '~1')}" for name in ODD]


def test_all_problems_are_told_in_the_order_of_the_input() -> None:
    fields = [field_of("n", {"type": "integer"}), field_of("lines", _LINES), field_of("t", _TEXT)]
    wire = {"zz": 1, "t": 5, "lines": [{"price": "1"}, {"qty": "x"}, 3, {"price": "1.555", "more": 1}], "n": True}
    values, problems = loader(fields, kind_of)(wire)
    assert values == {}
    assert _codes(problems) == [
        ("/zz", "unknown_field"),
        ("/t", "type"),
        ("/lines/1/qty", "type"),
        ("/lines/1/price", "required"),
        ("/lines/2", "type"),
        ("/lines/3/price", "scale"),
        ("/lines/3/more", "unknown_field"),
        ("/n", "type"),
    ]


def test_values_beside_a_problem_are_still_given() -> None:
    fields = [field_of("n", {"type": "integer"}), field_of("t", _TEXT)]
    values, problems = loader(fields, kind_of)({"n": 1, "t": 1})
    assert values == {"n": 1} and _codes(problems) == [("/t", "type")]


def test_absent_stays_absent_and_null_stays_null_where_it_may() -> None:
    nullable, plain = _fields("a", nullable=True)[0], replace(field_of("b", _TEXT), column="c9")
    load = loader([nullable, plain], kind_of)
    assert load({}) == ({}, ())
    assert load({"a": None}) == ({"a": None}, ())
    assert _codes(load({"b": None})[1]) == [("/b", "not_null")]


def test_null_in_a_merge_removes_what_may_not_be_null() -> None:
    nullable, plain = _fields("a", nullable=True)[0], replace(field_of("b", _TEXT), column="c9")
    assert merge_loader([nullable, plain], kind_of)({"a": None, "b": None}) == ({"a": None, "b": MISSING}, ())


def test_rows_become_rows_of_values() -> None:
    values, problems = loader([field_of("lines", _LINES)], kind_of)(
        {"lines": [{"price": "1"}, {"price": "2", "qty": 3}]}
    )
    assert problems == ()
    assert values == {"lines": (Row({"price": Decimal("1.00")}), Row({"price": Decimal("2.00"), "qty": 3}))}


def test_required_column_with_a_default_may_be_left_out() -> None:
    lines = field_of("lines", _LINES)
    filled = replace(lines, fields=(replace(lines.fields[0], default="1.00"), *lines.fields[1:]))
    assert loader([filled], kind_of)({"lines": [{}]})[1] == ()
    assert "required" not in object_schema(filled.fields, kind_of)


def test_schema_is_a_marshmallow_schema_by_columns() -> None:
    made = schema_class(_fields("a.b"), kind_of)
    assert issubclass(made, marshmallow.Schema)
    assert made().load({"a.b": "x"}) == {"c0": "x"}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string"},
        {"enum": [1]},
        {"type": "integer", "enum": [1]},
        {"const": 1},
        {"anyOf": [{"type": "integer"}]},
        {},
    ],
)
def test_with_null_takes_null_and_what_was_taken_before(schema: dict[str, Any]) -> None:
    judge = Draft202012Validator(with_null(schema))
    assert judge.is_valid(None)
    assert any(judge.is_valid(one) for one in ("x", 1))


def test_table_within_a_table_is_kept_as_json() -> None:
    assert claim(_LINES) is KINDS["rows"]
    assert claim_member(_LINES) is KINDS["json"]
    assert claim_member(_TEXT) is KINDS["text"]


def test_large_list_is_read_in_one_pass() -> None:
    fields = [
        field_of("lines", {**_LINES, "uniqueItems": True}),
        field_of("tags", {"type": "array", "uniqueItems": True}),
    ]
    wire = {
        "lines": [{"price": "1", "qty": index} for index in range(9_000)],
        "tags": [{"a": index} for index in range(50_000)],
    }
    values, problems = loader(fields, kind_of)(wire)
    assert problems == () and len(values["lines"]) == 9_000
