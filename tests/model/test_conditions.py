"""Conditions in an address: whatever a path or a value is called, what is written is read again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kartotek.model.conditions import RESERVED, read_name, text_of_values, values_of, written_name
from kartotek.model.query import Condition

NAMES = st.text(max_size=8) | st.sampled_from(["search", "a.b", 'a"b', "[eq]", "", "x[", "名字", "a\\", "~path"])


@given(st.lists(NAMES, min_size=1, max_size=4), st.sampled_from(["eq", "contains", "notIn"]))
def test_a_name_is_read_as_it_was_written(path: list[str], operator: str) -> None:
    name = written_name(Condition(tuple(path), operator, ""))  # type: ignore[arg-type]
    assert name not in RESERVED
    assert read_name(name) == (tuple(path), operator)


@given(st.lists(st.text(alphabet=r"a,\é", max_size=6), min_size=1, max_size=4))
def test_values_are_read_as_they_were_written(values: list[str]) -> None:
    assert values_of(text_of_values(values)) == values


@pytest.mark.parametrize("name", ["", ".", "a.", ".a", "a..b", "a[", "a]b", "a[e q]", "a[eq]x", '"a', '"a"b', '"\\x"', 'a"b'])
def test_what_is_no_name_is_not_read(name: str) -> None:
    assert read_name(name) is None
