"""Lengths of time as workflows write them: PT30M, PT24H, P3D, P2W."""

from __future__ import annotations

import re
from datetime import timedelta

from kartotek.declaration.document import Path
from kartotek.declaration.problems import Problems

_SPAN = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
LONGEST = timedelta(days=3660)


def span_of(problems: Problems, path: Path, written: str) -> timedelta | None:
    """The length; None and a problem where it is nothing, or more than ten years. It has the form already."""
    match = _SPAN.fullmatch(written)
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0,) * 5
    found = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    if not timedelta(0) < found <= LONGEST:
        problems.error(path, "bound", "A length of time is more than nothing and at most ten years.")
        return None
    return found
