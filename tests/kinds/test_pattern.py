"""Which regular expressions an owner may declare, and on how long a text they are run."""

from __future__ import annotations

import re
import time

import pytest

from kartotek.kinds.kind import Refused
from kartotek.kinds.pattern import checked_pattern, longest_input

AMBIGUOUS = (
    r"(a+)+",
    r"^(a+)+$",
    r"(a*)*",
    r"(a?b?)*",
    r"(a|aa)+$",
    r"([a-z]+\s?)*$",
    r"(\d{1,3},?)+$",
    r"(.*)*",
    r"(\w+)*@",
    r"(x+x+)+y",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(?:a{1,50}){1,50}b",
    r"(?=(a+)+b)c",
    r"(a?){40}a{40}",
    r"^(?:.*a)+$x",
    r"((a?){4}){9}",
    r"(a|b|ab)*c",
    r"(?:a|a[ab]?)*c",
    r"^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*@",
    r"([/\w .-]*)*/?$",
)
ORDINARY = (
    r"",
    r"\S",
    r"^\d{3}-\d{4}$",
    r"^[A-Z]{2}\d{2}([ ]?[0-9A-Z]{4}){2,7}$",
    r"^(\d{1,3}\.){3}\d{1,3}$",
    r"^([a-z]+\.)*[a-z]+$",
    r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
    r"^(?=.*[a-z])(?=.*\d).{8,}$",
    r"^[一-龥]{2,4}$",
    r"^(\w+\s)*\w+$",
    r"(ab|ac)+",
    r"^[\w ]{1,200}$",
    r"^([0-9a-f]{2}:){5}[0-9a-f]{2}$",
    r"^(foo|foobar)$",
    r"^\d+(\.\d{1,2})?$",
    r"^[\w.+-]+@[\w-]+\.[\w.-]+$",
    r"^\+?[0-9 ()-]{5,20}$",
    r"^(?:[a-z]{2,3}|[a-z]{4})(?:-[A-Za-z0-9]{1,8})*$",
    r"^[1-9]\d{5}(18|19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dXx]$",
    r"^(['\"]).*?\1$",
)
SLOW = ((r".*foo.*bar", 400), (r".+@.+\..+", 400), (r"\w*\d*\w*\d*!", 40))


@pytest.mark.parametrize("source", AMBIGUOUS)
def test_ambiguous_pattern_is_refused(source: str) -> None:
    with pytest.raises(Refused) as refused:
        checked_pattern(source)
    assert refused.value.problems[0].path == "/pattern"


@pytest.mark.parametrize("source", ORDINARY)
def test_ordinary_pattern_runs_on_long_texts(source: str) -> None:
    assert checked_pattern(source) == source
    assert longest_input(source) == 10_000


@pytest.mark.parametrize(("source", "longest"), SLOW)
def test_pattern_whose_loops_dispute_a_text_runs_on_short_ones(source: str, longest: int) -> None:
    assert longest_input(source) == longest


@pytest.mark.parametrize("source", (*ORDINARY, *(source for source, _ in SLOW)))
@pytest.mark.parametrize("unit", ("a", "1", "@", "a.", "1,", "foo", " ", '"'))
def test_accepted_pattern_is_fast_on_the_longest_text_it_is_run_on(source: str, unit: str) -> None:
    longest = longest_input(source)
    text = (unit * longest)[: longest - 1] + "\x01"
    start = time.process_time()
    re.search(source, text)
    assert time.process_time() - start < 2


@pytest.mark.parametrize("source", ["(", "*", "[", r"\p{L}", "a" * 1001, 5, None, r"(?<name>x)"])
def test_what_is_no_regular_expression_is_refused(source: object) -> None:
    with pytest.raises(Refused):
        checked_pattern(source)


def test_judging_a_hostile_pattern_ends_at_once() -> None:
    start = time.process_time()
    for source in ("(" * 400 + "a" + ")*" * 400, "(a|b)*" * 160, "[a-z]*" * 160, "(.{1,9}){1,9}" * 70, "a{1000}" * 100):
        assert longest_input(source) in (0, 40, 100, 400, 10_000)
    assert time.process_time() - start < 5
