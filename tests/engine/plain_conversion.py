"""What the documentation says becomes of a value whose field becomes another sort of field, written down once more."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from tests.engine.plain_types import HOLDERS, LISTS, SCALARS, Plain

Convert = Callable[[Any], Any]
PARIS, UTC = ZoneInfo("Europe/Paris"), ZoneInfo("UTC")


class EMPTY:
    """No value: what an empty list leaves of itself. The class stands for itself, also in copies."""


_TEXTS = ("text", "longtext")
_FORMED = ("email", "time", "choice")  # stay as they are in a text
_WRITTEN = ("integer", "number", "decimal", "boolean", "date", "instant", "duration")


class Stays(Exception):
    """The value cannot go over: its new place is empty."""


def conversion(old: tuple[str, Plain], new: tuple[str, Plain]) -> Convert | None:
    """How values of the one named field go over to the other; None where it is another field. Null goes over as null."""
    (_, was), (_, one) = old, new
    if was.sort == one.sort and was.sort in ("choice", *HOLDERS):
        return _itself
    return _going(old, new)


def _going(old: tuple[str, Plain], new: tuple[str, Plain]) -> Convert | None:
    """The same for a value that goes to another place, where only an option can be the value of a choice."""
    (_, was), (_, one) = old, new
    if HOLDERS[0] in (was.sort, one.sort) or HOLDERS[1] in (was.sort, one.sort):
        return _holders(old, new)
    if was.sort in LISTS or one.sort in LISTS:
        return _lists(was, one)
    return _single(was, one)


def _itself(wire: Any) -> Any:
    return wire


def _single(old: Plain, new: Plain) -> Convert | None:
    if old.sort == "reference" or new.sort == "reference":
        return _itself if (old.sort, old.target) == (new.sort, new.target) else None
    if old.sort == new.sort != "choice" and (old.sort != "decimal" or old.scale == new.scale):
        return _itself
    if new.sort == "choice":
        return lambda wire: _one_of(_written(wire.rstrip("0").removesuffix(".") if old.sort == "decimal" else wire), new)
    if old.sort == "choice" and new.sort not in _TEXTS:
        read = _reader(new)
        return read if any(_goes(read, one) for one in old.options) else None
    if new.sort in _TEXTS:
        return _itself if old.sort in (*_TEXTS, *_FORMED) else _written
    if old.sort in _TEXTS:
        return _reader(new)
    return _PAIRS[old.sort, new.sort](old, new) if (old.sort, new.sort) in _PAIRS else None


def _lists(old: Plain, new: Plain) -> Convert | None:
    if (old.sort, old.target) == (new.sort, new.target):
        return _itself
    convert = _single(_element(old), _element(new))
    if convert is None:
        return None
    if old.sort in LISTS and new.sort in LISTS:
        return lambda wire: [convert(one) for one in wire]
    if new.sort in LISTS:
        return lambda wire: [convert(wire)]
    return lambda wire: convert(_only(wire)) if wire else EMPTY


def _element(one: Plain) -> Plain:
    sorts = {"choices": "choice", "list": "text", "references": "reference"}
    return Plain(sorts.get(one.sort, one.sort), options=one.options, target=one.target, scale=one.scale)


def _holders(old: tuple[str, Plain], new: tuple[str, Plain]) -> Convert | None:
    (name, was), (new_name, one) = old, new
    if was.sort in HOLDERS and one.sort in HOLDERS:
        return _between(was, one)
    if one.sort in HOLDERS:
        several = one.sort == "rows" and was.sort in LISTS
        single = _element(was) if several else was
        found = _member(one, (name, single), lambda member: _going((name, single), member))
        if found is None:
            return None
        place, convert = found
        if several:
            return lambda wire: [{place: convert(value)} for value in wire]
        return lambda wire: _held({place: convert(wire)}, one)
    several = was.sort == "rows" and one.sort in LISTS
    single = _element(one) if several else one
    found = _member(was, (new_name, single), lambda member: _going(member, (new_name, single)))
    if found is None:
        return None
    place, take = found
    if several:
        return lambda wire: [_alone(row, place, take) for row in wire]
    return lambda wire: _alone(_only(wire) if was.sort == "rows" else wire, place, take) if wire else EMPTY


def _held(row: Any, new: Plain) -> Any:
    """Alone in a table, or an object; of nothing nothing comes."""
    if any(one is EMPTY for one in row.values()):
        return EMPTY
    return [row] if new.sort == "rows" else row


def _member(
    holder: Plain, other: tuple[str, Plain], way: Callable[[tuple[str, Plain]], Convert | None]
) -> tuple[str, Convert] | None:
    """The member that is meant: by an alias, by its name, else the only one that takes it."""
    name = other[0]
    named = [(each, one) for each, one in holder.members.items() if name in one.aliases] or [
        (each, one) for each, one in holder.members.items() if each == name]
    fitting = named[:1] or [(each, one) for each, one in holder.members.items() if way((each, one)) is not None]
    convert = way(fitting[0]) if len(fitting) == 1 else None
    return (fitting[0][0], convert) if convert is not None else None


def _alone(row: Any, place: str, take: Convert) -> Any:
    if any(value is not None for name, value in row.items() if name != place):
        raise Stays
    return EMPTY if row.get(place) is None else take(row[place])


def _between(old: Plain, new: Plain) -> Convert | None:
    """An object becomes a row and back: members by name or alias; one that has no place keeps the value from going."""
    ways: dict[str, tuple[str, Convert]] = {}
    for name, one in new.members.items():
        was = name if name in old.members else next((each for each in one.aliases if each in old.members), "")
        convert = _going((was, old.members[was]), (name, one)) if was else None
        if convert is not None:
            ways[was] = name, convert
    if not ways:
        return None

    def go(row: Any) -> Any:
        if any(value is not None for name, value in row.items() if name not in ways):
            raise Stays
        made = {ways[name][0]: value if value is None else ways[name][1](value) for name, value in row.items() if name in ways}
        return {name: value for name, value in made.items() if value is not EMPTY}

    if new.sort == "rows":
        return lambda wire: [go(wire)]
    return lambda wire: go(_only(wire)) if wire else EMPTY


def _only(wire: Any) -> Any:
    if len(wire) != 1:
        raise Stays
    return wire[0]


def _goes(convert: Convert, wire: Any) -> bool:
    try:
        convert(wire)
    except Stays:
        return False
    return True


def _written(wire: Any) -> str:
    if isinstance(wire, bool):
        return "true" if wire else "false"
    if isinstance(wire, float) and wire.is_integer() and abs(wire) < 1e15:
        return str(int(wire))
    return repr(wire) if isinstance(wire, float) else str(wire)


def _one_of(text: str, new: Plain) -> str:
    if text not in new.options:
        raise Stays
    return text


def _reader(new: Plain) -> Convert:
    """Reads a text, spaces around it aside; only texts that the tests write are known here."""
    patterns = {
        "integer": r"[+-]?\d+", "number": r"[+-]?\d+(\.\d+)?", "decimal": r"[+-]?\d+(\.\d+)?", "boolean": "(?i:true|false)",
        "date": r"\d{4}-\d\d-\d\d", "instant": r"\d{4}-\d\d-\d\dT.*Z", "time": r"\d\d:\d\d(:\d\d)?", "duration": r"PT\d+[HM]",
        "email": r"[a-z0-9]+@[a-z.]+",
    }  # fmt: skip

    def read(wire: str) -> Any:
        text = wire.strip()
        if not re.fullmatch(patterns[new.sort], text, re.ASCII):
            raise Stays
        if new.sort in ("integer", "boolean"):
            return int(text) if new.sort == "integer" else text.lower() == "true"
        if new.sort == "number":
            return int(text) if "." not in text else float(text)
        if new.sort == "decimal":
            return _decimal(Decimal(text), new)
        return f"{text}:00" if new.sort == "time" and len(text) == 5 else text

    return read


def _decimal(value: Decimal, new: Plain) -> str:
    scaled = value.quantize(Decimal(1).scaleb(-new.scale)) if abs(value) < 10 ** (12 - new.scale) else None
    if scaled is None or scaled != value:
        raise Stays
    return str(scaled)


def _whole(value: Any) -> int:
    if value != int(value):
        raise Stays
    return int(value)


def _yes(wire: int) -> bool:
    if wire not in (0, 1):
        raise Stays
    return wire == 1


def _begins(wire: str) -> str:
    return datetime.fromisoformat(wire).replace(tzinfo=PARIS).astimezone(UTC).isoformat().replace("+00:00", "Z")


def _day(wire: str) -> str:
    here = datetime.fromisoformat(wire).astimezone(PARIS)
    if here - datetime(here.year, here.month, here.day, tzinfo=PARIS) != timedelta():
        raise Stays
    return here.date().isoformat()


_PAIRS: dict[tuple[str, str], Callable[[Plain, Plain], Convert]] = {
    ("integer", "number"): lambda old, new: _itself,
    ("integer", "decimal"): lambda old, new: lambda wire: _decimal(Decimal(wire), new),
    ("number", "integer"): lambda old, new: _whole,
    ("number", "decimal"): lambda old, new: lambda wire: _decimal(Decimal(repr(wire)), new),
    ("decimal", "integer"): lambda old, new: lambda wire: _whole(Decimal(wire)),
    ("decimal", "number"): lambda old, new: float,
    ("decimal", "decimal"): lambda old, new: lambda wire: _decimal(Decimal(wire), new),
    ("boolean", "integer"): lambda old, new: int,
    ("integer", "boolean"): lambda old, new: _yes,
    ("date", "instant"): lambda old, new: _begins,
    ("instant", "date"): lambda old, new: _day,
}
assert {one for pair in _PAIRS for one in pair} <= set(SCALARS)
