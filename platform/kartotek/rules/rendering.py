"""Rendering: the pieces of a message's text as the text that one person reads. Pure: values come through a setting."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.formula.python import compile_python
from kartotek.kinds.languages import (
    boolean_text,
    date_text,
    date_time_text,
    decimal_text,
    duration_text,
    number_text,
    time_text,
)
from kartotek.model.formula import Formula, Type
from kartotek.model.process import Each, LinkTo, Piece, Placeholder, Text, When
from kartotek.rules.setting import Setting

# A repeated text ends after so many elements: a message is read by a person.
MOST_REPEATED = 1000
LONGEST = 50_000
Said = Callable[[Formula, Any], str | None]


def _unsaid(formula: Formula, value: Any) -> None:
    """No value has words of its own."""


def _no_link(name: str) -> str:
    """No personal link is in force."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How values are written: for a language, a site's zone and currency.

    `said` gives the words that a declaration has for a value, such as a choice's title; `link` the address of the
    personal link of a name, "" for none.
    """

    language: str
    zone: str
    currency: str = ""
    said: Said = field(default=_unsaid)
    link: Callable[[str], str] = field(default=_no_link)


def rendered(pieces: Iterable[Piece], setting: Setting, manner: Manner) -> str:
    """The text. What is unknown is left out; a condition that is unknown does not hold."""
    return "".join(_parts(pieces, setting, manner))[:LONGEST]


def chosen(texts: Text, languages: Iterable[str]) -> tuple[str, tuple[Piece, ...]]:
    """(language, pieces) of the first language that the text is in, or of its own first; ("", ()) of no text at all."""
    for language in languages:
        for tag in (language, language.split("-")[0]):
            if tag in texts:
                return tag, texts[tag]
    return next(iter(texts.items()), ("", ()))


def _parts(pieces: Iterable[Piece], setting: Setting, manner: Manner) -> Iterable[str]:
    for piece in pieces:
        match piece:
            case str():
                yield piece
            case Placeholder():
                yield _written(piece, _value(piece.formula, setting), manner)
            case LinkTo():
                yield manner.link(piece.name)
            case When():
                holds = _value(piece.formula, setting) is True
                yield from _parts(piece.then if holds else piece.otherwise, setting, manner)
            case Each():
                for item in tuple(_value(piece.formula, setting) or ())[:MOST_REPEATED]:
                    yield from _parts(piece.pieces, setting.also(item=item), manner)


def _value(formula: Formula, setting: Setting) -> Any:
    return compile_python(formula)(setting.env, setting.related)


def _written(piece: Placeholder, value: Any, manner: Manner) -> str:
    if value is None:
        return ""
    said = manner.said(piece.formula, value) if not piece.style else None
    return said if said is not None else styled(value, piece.formula.type, piece.style, manner)


def styled(value: Any, type: Type, style: str, manner: Manner) -> str:
    """A value of a formula's type as text, in the style asked for or else in the one of its type."""
    if style == "money":
        currency = type.currency or manner.currency
        return decimal_text(Decimal(value), manner.language, scale=type.scale, currency=currency)
    if isinstance(value, datetime):
        local = value.astimezone(ZoneInfo(manner.zone))
        return _MOMENTS.get(style, date_time_text)(local, manner.language)
    written = _WRITERS.get(type.name)
    return written(value, type, manner.language) if written else str(value)


_MOMENTS: Mapping[str, Callable[[datetime, str], str]] = {
    "date": lambda local, language: date_text(local.date(), language),
    "time": lambda local, language: time_text(local.time().replace(second=0, microsecond=0), language),
}


def _decimal(value: Decimal | int, type: Type, language: str) -> str:
    return decimal_text(value, language, scale=type.scale)


def _number(value: float, type: Type, language: str) -> str:
    return number_text(float(value), language)


def _date(value: date, type: Type, language: str) -> str:
    return date_text(value, language)


def _time(value: time, type: Type, language: str) -> str:
    return time_text(value, language)


def _duration(value: timedelta, type: Type, language: str) -> str:
    return duration_text(value, language)


def _boolean(value: bool, type: Type, language: str) -> str:
    return boolean_text(value, language)


_WRITERS: Mapping[str, Callable[[Any, Type, str], str]] = {
    "int": _decimal, "decimal": _decimal, "number": _number, "date": _date, "time": _time, "duration": _duration,
    "bool": _boolean,
}
