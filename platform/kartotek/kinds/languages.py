"""Numbers and dates in the reader's language, through Babel's locale data."""

from __future__ import annotations

import re
import unicodedata
from copy import copy
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError, dates, numbers, units
from babel.numbers import NumberPattern

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_LONGEST_NUMBER = 1_010
_TRUTH = {"zh": ("是", "否"), "en": ("Yes", "No")}
_KEPT = 4096  # texts of values that stand in many rows


@lru_cache(maxsize=64)
def locale_of(language: str) -> Locale:
    """The locale of a language tag such as zh-CN; English where Babel does not know it."""
    for tag in (language, language.split("-")[0]):
        try:
            return Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return Locale("en")


@lru_cache(maxsize=256)
def _pattern(language: str, scale: int, currency: str) -> NumberPattern:
    locale = locale_of(language)
    found: NumberPattern = copy(locale.currency_formats["standard"] if currency else locale.decimal_formats[None])
    # The declared scale decides, not the digits that are usual for the currency.
    found.frac_prec = (scale, scale)
    return found


@lru_cache(maxsize=_KEPT)
def decimal_text(value: Decimal | int, language: str, *, scale: int = 0, currency: str = "") -> str:
    """1,234.50 or ¥1,234.50: always `scale` places."""
    pattern = _pattern(language, scale, currency)
    return str(pattern.apply(Decimal(value), locale_of(language), currency=currency or None, currency_digits=False))


@lru_cache(maxsize=_KEPT)
def number_text(value: float, language: str) -> str:
    """A double with the fifteen digits it can vouch for."""
    if not 1e-6 <= abs(value) < 1e15:
        return "0" if value == 0 else f"{value:.15g}"
    short = Decimal(f"{value:.15g}")
    return numbers.format_decimal(short, locale=locale_of(language), decimal_quantization=False)


@lru_cache(maxsize=_KEPT)
def date_text(value: date, language: str) -> str:
    """2026年11月21日 or Nov 21, 2026."""
    return dates.format_date(value, "medium", locale=locale_of(language))


@lru_cache(maxsize=_KEPT)
def month_day_text(value: date, language: str) -> str:
    """11月21日 or Nov 21."""
    return dates.format_skeleton("MMMd", value, locale=locale_of(language))


@lru_cache(maxsize=_KEPT)
def time_text(value: time, language: str) -> str:
    """18:00 or 6:00 PM; seconds only where there are some."""
    style = "medium" if value.second or value.microsecond else "short"
    return dates.format_time(value, style, locale=locale_of(language)).replace("\u202f", " ")


def date_time_text(local: datetime, language: str) -> str:
    """The date and the time of a local moment."""
    return f"{date_text(local.date(), language)} {time_text(local.time(), language)}"


def boolean_text(value: bool, language: str) -> str:
    """Yes or No."""
    yes, no = _TRUTH.get(locale_of(language).language, _TRUTH["en"])
    return yes if value else no


def typed(text: str) -> str:
    """What was typed, with full-width characters made plain and blanks at the ends dropped."""
    return unicodedata.normalize("NFKC", text).strip()


def typed_number(text: str, language: str) -> str:
    """A number as typed, 1,234.50 or ￥１２, in the plain form 1234.50; unchanged where it is none."""
    plain = typed(text)
    if _PLAIN.fullmatch(plain) or len(plain) > _LONGEST_NUMBER:
        return plain
    bare = "".join(one for one in plain if unicodedata.category(one) not in ("Sc", "Zs"))
    try:
        return format(numbers.parse_decimal(bare, locale=locale_of(language), strict=True), "f")
    except numbers.NumberFormatError:
        return plain


def is_number(text: str) -> bool:
    """Whether the text is a number in plain form, and of a length worth reading."""
    return len(text) <= _LONGEST_NUMBER and _PLAIN.fullmatch(text) is not None


@lru_cache(maxsize=_KEPT)
def duration_text(value: timedelta, language: str) -> str:
    """1 day 2 hr 30 min, or 1天2小时30分钟."""
    locale = locale_of(language)
    minutes, second = divmod(value.days * 86_400 + value.seconds, 60)
    hours, minute = divmod(minutes, 60)
    day, hour = divmod(hours, 24)
    counted = [(day, "day"), (hour, "hour"), (minute, "minute"), (second, "second")]
    shown = [(number, unit) for number, unit in counted if number] or [(0, "minute")]
    parts = [units.format_unit(number, f"duration-{unit}", length="short", locale=locale) for number, unit in shown]
    return ("" if locale.language in ("zh", "ja") else " ").join(part.replace("\u00a0", " ") for part in parts)
