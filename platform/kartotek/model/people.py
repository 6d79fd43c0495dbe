"""Retention: how long records of a type are kept, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

from kartotek.model.formula import Formula
from kartotek.model.frozen import empty
from kartotek.model.settings import Texts, text_in

Fate = Literal["erase", "anonymise"]


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time by the calendar."""

    years: int = 0
    months: int = 0
    days: int = 0

    def after(self, day: date) -> date:
        """The day so long after; of a month that is shorter its last day."""
        return _moved(day, self.years * 12 + self.months) + timedelta(self.days)

    def before(self, day: date) -> date:
        """The last day on which a time of this length began that is over by the given day."""
        found = _moved(day, -self.years * 12 - self.months) - timedelta(self.days)
        while self.after(found) > day:  # the last days of a short month
            found -= timedelta(1)
        return found


def _moved(day: date, months: int) -> date:
    """The day so many months later; of a month that is shorter its last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    first = date(min(max(year, 1), 9998), month + 1, 1)
    following = date(first.year + month // 11, (month + 1) % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - first).days))


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """`fate` is what becomes of a record once `after` is over since `since` (a field, "" for when it was made; None is never),
    and when the person whom it is about is erased. While `keep` holds, neither happens; `reasons` say why, by language.
    """

    fate: Fate = "erase"
    after: Span | None = None
    since: str = ""
    keep: Formula | None = None
    reasons: Texts = field(default_factory=empty)

    def reason(self, language: str) -> str:
        """Why records have to be kept, in the language asked for; "" where nothing is said."""
        return text_in(self.reasons, language)
