"""Alternatives: what is free instead of a time that is taken, as buttons that put it into the form that was sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from flask import request

from kartotek.errors import KartotekError
from kartotek.kinds.languages import date_time_text, time_text
from kartotek.kinds.registry import kind_of
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.problem import Problem, pointer
from kartotek.model.process import Occupancy
from kartotek.web.current import engine
from kartotek.web.shown import text_of

USE = "~use"
_CODE = "occupied"
_MOST_FILLED = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """`value` are the controls it fills, "" where none of them stands in the form: then it is only told."""

    time: str
    keys: str
    value: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where in a form the values of one occupancy stand; `prefix` is the path of the row, if rows occupy."""

    visitor: Actor
    type: RecordType
    occupancy: Occupancy
    prefix: str
    names: frozenset[str]

    def field(self, name: str) -> tuple[Field | None, str]:
        """A field of the row, or else of the record, and the path of its control."""
        rows = self.type.by_name.get(self.occupancy.rows)
        for member in rows.fields if rows else ():
            if member.name == name:
                return member, self.prefix + pointer(name)
        return self.type.by_name.get(name), pointer(name)

    def fills(self, path: str, field: Field) -> bool:
        """Whether the form has a control for it."""
        top = path.split("/")[1].replace("~1", "/").replace("~0", "~")
        return top in self.names and not (field.read_only or field.is_derived)


def offers(visitor: Actor, record_type: RecordType, refused: KartotekError, names: frozenset[str]) -> list[Offer]:
    """The alternatives that a refusal for an occupied time carries; `names` are the fields that can be filled in here."""
    taken = next((one for one in refused.problems if one.code == _CODE), None)
    free: Sequence[Mapping[str, Any]] = refused.params.get("alternatives") or ()
    occupancy = _occupancy(record_type, taken)
    if taken is None or occupancy is None or not free:
        return []
    asked = _Asked(visitor, record_type, occupancy, _row(taken.path), names)
    titles = {name: _titles(asked, name, free) for name in {name for one in free for name in one["keys"]}}
    return [_offer(asked, one, titles) for one in sorted(free, key=lambda one: str(one["start"]))]


def used(strings: dict[str, list[str]], names: frozenset[str]) -> bool:
    """Puts a chosen alternative into the form that was sent; whether there was one."""
    if not (chosen := request.form.get(USE)):
        return False
    given: dict[str, list[str]] = {}
    for path, text in parse_qsl(chosen)[:_MOST_FILLED]:
        if path.startswith("/") and path.split("/")[1].replace("~1", "/").replace("~0", "~") in names:
            given.setdefault(path, []).append(text)
    strings.update(given)
    return True


def _occupancy(record_type: RecordType, taken: Problem | None) -> Occupancy | None:
    name = taken.params.get("name") if taken else None
    return next((one for one in record_type.occupancy if one.name == name), None)


def _row(path: str) -> str:
    """"/fields/lines/0/staff" → "/lines/0"; "" where the key stands in the record itself."""
    parts = path.removeprefix("/fields").split("/")
    return "/".join(parts[:3]) if len(parts) >= 4 else ""


def _titles(asked: _Asked, name: str, free: Iterable[Mapping[str, Any]]) -> Mapping[int, str]:
    field, _ = asked.field(name)
    if field is None or field.reference is None:
        return {}
    ids = {id for one in free for id in _several(one["keys"].get(name))}
    return engine().title(asked.visitor, field.reference.target, sorted(ids))


def _offer(asked: _Asked, one: Mapping[str, Any], titles: Mapping[str, Mapping[int, str]]) -> Offer:
    values = {asked.occupancy.start: one["start"], asked.occupancy.end: one["end"], **one["keys"]}
    filled: list[tuple[str, str]] = []
    for name, wire in values.items():
        field, path = asked.field(name)
        if field is not None and asked.fills(path, field):
            shape = list(_several(wire)) if field.kind == "references" else wire
            filled += [(path, text) for text in kind_of(field).to_form(field, shape, asked.visitor.language)]
    keys = [titles[name].get(id, "…") if titles[name] else str(id) for name, wire in one["keys"].items() for id in _several(wire)]
    return Offer(_time(asked, one), ", ".join(keys), urlencode(filled))


def _time(asked: _Asked, one: Mapping[str, Any]) -> str:
    """"22 Nov 2026 10:00 – 11:00": a day is not said twice."""
    language = asked.visitor.language
    field, _ = asked.field(asked.occupancy.start)
    if field is None or field.kind != "instant":
        return " – ".join(dict.fromkeys(text_of(field, one[side], language) if field else str(one[side]) for side in ("start", "end")))
    zone = ZoneInfo(engine().catalog().settings.timezone)
    start, end = (datetime.fromisoformat(one[side]).astimezone(zone) for side in ("start", "end"))
    until = time_text(end.time(), language) if start.date() == end.date() else date_time_text(end, language)
    return f"{date_time_text(start, language)} – {until}"


def _several(wire: Any) -> Sequence[Any]:
    return () if wire is None else wire if isinstance(wire, list) else (wire,)
