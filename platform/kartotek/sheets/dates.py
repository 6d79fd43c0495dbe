"""Days as people write them: numbers in any order, words for months, Chinese writing, a spreadsheet's serial numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from kartotek.kinds.calendar import read_date
from kartotek.kinds.kind import refuse
from kartotek.kinds.languages import locale_of
from kartotek.sheets.cells import Broken, Cell, plain
from kartotek.sheets.clocks import read_clock
from kartotek.sheets.converting import Context
from kartotek.sheets.orders import ambiguous, in_order, matched, shape_of, year_of

Moment = tuple[date, time | None]  # a day, and the time beside it if there was one
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[ T]?(\d{2}):?(\d{2}):?(\d{2})?)?")
_CHINESE = re.compile(r"(?:(\d{2}|\d{4})\s?年\s?)?(\d{1,2})\s?月\s?(\d{1,2})\s?[日号]?")
_DIGITS = {ord(sign): str(value) for value, sign in enumerate("〇一二三四五六七八九")} | {
    ord("零"): "0",
    ord("○"): "0",
    ord("Ｏ"): "0",
}
_WRITTEN = re.compile(
    r"([〇零○一二三四五六七八九]{4}|[〇零○一二三四五六七八九]{2})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]?"
)
_DAY_FIRST = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th)?\.?[ -]?(?:of )?([^\W\d_]{3,12})\.?,?[ -]?(\d{4}|\d{2})?", re.IGNORECASE
)
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,12})\.?[ -]?(\d{1,2})(?:st|nd|rd|th)?(?:,? ?(\d{4}|\d{2}))?", re.IGNORECASE)
_YEAR_MONTH = re.compile(r"(\d{4})[ -]([^\W\d_]{3,12})\.?[ -](\d{1,2})", re.IGNORECASE)
_WEEKDAY = re.compile(
    r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? |[ (]?(?:星期|周|礼拜)[一二三四五六日天]\)?", re.IGNORECASE
)
_CLOCK_PART = re.compile(
    r"(?:[ T]|(?<=[日号])) ?((?:上午|下午|早上|晚上|中午|凌晨)?\s?\d{1,2}(?:[:点时].*| ?[ap]\.?m\.?))$", re.IGNORECASE
)
_SERIAL_DIGITS = re.compile(r"\d{5}(?:\.\d+)?")
_FIRST_SERIAL, _LAST_SERIAL = 2101, 2_958_465  # smaller numbers are years, or nothing
_COMPACT_FROM = 10_000_101
_EPOCHS = {1900: datetime(1899, 12, 30), 1904: datetime(1904, 1, 1)}


def read_moment(cell: Cell, context: Context, said: list[str]) -> Moment | None:
    """The day of a cell and the time beside it, or None where there is no day in it. Raises Refused where it is ambiguous."""
    if isinstance(cell, Broken):
        cell.refuse()
    if isinstance(cell, datetime):
        return cell.date(), cell.time()
    if isinstance(cell, date):
        return cell, None
    if isinstance(cell, int | float):
        return _serial(float(cell), context, said)
    if isinstance(cell, str):
        iso = read_date(cell)
        return (iso, None) if iso else _read(cell, context, said)
    return None


def _serial(number: float, context: Context, said: list[str]) -> Moment | None:
    """Days since the workbook's first one; what is too large for that can be a date written without signs."""
    if number >= _COMPACT_FROM and number == int(number):
        return _compact(str(int(number)))
    if not _FIRST_SERIAL <= number < _LAST_SERIAL:
        return None
    said.append(f"serials_{context.days_from}")
    moment = _EPOCHS[context.days_from] + timedelta(days=number)
    moment = (moment + timedelta(milliseconds=500)).replace(microsecond=0)  # a double cannot hold every second
    return moment.date(), moment.time() if number != int(number) else None


def _read(text: str, context: Context, said: list[str]) -> Moment | None:
    bare = plain(text)
    if bare != text.strip():
        said.append("wide")
    if len(bare) > 60:
        return None
    bare = _WEEKDAY.sub("", bare).strip()
    clock = None
    found = _CLOCK_PART.search(bare)
    if found:
        clock = read_clock(found[1])
        bare = bare[: found.start()].strip()
        if clock is None:
            return None
    day = _day(bare, context, said)
    if isinstance(day, tuple):
        return day if clock is None else None
    return (day, clock) if day else None


def _day(bare: str, context: Context, said: list[str]) -> date | Moment | None:
    if _SERIAL_DIGITS.fullmatch(bare):
        return _serial(float(bare), context, said)
    if bare[:8].isdecimal() and bare.isascii():
        return _compact(bare)
    numeric = matched(bare)
    if numeric is not None and numeric[4] is not None:
        return _numeric(numeric, context, said)
    return _chinese(bare, context, said) or _worded(bare, context, said)


def _compact(text: str) -> Moment | None:
    found = _COMPACT.fullmatch(text)
    if found is None:
        return None
    day = read_date("-".join(found.groups()[:3]))
    clock = read_clock(":".join(part for part in found.groups()[3:] if part)) if found[4] else None
    return (day, clock) if day and (clock is not None or not found[4]) else None


