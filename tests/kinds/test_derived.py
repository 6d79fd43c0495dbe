"""Which kinds a formula or an aggregate can make."""

from __future__ import annotations

import pytest

from kartotek.kinds.computed import can_be_computed, is_computed
from kartotek.kinds.registry import KINDS
from kartotek.kinds.rollup import is_rollup, misfit
from kartotek.model.formula import Type

INT, NUMBER, DECIMAL, STRING, DATE = Type("int"), Type("number"), Type("decimal"), Type("string"), Type("date")
YUAN, DOLLAR, LENGTH, YES = (
    Type("decimal", currency="CNY"),
    Type("decimal", currency="USD"),
    Type("duration"),
    Type("bool"),
)


@pytest.mark.parametrize(
    ("function", "result", "source", "fits"),
    [
        ("count", INT, None, True),
        ("count", DECIMAL, None, False),
        ("sum", INT, INT, True),
        ("sum", YUAN, YUAN, True),
        ("sum", LENGTH, LENGTH, True),
        ("sum", YUAN, DOLLAR, False),
        ("sum", DECIMAL, YUAN, False),
        ("sum", YUAN, DECIMAL, False),
        ("sum", DECIMAL, INT, False),
        ("sum", STRING, STRING, False),
        ("sum", DATE, DATE, False),
        ("sum", YES, YES, False),
        ("avg", DECIMAL, INT, True),
        ("avg", NUMBER, INT, True),
        ("avg", INT, INT, False),
        ("avg", DECIMAL, NUMBER, False),
        ("avg", YUAN, YUAN, True),
        ("avg", YUAN, DOLLAR, False),
        ("avg", DATE, DATE, False),
        ("min", DATE, DATE, True),
        ("max", STRING, STRING, True),
        ("max", YES, YES, False),
        ("min", DATE, STRING, False),
        ("last", YES, YES, True),
        ("last", Type("record", record="a"), Type("record", record="a"), True),
        ("last", Type("record", record="a"), Type("record", record="b"), False),
    ],
)
def test_function_fits_its_result_and_its_source(function: str, result: Type, source: Type | None, fits: bool) -> None:
    assert (misfit(function, result, source) == "") is fits


def test_formula_makes_single_values_alone() -> None:
    made = {name for name in KINDS if can_be_computed(name)}
    assert {"text", "integer", "decimal", "date", "duration", "choice", "reference"} <= made
    assert not made & {"rows", "object", "references", "choices", "files", "file", "image", "json", "autonumber"}


def test_keyword_says_what_derives_a_field() -> None:
    assert is_computed({"x-field": {"compute": "1"}}) and not is_computed({})
    assert is_rollup({"x-field": {"rollup": {}}}) and not is_rollup({"x-field": {"compute": "1"}})
