"""What is said of conditions is true of every record: found by looking at all values of a small world."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.declaration.workflow_site import Site

from kartotek.declaration.formulas import scope_of
from kartotek.declaration.logic import always_holds, can_hold, equal, exclude
from kartotek.formula.checker import check
from kartotek.formula.python import compile_python
from kartotek.formula.related import UNRELATED
from kartotek.formula.scope import with_names
from kartotek.formula.types import BOOL
from kartotek.model.formula import Formula, Type
from kartotek.model.record import Record

_LOADED = Site().load().catalog
assert _LOADED is not None
SCOPE = with_names(scope_of(_LOADED.types), record=Type("record", record="job"), meta=Type("meta"))
VALUES: dict[str, tuple[Any, ...]] = {
    "hours": (None, 1, 2, 3), "limit": (None, 2), "paid": (None, True, False), "urgent": (True, False), "reason": (None, "a", "b"),
}  # fmt: skip
ATOMS = [
    "record.hours > 1", "record.hours >= 2", "record.hours == 2", "record.hours != 2", "record.hours < 3", "3 < record.hours",
    "record.hours <= record.limit", "record.limit < record.hours", "record.hours == record.limit", "record.hours in [1, 2]",
    "record.paid", "record.paid == true", "record.paid == false", "record.paid != true", "record.urgent", "isSet(record.paid)",
    "record.reason == 'a'", "record.reason != 'a'", "record.reason in ['a', 'b']", "record.reason == null", "record.reason > 'a'",
    "true", "false", "1 > 2", "record.hours == record.hours",
]  # fmt: skip
CONDITIONS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(lambda one: f"({one[0]} {one[1]} {one[2]})"),
        inner.map(lambda one: f"!({one})"),
        st.tuples(inner, inner, inner).map(lambda one: f"({one[0]} ? {one[1]} : {one[2]})"),
    ),
    max_leaves=5,
)


def formula(source: str) -> Formula:
    return check(source, SCOPE, wanted=BOOL)


def answers(source: str) -> Iterator[bool]:
    """Whether it holds, for every record of the small world."""
    meaning = compile_python(formula(source))
    for values in product(*VALUES.values()):
        given_values = {name: value for name, value in zip(VALUES, values, strict=True) if value is not None}
        record = Record(type="job", id=1, version=1, values=given_values)
        yield meaning({"record": record}, UNRELATED) is True


@settings(max_examples=150, deadline=None, derandomize=True)
@given(source=CONDITIONS)
def test_condition_that_is_called_impossible_or_certain_is_so(source: str) -> None:
    found = list(answers(source))
    if not can_hold(formula(source)):
        assert not any(found)
    if always_holds(formula(source)):
        assert all(found)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(one=CONDITIONS, other=CONDITIONS)
def test_conditions_that_are_said_to_exclude_each_other_never_hold_together(one: str, other: str) -> None:
    if exclude(formula(one), formula(other)):
        assert not any(left and right for left, right in zip(answers(one), answers(other), strict=True))


@pytest.mark.parametrize(("one", "other"), [
    ("record.paid", "!record.paid"),
    ("record.paid", "record.paid == false"),
    ("record.hours > 3", "record.hours <= 3"),
    ("record.hours > 3", "!(record.hours > 3)"),
    ("record.hours >= record.limit", "record.limit > record.hours"),
    ("record.starts_at > now", "now >= record.starts_at"),
    ("record.sort == 'big'", "record.sort == 'small'"),
    ("record.sort == 'big'", "record.sort != 'big' && record.paid"),
    ("record.sort in ['big']", "record.sort == 'small' || isSet(record.sort) == false && record.sort == null"),
    ("record.hours == 1 || record.hours == 2", "record.hours > 2"),
    ("record.paid && (record.hours > 3 || record.urgent)", "!record.paid"),
    ("isSet(record.reason)", "!isSet(record.reason)"),
    ('record["hours"] > 3', "record.hours <3"),
    ("record.entries.exists(e, e.amount > 3)", "!record.entries.exists(e,  e.amount > 3)"),
    ("record.person.level == 'gold'", "record.person.level == 'plain'"),
])  # fmt: skip
def test_guards_that_people_write_are_seen_to_exclude_each_other(one: str, other: str) -> None:
    scope = with_names(SCOPE, now=Type("instant"))
    assert exclude(check(one, scope, wanted=BOOL), check(other, scope, wanted=BOOL))


@pytest.mark.parametrize(("one", "other"), [
    ("record.paid", "record.urgent"), ("record.hours > 3", "record.hours > 5"), ("record.hours != 1", "record.hours != 2"),
    ("record.sort != 'big'", "record.sort != 'small'"), ("record.hours < 5", "record.limit > 5"),
])  # fmt: skip
def test_guards_that_may_hold_together_are_not_called_exclusive(one: str, other: str) -> None:
    assert not exclude(formula(one), formula(other))


def test_what_is_given_counts() -> None:
    guard = formula("meta.state == 'open' || record.paid")
    assert always_holds(formula("meta.state == 'open'"), [equal("meta.state", "open")])
    assert not can_hold(formula("meta.state in ['a', 'b']"), [equal("meta.state", "open")])
    assert can_hold(guard, [equal("meta.state", "done")])


def test_conditions_without_end_are_taken_for_possible() -> None:
    long = " && ".join(f"(record.hours == {index} || record.paid || record.limit == {index})" for index in range(12))
    assert can_hold(formula(long))
    assert not always_holds(formula(long))
