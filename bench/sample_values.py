"""Stand-ins within sample records: days from the day of loading, and references by key."""

from __future__ import annotations

from typing import Any

Line = dict[str, Any]


def date(days: int) -> Line:
    """A day, counted from the day of loading."""
    return {"$days": days}


def moment(days: int, minutes: int) -> Line:
    """A moment of such a day, in the site's zone."""
    return {"$days": days, "at": f"{minutes // 60:02d}:{minutes % 60:02d}"}


def key(name: str) -> Line:
    """A reference to another sample record."""
    return {"$key": name}


def minutes_of(duration: str) -> int:
    """PT1H15M → 75."""
    hours, _, rest = (
        duration.removeprefix("PT").partition("H") if "H" in duration else ("0", "", duration.removeprefix("PT"))
    )
    return int(hours) * 60 + int(rest.removesuffix("M") or 0)
