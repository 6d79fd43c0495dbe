"""Checking a declared `pattern` before it is run on anybody's input."""

from __future__ import annotations

import re
from typing import Any

from kartotek.kinds.kind import refuse_setting

LONGEST = 10_000


def checked_pattern(source: Any) -> str:
    """The source of a regular expression that is safe to run on LONGEST characters. Raises Refused."""
    if not isinstance(source, str) or len(source) > 1000:
        refuse_setting("/pattern", "pattern must be a regular expression of at most 1000 characters.")
    try:
        re.compile(source)
    except (re.error, RecursionError, OverflowError) as exc:
        refuse_setting("/pattern", f"This is not a regular expression: {exc}.")
    return source
