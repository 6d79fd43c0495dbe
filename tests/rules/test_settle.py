"""Computed values take the shape of their field."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from kartotek.model.field import Field, Rollup
from kartotek.model.missing import MISSING
from kartotek.rules.settle import Overflow, aggregate, settled


def field(kind: str, **settings: Any) -> Field:
    return Field(name="x", kind=kind, column="x", title="X", settings=settings)


MONEY = field("decimal", precision=6, scale=2)


@pytest.mark.parametrize(
    ("of", "value", "kept"),
    [
        (MONEY, Decimal("1.005"), Decimal("1.01")),
        (MONEY, Decimal("-1.005"), Decimal("-1.01")),
        (MONEY, 3, Decimal("3.00")),
        (MONEY, Decimal("9999.99"), Decimal("9999.99")),
        (MONEY, None, MISSING),
        (field("integer"), Decimal("2.5"), 3),
        (field("integer"), 2**63 - 1, 2**63 - 1),
        (field("number"), 3, 3.0),
        (field("text"), "a", "a"),
        (field("boolean"), False, False),
    ],
)
def test_a_value_is_rounded_half_up_to_its_field(of: Field, value: Any, kept: Any) -> None:
    assert settled(of, value) == kept


@pytest.mark.parametrize(
    ("of", "value"),
    [(MONEY, Decimal("9999.995")), (MONEY, Decimal("1e40")), (field("integer"), 2**63), (field("integer"), -(2**63) - 1)],
)
def test_a_value_that_does_not_fit_overflows(of: Field, value: Any) -> None:
    with pytest.raises(Overflow):
        settled(of, value)


@pytest.mark.parametrize(
    ("of", "function", "values", "kept"),
    [
        (field("integer"), "count", [1, None], 2),
        (MONEY, "sum", [Decimal("0.10"), None, Decimal("0.20")], Decimal("0.30")),
        (MONEY, "sum", [], Decimal("0.00")),
        (MONEY, "avg", [Decimal("0.01"), Decimal("0.02")], Decimal("0.02")),
        (field("integer"), "avg", [1, 2], 2),
        (field("integer"), "min", [], MISSING),
        (field("duration"), "sum", [timedelta(hours=1), timedelta(hours=2)], timedelta(hours=3)),
        (field("integer"), "last", [3, 1, 2], 2),
        (field("number"), "avg", [0.5, 1.0], 0.75),
    ],
)
def test_a_rollup_leaves_absent_values_out(of: Field, function: Any, values: list[Any], kept: Any) -> None:
    assert aggregate(of, Rollup("lines", function, "x"), values) == kept
