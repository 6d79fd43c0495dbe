"""What a header says in brackets: a unit, a currency, an order of dates, or nothing that matters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from babel.core import get_global

from kartotek.model.field import Field

_REMARK = re.compile(r"[(\[【{<《](.*?)[)\]】}>》]")
_STARS = "*＊:："
_MULTIPLES: Mapping[str, int] = {
    "千": 1000,
    "千元": 1000,
    "万": 10_000,
    "万元": 10_000,
    "亿": 100_000_000,
    "亿元": 100_000_000,
}
_SECONDS: Mapping[str, int] = {
    "秒": 1, "秒钟": 1, "s": 1, "sec": 1, "second": 1, "seconds": 1, "分": 60, "分钟": 60, "min": 60, "mins": 60, "minute": 60, "minutes": 60, "m": 60,
    "时": 3600, "小时": 3600, "h": 3600, "hr": 3600, "hrs": 3600, "hour": 3600, "hours": 3600, "个小时": 3600, "天": 86_400, "d": 86_400, "day": 86_400, "days": 86_400,
}  # fmt: skip
_SIGNS: Mapping[str, tuple[str, ...]] = {
    "¥": ("CNY", "JPY"), "￥": ("CNY", "JPY"), "元": ("CNY",), "人民币": ("CNY",), "RMB": ("CNY",), "块": ("CNY",),
    "$": ("USD", "AUD", "CAD", "NZD", "SGD", "HKD", "TWD", "MXN"), "US$": ("USD",), "HK$": ("HKD",), "A$": ("AUD",), "C$": ("CAD",), "NT$": ("TWD",),
    "€": ("EUR",), "£": ("GBP",), "円": ("JPY",), "美元": ("USD",), "欧元": ("EUR",), "港元": ("HKD",), "港币": ("HKD",), "日元": ("JPY",),
    "英镑": ("GBP",), "₩": ("KRW",), "₹": ("INR",), "₽": ("RUB",), "EURO": ("EUR",),
}  # fmt: skip
_CODES = frozenset(get_global("all_currencies"))


def remark_of(header: str) -> str:
    """What stands in brackets, plainly, or ""."""
    found = _REMARK.search(unicodedata.normalize("NFKC", header))
    return found[1].strip() if found else ""


def without_remark(header: str) -> str:
    """The header without brackets and without the star of a field that must be filled."""
    return _REMARK.sub("", unicodedata.normalize("NFKC", header)).strip().strip(_STARS).strip()


def multiple(header: str) -> tuple[str, int]:
    """("万元", 10000) where the header says so, else ("", 1)."""
    remark = remark_of(header)
    return (remark, _MULTIPLES[remark]) if remark in _MULTIPLES else ("", 1)


def seconds(unit: str) -> int:
    """How many seconds a unit of time has, 0 for a word that is none."""
    return _SECONDS.get(unit.casefold().rstrip("."), 0)


def order_said(header: str) -> str:
    """ymd, dmy or mdy where the header shows it, as in (dd/mm/yyyy), else ""."""
    letters = re.sub(r"[^ymdYMD]", "", remark_of(header)).lower()
    found = "".join(dict.fromkeys(letters))
    return found if found in ("ymd", "dmy", "mdy") else ""


def currencies_of(sign: str) -> tuple[str, ...]:
    """The currencies that a sign, a word or a code can mean; none where it is no such thing."""
    upper = sign.upper()
    return _SIGNS.get(upper) or ((upper,) if upper in _CODES else ())


def other_currency(header: str, field: Field, currency: str) -> bool:
    """Whether the header names a currency that is not the field's."""
    meant = currencies_of(remark_of(header))
    return bool(meant) and field.kind == "decimal" and (field.settings.get("currency") or currency) not in meant
