"""Cells: a list's rows as markup, a function for each column made once a page, since a page has hundreds of cells.

Within this file a cell is a plain str that is markup already; joining Markup would escape each piece again, which costs more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from flask_babel import gettext
from markupsafe import Markup, escape

from kartotek.kinds.calendar import read_instant
from kartotek.kinds.instant import zone_of
from kartotek.kinds.languages import month_day_text, time_text
from kartotek.kinds.registry import kind_of
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.web.current import engine
from kartotek.web.partly import may_be_partly_shown, partly
from kartotek.web.shown import FILES, show, text_of, titles_of
from kartotek.web.states import state_of

Record = Mapping[str, Any]
Cell = Callable[[Record], str]
Badge = Callable[[Any, str], Markup]
META = "meta."
_LONGEST = 200
_SHORT = 40  # characters that need no room of their own
_NOTHING = '<span class="k-nothing">—</span>'
_NUMBERS = frozenset({"integer", "number", "decimal", "duration"})
_TIMES = frozenset({"date", "instant", "time", "monthday"})
_DRAWN = frozenset({"choice", "choices", "boolean", "color", "rating"})  # few values, each drawn once a page
_SCHEMES = {"phone": "tel:", "email": "mailto:"}


def row_drawer(record_type: RecordType, columns: Sequence[Field], language: str, *, trash: bool, picks: bool, badge: Badge) -> Callable[[Record], Markup]:
    """A function that draws the cells of a record, the first of them as the way to it; `badge` draws a state."""
    first = _first(record_type, columns[0] if columns else None, language, "?trash=1" if trash else "")
    opening = _head(columns[0], language, is_first=True) if columns else '<td class="k-first">'
    rest = [(_head(one, language), _cell(record_type, one, language, badge)) for one in columns[1:]]

    def draw(record: Record) -> Markup:
        parts = [_pick(record)] if picks else []
        parts += (opening, first(record))
        for head, cell in rest:
            parts += ("</td>", head, cell(record))
        return Markup("".join(parts) + "</td>")

    return draw


def _pick(record: Record) -> str:
    return (
        '<td class="k-pick"><label class="k-pick-label"><input class="form-check-input" type="checkbox" name="id"'
        f' value="{record["id"]}.{record["version"]}" form="picked" aria-label="{escape(record["title"])}"></label></td>'
    )


def _head(field: Field, language: str, *, is_first: bool = False) -> str:
    classes = ["k-first"] * is_first + ["k-right"] * (field.kind in _NUMBERS) + ["k-time"] * (field.kind in _TIMES)
    named = f' class="{" ".join(classes)}"' if classes else ""
    return f'<td data-label="{escape(field.label(language))}"{named}>'


def _value(field: Field) -> Callable[[Record], Any]:
    """The value of a column, the system's too."""
    name = field.name
    if name.startswith(META):
        key = name.removeprefix(META)
        return lambda record: record.get(key)
    return lambda record: record["fields"].get(name)


def _first(record_type: RecordType, field: Field | None, language: str, tail: str) -> Cell:
    begin = f'<a class="k-row-link" href="/r/{record_type.name}/'
    value = _value(field) if field is not None else lambda _: None

    def draw(record: Record) -> str:
        wire = value(record)
        line = _line(field, wire, record, language) if field is not None and wire is not None else _mask(field, record)
        return f'{begin}{record["id"]}{tail}">{escape(line or record["title"])}</a>'

    return draw


def _mask(field: Field | None, record: Record) -> str:
    """The plain text of a mask; the cell that leads to the record has no room for more."""
    return str(record.get("masked", {}).get(field.name, "")) if field is not None else ""


def _line(field: Field, wire: Any, record: Record, language: str) -> str:
    """The text of the cell that is the way to the record; "" where it has none."""
    if field.reference is None:
        return _cut(text_of(field, wire, language))
    titles = record.get("titles", {}).get(field.name, {})
    return ", ".join(str(titles[str(one)]) for one in (wire if isinstance(wire, list) else [wire]) if str(one) in titles)


