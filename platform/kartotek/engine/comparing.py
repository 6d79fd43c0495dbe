"""Comparing: an operator and the text beside it as the source of a condition; what is relative becomes constant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from kartotek.engine.compiled import type_of
from kartotek.engine.places import Place
from kartotek.formula import quote
from kartotek.kinds.address import wire_of_text
from kartotek.kinds.calendar import read_date
from kartotek.kinds.registry import kind_of
from kartotek.model.conditions import values_of
from kartotek.model.field import Field
from kartotek.rules.relative import anniversaries, period, start_of

_SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_EMPTY = {"true": "!isSet({})", "false": "isSet({})"}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Today:
    """What relative conditions are relative to, at the site."""

    date: date
    zone: tzinfo


def operators_of(place: Place) -> tuple[str, ...]:
    """The operators that make sense there."""
    return kind_of(place.field).operators(place.field) if place.field is not None else ("empty",)


def comparison(place: Place, operator: str, text: str, today: Today) -> str:
    """The source of the condition. Raises ValueError or Refused where the text is no value of the field."""
    return f"{place.before}{_compared(place, operator, text, today)}{place.after}"


def _compared(place: Place, operator: str, text: str, today: Today) -> str:
    source = place.source
    if operator == "empty":
        if text not in _EMPTY:
            raise ValueError(text)
        return _EMPTY[text].format(source)
    assert place.field is not None
    if operator == "anniversary":
        return _anniversary(source, place.field, anniversaries(text, today.date))
    if place.field.kind == "instant":
        return _Instants(source, place.field, today).compared(operator, text)
    literal = _literal(place.field)
    if operator == "relative":
        return _within(source, *map(quote, period(text, today.date)))
    if operator == "between":
        return _within(source, *(literal(one) if one else "" for one in _ends(text)))
    if operator in ("in", "notIn", "all"):
        return _among(source, place.field, operator, [literal(one) for one in values_of(text)])
    if operator == "contains" and not _is_list(place.field):
        return f"lower({source}).contains(lower({quote(text)}))"
    if operator == "contains":
        return f"{literal(text)} in {source}"
    if operator == "startsWith":
        return f"{source}.startsWith({quote(text)})"
    return f"{source} {_SIGNS.get(operator, '!=' if operator == 'ne' else '==')} {literal(text)}"


def _among(source: str, field: Field, operator: str, literals: list[str]) -> str:
    """Nothing is none of any values, and so notIn holds for it; `ne` says the same of one value."""
    if _is_list(field):
        joined = (" && " if operator == "all" else " || ").join(f"{one} in {source}" for one in literals)
    else:
        joined = f"{source} in [{', '.join(literals)}]"
    return f"(!isSet({source}) || !({joined}))" if operator == "notIn" else f"({joined})"


def _within(source: str, first: str, last: str, below: str = "<=") -> str:
    """From the first to the last; an end that is "" is open."""
    ends = [f"{source} >= {first}"] * bool(first) + [f"{source} {below} {last}"] * bool(last)
    if not ends:
        raise ValueError("both ends are open")
    return f"({' && '.join(ends)})"


def _ends(text: str) -> tuple[str, str]:
    first, last = values_of(text)
    return first, last


def _anniversary(source: str, field: Field, days: tuple[str, str] | None) -> str:
    if days is None:
        return f"isSet({source})"
    value = f"monthDay({source})" if field.kind == "date" else source
    first, last = map(quote, days)
    return f"({value} >= {first} {'&&' if days[0] <= days[1] else '||'} {value} <= {last})"


@dataclass(frozen=True, slots=True)
class _Instants:
    """Conditions on an instant; where a day stands for one, the whole day in the site's zone is meant."""

    source: str
    field: Field
    today: Today

    def compared(self, operator: str, text: str) -> str:
        try:
            return self._compared(operator, text)
        except OverflowError as exc:
            raise ValueError(text) from exc

    def _compared(self, operator: str, text: str) -> str:
        if operator == "relative":
            return self._whole(*(one.isoformat() for one in period(text, self.today.date)))
        if operator == "between":
            return self._whole(*_ends(text))
        if operator in ("eq", "in"):
            return f"({' || '.join(self._whole(one, one) for one in self._several(operator, text))})"
        if operator in ("ne", "notIn"):
            ways = " || ".join(self._whole(one, one) for one in self._several(operator, text))
            return f"(!isSet({self.source}) || !({ways}))"
        if operator in ("lt", "gte"):
            return f"{self.source} {_SIGNS[operator]} {self._start(text)}"
        below, last = self._end(text)
        return f"{self.source} {below if operator == 'lte' else '>=' if below == '<' else '>'} {last}"

    def _several(self, operator: str, text: str) -> list[str]:
        return values_of(text) if operator in ("in", "notIn") else [text]

    def _whole(self, first: str, last: str) -> str:
        below, end = self._end(last) if last else ("<=", "")
        return _within(self.source, self._start(first) if first else "", end, below)

    def _start(self, text: str) -> str:
        day = read_date(text)
        return quote(start_of(day, self.today.zone)) if day else _literal(self.field)(text)

    def _end(self, text: str) -> tuple[str, str]:
        """The sign of what is not after it, and the literal beside the sign."""
        day = read_date(text)
        return ("<", quote(start_of(day + _DAY, self.today.zone))) if day else ("<=", _literal(self.field)(text))


def _literal(field: Field) -> Callable[[str], str]:
    parse = kind_of(field).parse(field)

    def literal(text: str) -> str:
        wire = wire_of_text(field, text)
        return quote(wire if field.reference is not None or field.options else parse(wire))

    return literal


def _is_list(field: Field) -> bool:
    return type_of(field).name == "list"
