"""BackupPlan: how often a site is backed up by itself, where to, and how many of the backups stay."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Literal

Every = Literal["day", "week", "never"]
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HERE = "data/backups"  # in the site's own folder


@dataclass(frozen=True, slots=True)
class Keep:
    """The newest backup of so many days, weeks and months each stays; the others go."""

    daily: int = 7
    weekly: int = 5
    monthly: int = 12


@dataclass(frozen=True, slots=True)
class BackupPlan:
    """`to` are folders, those that are not absolute within the site's; `weekday` counts from 0, Monday, and is for weeks alone."""

    to: tuple[str, ...] = (HERE,)
    every: Every = "day"
    weekday: int = 6
    at: time = time(3)
    keep: Keep = field(default_factory=Keep)

    @property
    def rhythm(self) -> timedelta | None:
        """How long it is from one to the next, None where none is made by itself."""
        return {"day": timedelta(days=1), "week": timedelta(days=7), "never": None}[self.every]
