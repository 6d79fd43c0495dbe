"""Masks: what is left of names, numbers, addresses and days, and that of short values nothing is."""

from __future__ import annotations

import unicodedata
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kartotek.model.clearance import Mask, Show
from kartotek.model.field import Field
from kartotek.rules.partial import HIDDEN, part

SHANGHAI = ZoneInfo("Asia/Shanghai")


def masked(kind: str, show: Show, wire: Any) -> str:
    return part(Field(name="f", kind=kind, column="f", title="F", mask=Mask(show)), wire, SHANGHAI)


CASES: list[tuple[str, Show, Any, str]] = [
    ("phone", "last4", "+8613812345678", "•••5678"), ("phone", "last4", "+85291234567", "•••4567"), ("phone", "last4", "+49301234", HIDDEN),
    ("phone", "last4", "+3725123", HIDDEN), ("text", "last4", "AB-12-3456", "•••3456"), ("text", "last4", "1234567", HIDDEN), ("text", "last4", "12345678", "•••5678"),
    ("text", "last4", "1234", HIDDEN), ("text", "last4", "", HIDDEN), ("text", "last4", "- - 1 2 3 4 - -", HIDDEN), ("text", "last4", "中国银行股份有限公司", "•••有限公司"),
    ("text", "initial", "王小明", "王•••"), ("text", "initial", "王明", "王•••"), ("text", "initial", "王", HIDDEN), ("text", "initial", " 欧阳修 ", "欧•••"),
    ("text", "initial", "Anna Schmidt", "A•••"), ("text", "initial", "A", HIDDEN), ("text", "initial", "", HIDDEN), ("text", "initial", "(王小明)", HIDDEN),
    ("text", "initial", "e\u0301lodie", "é•••"), ("text", "initial", "é", HIDDEN), ("text", "initial", "x\u0323\u0302y", "x̣̂•••"), ("text", "initial", "𠮷田", "𠮷•••"),
    ("email", "domain", "ming@example.com", "•••@example.com"), ("email", "domain", '"a@b"@example.com', "•••@example.com"), ("email", "domain", "nobody", HIDDEN),
    ("email", "domain", "@example.com", HIDDEN), ("url", "domain", "https://ming:pass@example.com:8443/ming?q=1", "example.com/•••"), ("url", "domain", "mailto:a@b.cn", HIDDEN),
    ("url", "domain", "http://[::1", HIDDEN), ("date", "year", "1985-03-04", "1985"), ("date", "year", "not a day", HIDDEN),
    ("instant", "year", "2025-12-31T20:00:00Z", "2026"), ("instant", "year", "2025-12-31T10:00:00Z", "2025"), ("instant", "year", "9999-12-31T23:59:59Z", HIDDEN),
    ("integer", "none", 5, HIDDEN), ("text", "none", "secret", HIDDEN), ("rows", "none", [{"a": 1}], HIDDEN), ("text", "last4", 123456789, HIDDEN),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "show", "wire", "wanted"), CASES)
def test_a_mask_leaves_what_it_says(kind: str, show: Show, wire: Any, wanted: str) -> None:
    assert masked(kind, show, wire) == unicodedata.normalize("NFC", wanted)


@given(st.text(max_size=40))
def test_a_text_mask_never_leaves_more_than_it_says(text: str) -> None:
    last, first = masked("text", "last4", text), masked("text", "initial", text)
    signs = [one for one in text if one.isalnum()]
    assert last == HIDDEN or (len(signs) >= 8 and last == HIDDEN + "".join(signs[-4:]))
    assert first == HIDDEN or (first.endswith(HIDDEN) and sum(one.isalnum() for one in first) == 1)


@given(st.text(max_size=40), st.text(max_size=40))
def test_a_mask_that_shows_nothing_is_the_same_for_all(one: str, other: str) -> None:
    assert masked("text", "none", one) == masked("text", "none", other) == HIDDEN
