"""Doing: what a timer's doer answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kartotek.engine.open_writing import Writing
from kartotek.storage.timers import TimerRow


@dataclass(frozen=True, slots=True)
class Again:
    """There is more to do: the timer runs again at once, in a transaction of its own, with this payload."""

    payload: Mapping[str, Any]


# Does what a timer is for, in the transaction that also marks it as done; None where nothing is left to do.
Doer = Callable[[Writing, TimerRow], Again | None]
