"""In which order a column's dates have day, month and year, decided once over all of its cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from kartotek.kinds.kind import refuse
from kartotek.model.frozen import empty
from kartotek.sheets.cells import plain

NUMERIC = re.compile(r"(\d{1,4})\s?([./-])\s?(\d{1,2})(?:\s?\2\s?(\d{1,4}))?\.?")
_LONGEST = 60
_DATE_PART = re.compile(r"[\d./ -]+")
_FULL = ("ymd", "dmy", "mdy")
_SHORT = ("md", "dm")
_SPAN = 10  # years of two digits reach so far into the future


@dataclass(frozen=True, slots=True)
class Evidence:
    """How an order was found: `count` of `of` dates allow nothing else."""

    order: str
    rule: str
    count: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Orders:
    """`by_shape` is {(separator, shape): evidence}; the shapes are "long" (05/03/2024), "short" (24-3-5), "pair" (5/3)."""

    by_shape: Mapping[tuple[str, str], Evidence]
    first_year: int = 1937

    def evidence(self, sign: str, shape: str) -> Evidence | None:
        """What decides dates of this shape."""
        return self.by_shape.get((sign, shape))


NO_ORDERS = Orders(empty())  # type: ignore[arg-type]


def decide_orders(texts: Iterable[str], *, asked: str, said: str, today: date) -> Orders:
    """The orders that a column's dates show: for each separator and shape, else for all dates of the column."""
    tallies: dict[tuple[str, str], Counter[str]] = {}
    window = today.year + _SPAN - 99
    for text in texts:
        found = matched(text)
        if found is not None:
            sign, shape, fitting = _fitting(found, window)
            tally = tallies.setdefault((sign, shape), Counter())
            tally["all"] += 1
            tally[fitting[0] if len(fitting) == 1 else "several" if fitting else "none"] += 1
    decided = {key: _decide(key, tallies, asked, said) for key in tallies if key[1] != "year"}
    return Orders({key: one for key, one in decided.items() if one is not None}, window)


def matched(text: str) -> re.Match[str] | None:
    """The numbers and signs of a text that begins as a date in numbers, else None."""
    bare = plain(text) if len(text) <= _LONGEST else ""
    return NUMERIC.fullmatch(bare.split(" ")[0].split("T")[0]) or NUMERIC.fullmatch(bare)


def shape_of(found: re.Match[str]) -> str:
    """ "year" where a year of four digits stands first, else long, short or pair."""
    if len(found[1]) > 2:
        return "year"
    if found[4] is None:
        return "pair"
    return "long" if len(found[4]) == 4 else "short"


def _fitting(found: re.Match[str], window: int) -> tuple[str, str, tuple[str, ...]]:
    """(separator, shape, the orders in which it is a date; one alone where they all mean the same day)."""
    shape = shape_of(found)
    if shape == "year":
        return found[2], shape, ("ymd",)
    orders = _SHORT if shape == "pair" else _FULL if shape == "short" else _FULL[1:]
    days = {order: day for order in orders if (day := in_order(found, order, window)) is not None}
    if len(days) > 1 and len(set(days.values())) == 1:
        return found[2], shape, ("same", "same")
    return found[2], shape, tuple(days)


def in_order(found: re.Match[str], order: str, window: int) -> date | None:
    """The day that the numbers mean in this order, or None where there is none; pairs are in a leap year."""
    given = dict(zip(order, (int(found[1]), int(found[3]), int(found[4] or 0)), strict=False))
    year = given.get("y", 2000)
    if "y" in given and len(found[4 if order != "ymd" else 1]) <= 2:
        year = year_of(year, window)
    try:
        return date(year, given["m"], given["d"])
    except ValueError:
        return None


def year_of(two_digits: int, window: int) -> int:
    """The year within a hundred from `window` that ends with these two digits."""
    return window + (two_digits - window) % 100


def _decide(
    key: tuple[str, str], tallies: Mapping[tuple[str, str], Counter[str]], asked: str, said: str
) -> Evidence | None:
    sign, shape = key
    for order, rule in ((asked, "order_given"), (said, "order_header")):
        if order:
            return Evidence(_as_shape(order, shape), rule) if not (shape == "long" and order == "ymd") else None
    if sign == "." and shape != "short":
        return Evidence(_as_shape("dmy", shape), "order_dots")
    own = _evident(tallies[key], tallies[key]["all"])
    if own is not None or _contradict(tallies[key]):
        return own
    return _from_others(key, tallies)


def _as_shape(order: str, shape: str) -> str:
    return order.replace("y", "") if shape == "pair" else order


def _evident(tally: Counter[str], of: int) -> Evidence | None:
    alone = [(order, tally[order]) for order in (*_FULL, *_SHORT) if tally[order]]
    return Evidence(alone[0][0], "order_evident", alone[0][1], of) if len(alone) == 1 else None


def _contradict(tally: Counter[str]) -> bool:
    return sum(1 for order in (*_FULL, *_SHORT) if tally[order]) > 1


def _from_others(key: tuple[str, str], tallies: Mapping[tuple[str, str], Counter[str]]) -> Evidence | None:
    """What dates of the same separator show, then all dates of the column; nothing where they disagree."""
    sign, shape = key
    for near in (True, False):
        others = [tally for (one, _), tally in tallies.items() if (one == sign or not near)]
        total: Counter[str] = sum(others, Counter())
        if shape == "pair":
            total = Counter({order.replace("y", ""): 0 for order in _FULL}) + Counter(
                {
                    short: sum(total[order] for order in (*_FULL, *_SHORT) if order.replace("y", "") == short)
                    for short in _SHORT
                }
            )
        fitting = [order for order in (("md", "dm") if shape == "pair" else _FULL) if total[order]]
        if shape == "long":
            fitting = [order for order in fitting if order != "ymd"]
        if len(fitting) == 1:
            return Evidence(fitting[0], "order_evident", total[fitting[0]], sum(one["all"] for one in others))
        if fitting:
            return None
    return None


def ambiguous(found: re.Match[str], window: int) -> None:
    """Raises Refused with the two days that a date without an order can mean."""
    shape = shape_of(found)
    orders = _SHORT if shape == "pair" else _FULL
    days = [
        day for order in orders if not (shape == "long" and order == "ymd") if (day := in_order(found, order, window))
    ]
    written = [day.isoformat()[5:] if shape == "pair" else day.isoformat() for day in dict.fromkeys(days)]
    if len(written) > 1:
        refuse("ambiguous_date", first=written[0], second=written[1])