def _numeric(found: re.Match[str], context: Context, said: list[str]) -> date | None:
    window, shape = context.orders.first_year, shape_of(found)
    if shape == "year":
        return in_order(found, "ymd", window) if len(found[1]) == 4 and len(found[4]) <= 2 else None
    if len(found[4]) == 3:
        return None
    evidence = context.orders.evidence(found[2], shape)
    if evidence is None:
        ambiguous(found, window)
        return next(
            (
                day
                for order in ("ymd", "dmy", "mdy")
                if not (shape == "long" and order == "ymd")
                if (day := in_order(found, order, window))
            ),
            None,
        )
    day = in_order(found, evidence.order, window)
    if day is not None:
        said.append(f"order {found[2]} {shape}")
        if shape == "short":
            said.append("two_digit_years")
    return day


def _chinese(bare: str, context: Context, said: list[str]) -> date | None:
    found = _CHINESE.fullmatch(bare)
    if found is None:
        written = _WRITTEN.fullmatch(bare)
        numbers = (written[1].translate(_DIGITS), *(_counted(one) for one in written.groups()[1:])) if written else None
    else:
        numbers = found.groups() if found[1] else None
    if numbers is None:
        return None
    return _made(str(numbers[0]), int(numbers[1]), int(numbers[2]), context=context, said=said)


def _counted(text: str) -> int:
    """十二 is 12, 二十一 is 21."""
    tens, sign, ones = text.partition("十")
    value = int(ones.translate(_DIGITS) or 0) if sign else int(text.translate(_DIGITS))
    return value + 10 * int(tens.translate(_DIGITS) or 1) if sign else value


def _worded(bare: str, context: Context, said: list[str]) -> date | None:
    for pattern, places in ((_DAY_FIRST, (3, 2, 1)), (_MONTH_FIRST, (3, 1, 2)), (_YEAR_MONTH, (1, 2, 3))):
        found = pattern.fullmatch(bare)
        month = month_of(found[places[1]], context.settings.languages) if found else 0
        if found and month and found[places[0]]:
            return _made(found[places[0]], month, int(found[places[2]]), context=context, said=said)
    return None


def _made(year: str, month: int, day: int, *, context: Context, said: list[str]) -> date | None:
    number = int(year)
    if len(year) == 2:
        said.append("two_digit_years")
        number = year_of(number, context.orders.first_year)
    try:
        return date(number, month, day)
    except ValueError:
        return None


def month_of(word: str, languages: tuple[str, ...]) -> int:
    """The number of a month named in English or in a language of the site, 0 for any other word."""
    return _months(languages).get(word.casefold().rstrip("."), 0)


@lru_cache(maxsize=8)
def _months(languages: tuple[str, ...]) -> Mapping[str, int]:
    names: dict[str, int] = {"sept": 9}
    for language in ("en", *languages):
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                months = locale_of(language).months[form][width]
                names |= {str(name).casefold().rstrip("."): number for number, name in months.items()}
    return names


def read_month_day(cell: Cell, context: Context, said: list[str]) -> str | None:
    """MM-DD of a cell: a day without a year, or a full date, whose year is dropped."""
    short = _short(plain(cell), context, said) if isinstance(cell, str) else None
    if short is not None:
        return short.isoformat()[5:]
    found = read_moment(cell, context, said)
    if found is None:
        return None
    said.append("year_dropped")
    return found[0].isoformat()[5:]


def _short(bare: str, context: Context, said: list[str]) -> date | None:
    if len(bare) > 60:
        return None
    numeric = matched(bare)
    if numeric is not None and numeric[4] is None and shape_of(numeric) == "pair":
        return _pair(numeric, context, said)
    found = _CHINESE.fullmatch(bare)
    if found and not found[1]:
        return _leap(int(found[2]), int(found[3]))
    for pattern, places in ((_DAY_FIRST, (2, 1)), (_MONTH_FIRST, (1, 2))):
        worded = pattern.fullmatch(bare)
        month = month_of(worded[places[0]], context.settings.languages) if worded and not worded[3] else 0
        if worded and month:
            return _leap(month, int(worded[places[1]]))
    return None


def _leap(month: int, day: int) -> date | None:
    try:
        return date(2000, month, day)
    except ValueError:
        return None


def _pair(found: re.Match[str], context: Context, said: list[str]) -> date | None:
    window = context.orders.first_year
    if re.fullmatch(r"\d{2}-\d{2}", found[0]) and in_order(found, "md", window):
        return in_order(found, "md", window)
    evidence = context.orders.evidence(found[2], "pair")
    if evidence is None:
        ambiguous(found, window)
        return in_order(found, "md", window) or in_order(found, "dm", window)
    said.append(f"order {found[2]} pair")
    return in_order(found, evidence.order, window)


def only_day(moment: Moment, said: list[str]) -> date:
    """The day of a moment without a time. Raises Refused where there is one that is not midnight."""
    if moment[1] is not None:
        if moment[1] != time():
            refuse("time_in_date")
        said.append("midnight_dropped")
    return moment[0]
