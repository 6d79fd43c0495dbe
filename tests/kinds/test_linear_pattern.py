"""Patterns that run in one pass match exactly where Python's own search does, and long texts do not hold them up."""

from __future__ import annotations

import random
import re

import pytest

from kartotek.kinds.linear_pattern import linear_pattern
from kartotek.kinds.pattern import longest_input

PATTERNS = [
    r"(a+)+$", r"^(\s*([0-9a-zA-Z\+\/=]){4}\s*)+$", r"^a{2,3}$", r"^(a|aa)+$", r"^$", "", r"\bfoo\b", r"\B", r"^[^\d\s]+$",
    r"(?:ab|a)*b", r"^.*$", r"a.c$", r"\Aab\Z", r"^(([a-z])+.)+[A-Z]([a-z])+$", r"[\w-]+@([\w-]+\.)+[\w-]+", r"x?y*?z{0,2}",
    r"^\S+$|^$", r"(^a|b$)+", r"[^a]", r"[a-c]{3}", r"\.", r"(a*)*", r"(a|b|)+c", r"^\w+$", r"\d{2,}", r"(?:a|$)+b?\Z",
]  # fmt: skip
ALPHABET = "ab cxyzfo1_.\n-@AZ٣é中+/="


@pytest.mark.parametrize("source", PATTERNS)
def test_it_finds_what_re_finds(source: str) -> None:
    linear, plain = linear_pattern(source), re.compile(source)
    assert linear is not None
    drawn = random.Random(source)
    for _ in range(400):
        text = "".join(drawn.choices(ALPHABET, k=drawn.choice((0, 1, 2, 3, 4, 5, 8))))
        assert linear.search(text) == (plain.search(text) is not None), repr(text)


def test_long_texts_come_to_an_end() -> None:
    for source in PATTERNS[:2]:
        linear = linear_pattern(source)
        assert longest_input(source) == 0 and linear is not None
        assert not linear.search("a" * 20_000 + "!")


@pytest.mark.parametrize("source", [r"(a)\1", r"(?=a)b", r"(?<!a)b", r"(?i)(a+)+", r"(?>a+)b", r"(a{60}){70}"])
def test_what_remembers_looks_about_or_is_too_large_has_no_such_form(source: str) -> None:
    assert linear_pattern(source) is None
