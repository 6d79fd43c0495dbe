"""Numbers as people write them: signs between groups, decimal commas, brackets, percent, 万, signs of currencies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from kartotek.kinds.kind import refuse
from kartotek.sheets.cells import Cell, plain
from kartotek.sheets.units import currencies_of

_LONGEST = 100
_SPACES = re.compile(r"(?<=\d)[ '_](?=\d{3}(?!\d))")
_SCALES = {"万": 10_000, "亿": 100_000_000, "万亿": 10**12}
_SHAPE = re.compile(r"(?P<open>\()?(?P<before>[+-]?)(?P<money>[^\d+\-.,()%]*?) ?(?P<sign>[+-]?) ?(?P<digits>\d[\d.,]*|[.,]\d+)"
                    r" ?(?P<scale>万亿|万|亿)? ?(?P<unit>[^\d+\-.,()%]*?)(?P<percent> ?%)? ?(?P<after>-)?(?P<close>\))?")  # fmt: skip
_EXPONENT = re.compile(r"[+-]?\d+(?:\.\d+)?[eE][+-]?\d{1,3}")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_GROUPED = {sign: re.compile(rf"\d{{1,3}}(?:{re.escape(sign)}\d{{3}})+", re.ASCII) for sign in ".,"}
_FIFTEEN = 15


@dataclass(frozen=True, slots=True)
class Signs:
    """The decimal sign of a column, "" where a cell that needs it must be refused; `rule` says how it was decided."""

    decimal: str
    rule: str = ""
    count: int = 0
    of: int = 0


def decide_signs(texts: Iterable[str], *, asked: bool | None, usual: str) -> Signs:
    """The decimal sign that a column's numbers show, as asked for, or the usual one where none shows it."""
    if asked is not None:
        return Signs("," if asked else ".", "decimal_given")
    points = commas = numbers = 0
    for text in texts:
        digits = _digits(text)
        numbers += digits != ""
        sign = _evident(digits)
        points, commas = points + (sign == "."), commas + (sign == ",")
    if points and commas:
        return Signs("")
    if points or commas:
        return Signs("." if points else ",", "decimal_point" if points else "decimal_comma", points + commas, numbers)
    return Signs(usual, "decimal_usual")


def _digits(text: str) -> str:
    found = _SHAPE.fullmatch(_SPACES.sub("", plain(text))) if len(text) <= _LONGEST else None
    return found["digits"] if found else ""


def _evident(digits: str) -> str:
    """The decimal sign that this text allows alone, or ""."""
    last = max(digits.rfind("."), digits.rfind(","))
    if last < 0:
        return ""
    sign = digits[last]
    other = "," if sign == "." else "."
    if other in digits:
        return sign
    if _GROUPED[sign].fullmatch(digits):
        return other if digits.count(sign) > 1 else ""
    return sign


@dataclass(frozen=True, slots=True)
class Read:
    """A number with the sign or word of a currency that stood beside it."""

    number: Decimal
    money: str = ""


def read_number(cell: Cell, signs: Signs, said: list[str], *, whole: bool = False) -> Read | None:
    """The number of a cell, or None where it is none. Raises Refused where its signs allow two readings.

    In a `whole` number a single sign before three digits separates groups.
    """
    if isinstance(cell, int | float):
        return Read(Decimal(cell) if isinstance(cell, int) or cell.is_integer() else Decimal(repr(cell)))
    if not isinstance(cell, str) or len(cell) > _LONGEST:
        return None
    if _PLAIN.fullmatch(cell) and ("." not in cell or (signs.decimal == "." and not whole)):
        return Read(Decimal(cell))
    text = plain(cell).replace("\u2212", "-").replace("\u2013", "-")
    if text != cell.strip():
        said.append("wide")
    if _EXPONENT.fullmatch(text):
        return Read(Decimal(text))
    found = _SHAPE.fullmatch(_ungrouped(text, said))
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    return _evaluated(found, signs, said, whole)


def _ungrouped(text: str, said: list[str]) -> str:
    bare = _SPACES.sub("", text)
    if bare != text:
        said.append("groups")
    return bare


def _evaluated(found: re.Match[str], signs: Signs, said: list[str], whole: bool) -> Read | None:
    number = _number(found["digits"], signs, said, whole)
    money = [one.strip() for one in (found["money"], found["unit"]) if one.strip()]
    minuses = [one for one in (found["open"], found["before"], found["sign"], found["after"]) if one]
    if number is None or len(money) > 1 or len(minuses) > 1 or (money and not currencies_of(money[0])):
        return None
    if found["scale"]:
        said.append("ten_thousands")
        number = times(number, _SCALES[found["scale"]])
    if found["percent"]:
        said.append("percent")
        number = number.scaleb(-2)
    if found["open"] or found["after"]:
        said.append("bracketed_negative")
    return Read(-number if minuses and minuses[0] != "+" else number, money[0] if money else "")


def _number(digits: str, signs: Signs, said: list[str], whole: bool) -> Decimal | None:
    sign = _evident(digits)
    ambiguous = not sign and ("." in digits or "," in digits)
    if ambiguous:
        lone = "." if "." in digits else ","
        sign = ("," if lone == "." else ".") if whole else signs.decimal
        if not sign:
            refuse("ambiguous_number", first=digits.replace(lone, ""), second=digits.replace(lone, "."))
        said += [] if whole else ["decimal"]
    elif sign and not whole and signs.decimal not in ("", sign):
        return None
    elif sign == ",":
        said.append("decimal")
    groups = "," if sign == "." else "."
    whole_part, _, fraction = digits.partition(sign) if sign else (digits, "", "")
    if groups in whole_part:
        if not _GROUPED[groups].fullmatch(whole_part):
            return None
        said.append("groups")
    bare = whole_part.replace(groups, "")
    return (
        Decimal(f"{bare or 0}.{fraction}" if fraction else bare or "0")
        if fraction.isdecimal() or not fraction
        else None
    )


def times(number: Decimal, factor: int) -> Decimal:
    """The product, without idle noughts behind the point."""
    product = number * factor
    return product.quantize(Decimal(1)) if product == product.to_integral_value() else product


def vouched(number: Decimal) -> Decimal:
    """The number with the fifteen digits that a spreadsheet vouches for."""
    return Decimal(f"{float(number):.{_FIFTEEN}g}")