def _cell(record_type: RecordType, field: Field, language: str, badge: Badge) -> Cell:
    whole = _whole_cell(record_type, field, language, badge)
    return (lambda record: partly(field, record) or whole(record)) if may_be_partly_shown(record_type, field) else whole


def _whole_cell(record_type: RecordType, field: Field, language: str, badge: Badge) -> Cell:
    value = _value(field)
    if field.is_state or field.name == f"{META}state":
        return _remembered(lambda record: record.get("state"), lambda record: str(badge(state_of(record_type, record), language)))
    if field.reference is not None and field.kind != "references":
        return _reference(field)
    if field.kind in _DRAWN:
        return _remembered(lambda record: _key(value(record)), lambda record: show(field, value(record), language))
    if field.kind in FILES or field.kind in ("references", "url"):
        return lambda record: show(field, value(record), language, titles_of(field, record)) if value(record) else _NOTHING
    if field.kind == "instant":
        return _instant(field, language)
    return _contact(field, language) if field.kind in _SCHEMES else _text(field, language)


def _instant(field: Field, language: str) -> Cell:
    """Of this year without the year: a list has little room."""
    value, text, zone = _value(field), kind_of(field).text, zone_of(field)
    year = engine().clock().astimezone(zone).year

    def draw(record: Record) -> str:
        wire = value(record)
        if wire is None:
            return _NOTHING
        instant = read_instant(wire) if wire.startswith((str(year), str(year - 1), str(year + 1))) else None
        local = instant.astimezone(zone) if instant is not None else None
        is_near = local is not None and local.year == year
        said = f"{month_day_text(local.date(), language)} {time_text(local.time(), language)}" if local and is_near else text(field, wire, language)
        return f'<time datetime="{escape(wire)}">{escape(said)}</time>'

    return draw


def _text(field: Field, language: str) -> Cell:
    value, text = _value(field), kind_of(field).text

    def draw(record: Record) -> str:
        wire = value(record)
        if wire is None or wire == "":
            return _NOTHING
        said = text(field, wire, language)
        return escape(said) if len(said) <= _SHORT else f'<div class="k-long">{escape(_cut(said))}</div>'

    return draw


def _contact(field: Field, language: str) -> Cell:
    value, text, scheme = _value(field), kind_of(field).text, _SCHEMES[field.kind]

    def draw(record: Record) -> str:
        wire = value(record)
        if not wire:
            return _NOTHING
        return f'<a class="k-above k-number" href="{scheme}{quote(wire, safe="+@")}">{escape(text(field, wire, language))}</a>'

    return draw


def _reference(field: Field) -> Cell:
    assert field.reference is not None
    value, name, is_user = _value(field), field.name, field.reference.target == "user"
    begin = f'<a class="k-above" href="/r/{field.reference.target}/'
    hidden = f'<span class="text-secondary">{escape(gettext("not visible"))}</span>'

    def draw(record: Record) -> str:
        wire = value(record)
        if wire is None:
            return _NOTHING
        title = record.get("titles", {}).get(name, {}).get(str(wire))
        if title is None:
            return hidden
        return escape(title) if is_user else f'{begin}{wire}">{escape(title)}</a>'

    return draw


def _remembered(key: Callable[[Record], Any], draw: Cell) -> Cell:
    known: dict[Any, str] = {None: _NOTHING}

    def remembered(record: Record) -> str:
        value = key(record)
        if value not in known:
            known[value] = draw(record)
        return known[value]

    return remembered


def _key(wire: Any) -> Any:
    """What tells values apart: true is not 1, though Python thinks so."""
    if wire is None or wire == []:
        return None
    return tuple(map(_key, wire)) if isinstance(wire, list) else (type(wire), wire)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
