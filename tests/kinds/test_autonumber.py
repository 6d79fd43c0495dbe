"""Running numbers: how they are written, and when they start anew."""

from __future__ import annotations

from datetime import date

import pytest

from kartotek.kinds.autonumber import counter_key, numbered

DAY = date(2026, 3, 5)


@pytest.mark.parametrize(
    ("pattern", "number", "written", "period"),
    [
        ("BK-{yyyy}{MM}-{0000}", 42, "BK-202603-0042", "2026-03"),
        ("{0000}", 7, "0007", ""),
        ("{0}", 123, "123", ""),
        ("N{yy}/{000}", 12345, "N26/12345", "26"),
        ("{dd}.{MM}.{yyyy}-{00}号", 1, "05.03.2026-01号", "05-03-2026"),
    ],
)
def test_number_is_written_in_its_pattern(pattern: str, number: int, written: str, period: str) -> None:
    assert numbered(pattern, number, DAY) == written
    assert counter_key(pattern, DAY) == period
