"""Cells: a list's rows as markup, a function for each column made once a page, since a page has hundreds of cells."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask_babel import gettext
from markupsafe import Markup, escape

from kartotek.kinds.registry import kind_of
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.web.shown import FILES, show, text_of, titles_of
from kartotek.web.states import state_of

Record = Mapping[str, Any]
Cell = Callable[[Record], Markup]
_LONGEST = 200
_NOTHING = Markup('<span class="k-nothing">—</span>')
_NUMBERS = frozenset({"integer", "number", "decimal", "duration"})
_TIMES = frozenset({"date", "instant", "time", "monthday"})
_SHORT = 40  # characters that need no room of their own
_SHOWN = frozenset({"choice", "choices", "boolean", "color", "rating"})  # few values, each drawn once a page
_META = "meta."


def row_drawer(record_type: RecordType, columns: Sequence[Field], language: str, *, tail: str = "", badge: Callable[[Any, str], Markup]) -> Callable[[Record], Markup]:
    """A function that draws the cells of a record, the first of them as the way to it; `tail` is the end of its address."""
    heads = [_head(field, language, is_first=not place) for place, field in enumerate(columns)]
    cells = [_cell(record_type, field, language, badge) for field in columns[1:]]
    first = _first(record_type, columns[0] if columns else None, language, tail)
    opening = heads[0] if heads else Markup('<td class="k-first">')
    rest = list(zip(heads[1:], cells, strict=True))
    end = Markup("</td>")

    def draw(record: Record) -> Markup:
        parts = [opening, first(record), end]
        for head, cell in rest:
            parts += (head, cell(record), end)
        return Markup("").join(parts)

    return draw


def wire_of(field: Field, record: Record) -> Any:
    """The value of a column, the system's too."""
    return record.get(field.name[len(_META) :]) if field.name.startswith(_META) else record["fields"].get(field.name)


def _head(field: Field, language: str, *, is_first: bool) -> Markup:
    classes = " ".join(["k-first"] * is_first + ["k-right"] * (field.kind in _NUMBERS) + ["k-time"] * (field.kind in _TIMES))
    return Markup('<td data-label="{}"{}>').format(field.label(language), Markup(' class="{}"').format(classes) if classes else "")


def _first(record_type: RecordType, field: Field | None, language: str, tail: str) -> Cell:
    begin = Markup('<a class="k-row-link" href="/r/{}/').format(record_type.name)
    middle = Markup('{}">').format(tail)

    def draw(record: Record) -> Markup:
        return begin + Markup(record["id"]) + middle + escape(_line(field, record, language)) + Markup("</a>")

    return draw


def _line(field: Field | None, record: Record, language: str) -> str:
    """The text of the cell that is the way to the record; the record's title where the field is empty."""
    wire = wire_of(field, record) if field is not None else None
    if field is None or wire is None:
        return str(record["title"])
    if field.reference is not None:
        ids = wire if isinstance(wire, list) else [wire]
        titles = record.get("titles", {}).get(field.name, {})
        return ", ".join(str(titles[str(one)]) for one in ids if str(one) in titles) or str(record["title"])
    return _cut(text_of(field, wire, language)) or str(record["title"])


def _cell(record_type: RecordType, field: Field, language: str, badge: Callable[[Any, str], Markup]) -> Cell:
    if field.is_state or field.name == f"{_META}state":
        return _remembered(lambda record: record.get("state"), lambda record: badge(state_of(record_type, record), language))
    if field.reference is not None and field.kind != "references":
        return _reference(field)
    if field.kind in _SHOWN:
        return _remembered(lambda record: _key(wire_of(field, record)), lambda record: show(field, wire_of(field, record), language))
    if field.kind in FILES or field.kind in ("references", "email", "phone", "url"):
        return lambda record: show(field, wire_of(field, record), language, titles_of(field, record))
    return _text(field, language)


def _text(field: Field, language: str) -> Cell:
    text, long = kind_of(field).text, Markup('<div class="k-long">{}</div>')

    def draw(record: Record) -> Markup:
        wire = wire_of(field, record)
        if wire is None or wire == "":
            return _NOTHING
        said = text(field, wire, language)
        return escape(said) if len(said) <= _SHORT else long.format(_cut(said))

    return draw


def _reference(field: Field) -> Cell:
    assert field.reference is not None
    is_user = field.reference.target == "user"
    begin = Markup('<a class="k-above" href="/r/{}/').format(field.reference.target)
    hidden = Markup('<span class="text-secondary">{}</span>').format(gettext("not visible"))

    def draw(record: Record) -> Markup:
        wire = wire_of(field, record)
        if wire is None:
            return _NOTHING
        title = record.get("titles", {}).get(field.name, {}).get(str(wire))
        if title is None:
            return hidden
        return escape(title) if is_user else begin + Markup(f'{wire}">') + escape(title) + Markup("</a>")

    return draw


def _remembered(key: Callable[[Record], Any], draw: Cell) -> Cell:
    known: dict[Any, Markup] = {}

    def remembered(record: Record) -> Markup:
        value = key(record)
        if value not in known:
            known[value] = _NOTHING if value is None else draw(record) or _NOTHING
        return known[value]

    return remembered


def _key(wire: Any) -> Any:
    """True is not 1, though Python thinks so."""
    return tuple(wire) if isinstance(wire, list) else (type(wire), wire) if wire is not None else None


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
