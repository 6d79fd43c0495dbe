"""Export cells: a record's wire as the cells of a table, in the form that an import reads back exactly."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.kinds.kind import Refused
from kartotek.model.field import Field
from kartotek.sheets.words import option_finder

Cell = Callable[[Any], Any]
# A column of this beginning is passed over by an import.
OURS = "kartotek: "


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """One column: its header, and how its cell is made of the envelope."""

    header: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Manner:
    """In which language titles are said, in which zone instants; `local` where a cell can hold no zone."""

    language: str
    zone: str
    local: bool


def columns_of(fields: Sequence[Field], manner: Manner, *, states: Mapping[str, str], bare: Collection[str] = ()) -> list[ExportColumn]:
    """The columns of these fields, each known by its title, or by its name where several have the same title.

    `bare` are links of which only the numbers may leave, not the titles of the records that they lead to.
    """
    titles = Counter(one.label(manner.language).strip().casefold() for one in fields)
    found = [ExportColumn(f"{OURS}id", lambda envelope: envelope["id"])]
    if states:
        found.append(ExportColumn(f"{OURS}state", lambda envelope: states.get(envelope.get("state") or "", envelope.get("state"))))
    for one in fields:
        title = one.label(manner.language).strip()
        header = one.name if titles[title.casefold()] > 1 or not title or title.startswith(OURS) else title
        found += _columns(one, header, manner)[: 1 if one.name in bare else None]
    return found


def _columns(field: Field, header: str, manner: Manner) -> list[ExportColumn]:
    if field.kind == "object":
        return [
            ExportColumn(f"{field.name}.{inner.name}", _member(field.name, inner.name, _cell(inner, manner)))
            for inner in field.fields
        ]
    found = [ExportColumn(header, _value(field.name, _cell(field, manner)))]
    if field.kind in ("reference", "references", "user"):
        # Numbers are exact, titles are for reading.
        found.append(ExportColumn(f"{OURS}{header}", _titles(field.name)))
    return found


def _value(name: str, cell: Cell) -> Cell:
    def made(envelope: Any) -> Any:
        wire = envelope["fields"].get(name)
        return None if wire is None else cell(wire)

    return made


def _member(outer: str, inner: str, cell: Cell) -> Cell:
    def made(envelope: Any) -> Any:
        wire = (envelope["fields"].get(outer) or {}).get(inner)
        return None if wire is None else cell(wire)

    return made


def _titles(name: str) -> Cell:
    return lambda envelope: "; ".join(envelope.get("titles", {}).get(name, {}).values()) or None


def _cell(field: Field, manner: Manner) -> Cell:
    if field.kind in ("choice", "choices"):
        return _options(field, manner.language)
    if field.kind in ("references", "files"):
        return lambda wire: "; ".join(str(one) for one in wire)
    return _CELLS.get(field.kind, _plain) if field.kind != "instant" else _instant(manner)


def _options(field: Field, language: str) -> Cell:
    find = option_finder(field)
    said = {json.dumps(one.value): _said(find, one.value, one.titles.get(language, one.title)) for one in field.options}

    def one(wire: Any) -> str:
        return said.get(json.dumps(wire)) or str(wire)

    return (lambda wire: "; ".join(map(one, wire))) if field.kind == "choices" else one


def _said(find: Callable[[Any, list[str]], Any], value: Any, title: str) -> str:
    """The title, where an import would find the value by it."""
    try:
        return title if title and find(title, []) == value and ";" not in title else str(value)
    except Refused:
        return str(value)


def _instant(manner: Manner) -> Cell:
    zone = ZoneInfo(manner.zone)

    def made(wire: str) -> Any:
        local = datetime.fromisoformat(wire.replace("Z", "+00:00")).astimezone(zone)
        return local.replace(tzinfo=None) if manner.local else local

    return made


def _plain(wire: Any) -> Any:
    return json.dumps(wire, ensure_ascii=False) if isinstance(wire, dict | list) else wire


_CELLS: Mapping[str, Cell] = {"decimal": Decimal, "date": date.fromisoformat}
