"""Filters: the panel in which a condition is put together, step by step, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_babel import gettext

from kartotek.errors import NotFound
from kartotek.kinds.address import text_of_wire
from kartotek.kinds.calendar import read_date
from kartotek.kinds.kind import Refused
from kartotek.kinds.registry import kind_of
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.conditions import MOST_DAYS, read_name, text_of_values, values_of, written_name, written_path
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.query import Condition
from kartotek.web import languages
from kartotek.web.chips import chosen_titles
from kartotek.web.list_address import OURS, Asked, asked
from kartotek.web.list_operators import Way, periods, ways
from kartotek.web.list_places import Spot, find_inside, find_spot, offered
from kartotek.web.page import is_partial, page
from kartotek.web.sights import sight_of
from kartotek.web.visitor import actor

_PLAIN = frozenset({"contains", "startsWith"})
_EMPTY = {"is_empty": "true", "is_set": "false"}
_NUMBERS = frozenset({"integer", "number", "decimal", "rating"})
_DAYS = frozenset({"date", "instant"})


def panel(type_name: str) -> str:
    """`/r/<type>/filter`: which field, or with `~path` the condition on one. A dialog for htmx, else a page."""
    visitor = actor()
    sight = sight_of(visitor, type_name)
    wanted = asked(request.args)
    values = _shared(sight.type, wanted)
    if request.args.get("~path"):
        values |= _condition_values(visitor, type_name, wanted)
    else:
        values |= _field_values(visitor, type_name)
    return page("list_filter.html" if is_partial() else "list_panel.html", part="list_filter.html", **values)


def added(visitor: Actor, type_name: str, wanted: Asked) -> tuple[Asked, str]:
    """The list with the condition that the panel's form says, and what is wrong with it, "" for nothing."""
    spot = _spot(visitor, type_name)
    name = request.args.get("~operator", "")
    way = next((one for one in ways(spot.field) if one.name == name), None)
    if way is None:
        return wanted, gettext("Choose how to filter.")
    operator: Any = "empty" if way.name in _EMPTY else way.name
    try:
        made = Condition(spot.path, operator, _text(spot.field, way))
    except Refused as refused:
        return wanted, " ".join(languages.sentence(one) for one in refused.problems) or gettext("Give a value.")
    names = {request.args.get("~was", ""), written_name(made, OURS)}
    others = tuple(one for one in wanted.conditions if written_name(one, OURS) not in names)
    return asked_with(wanted, (*others, made)), ""


def asked_with(wanted: Asked, conditions: Sequence[Condition]) -> Asked:
    """The same list, from its first page, under these conditions."""
    return Asked(
        search=wanted.search, filter=wanted.filter, conditions=tuple(conditions), broken=wanted.broken, sort=wanted.sort,
        columns=wanted.columns, trash=wanted.trash,
    )


def refused_panel(type_name: str, wanted: Asked, problem: str) -> str:
    """The panel again, with what was typed and what is wrong."""
    visitor = actor()
    values = {**_shared(sight_of(visitor, type_name).type, wanted), **_condition_values(visitor, type_name, wanted), "problem": problem}
    return page("list_filter.html" if is_partial() else "list_panel.html", part="list_filter.html", **values)


def _shared(record_type: RecordType, wanted: Asked) -> dict[str, Any]:
    kept = [one for one in wanted.pairs() if one[0] not in ("cursor", "back")]
    return {
        "type": record_type, "asked": wanted, "kept": kept,
        "step_to": lambda name, value: f"/r/{record_type.name}/filter?{urlencode([*kept, (name, value)])}",
    }  # fmt: skip


def _field_values(visitor: Actor, type_name: str) -> dict[str, Any]:
    path = _path(request.args.get("~in", ""))
    inside = find_inside(visitor, type_name, path)
    if inside is None:
        raise NotFound("There is no such field.")
    return {
        "groups": offered(visitor, inside, visitor.language), "inside": " › ".join(inside.titles), "above": _above(path), "path_text": lambda spot: written_path(spot.path, OURS),
        "spot": None,
    }  # fmt: skip


def _condition_values(visitor: Actor, type_name: str, wanted: Asked) -> dict[str, Any]:
    """What is typed already, or else what the condition says that is to be changed."""
    spot = _spot(visitor, type_name)
    was = next((one for one in wanted.conditions if written_name(one, OURS) == request.args.get("~was")), None)
    typed = {name: request.args.getlist(name) for name in ("~one", "~first", "~last", "~many", "~period", "~days")}
    chosen = request.args.get("~operator", "")
    if was is not None and not chosen:
        chosen, typed = _typed(spot.field, was)
    return {
        "spot": spot, "path": written_path(spot.path, OURS), "ways": ways(spot.field), "chosen": chosen, "typed": typed, "problem": "",
        "was": request.args.get("~was", ""), "periods": periods(), "input": _input(spot.field), "above": _above(spot.path),
        "options": _options(visitor, spot, typed["~many"]), "is_picker": spot.field is not None and _is_picker(spot.field), "most_days": MOST_DAYS,
    }  # fmt: skip


def _above(path: Sequence[str]) -> str:
    """Where the field of the path was chosen."""
    return written_path(path[: -2 if "meta" in path[-2:-1] else -1], OURS)


def _typed(field: Field | None, was: Condition) -> tuple[str, dict[str, list[str]]]:
    """The way and the strings of the controls for a condition there is."""
    typed: dict[str, list[str]] = {name: [] for name in ("~one", "~first", "~last", "~many", "~period", "~days")}
    if was.operator == "empty":
        return ("is_empty" if was.text == "true" else "is_set"), typed
    values = values_of(was.text)
    if was.operator == "between" and len(values) == 2:
        typed |= {"~first": values[:1], "~last": values[1:]}
    elif was.operator in ("relative", "anniversary"):
        step, _, days = was.text.partition("-")
        number = days.removesuffix("-days")
        typed |= {"~period": [f"{step}-days"], "~days": [number]} if number.isdigit() else {"~period": [was.text]}
    else:
        typed |= {"~many": values, "~one": [was.text]}
    return was.operator if was.operator != "eq" or field is None or field.reference is None else "in", typed


def _input(field: Field | None) -> tuple[str, str]:
    """(type, input mode) of the control for one value."""
    kind = field.kind if field is not None else ""
    if kind in _DAYS:
        return "date", ""
    return ("time", "") if kind == "time" else ("text", "decimal" if kind in _NUMBERS else "")


def _is_picker(field: Field) -> bool:
    return field.reference is not None and field.reference.target != "user"


def _options(visitor: Actor, spot: Spot, chosen: Sequence[str]) -> list[tuple[str, str, bool]]:
    """(value, title, whether it is chosen) of the values there are, or for a picker of those that are chosen."""
    field = spot.field
    if field is None:
        return []
    if field.kind == "boolean":
        found = [("true", gettext("Yes")), ("false", gettext("No"))]
    elif field.reference is not None:
        found = chosen_titles(visitor, field, chosen)
    else:
        texts = [(text_of_wire(field, one.value), one.value) for one in field.options]
        found = [(text, kind_of(field).text(field, [wire] if field.kind == "choices" else wire, visitor.language)) for text, wire in texts]
    return [(value, title, value in chosen) for value, title in found]


def _spot(visitor: Actor, type_name: str) -> Spot:
    found = find_spot(visitor, type_name, _path(request.args.get("~path", "")))
    if found is None:
        raise NotFound("There is no such field.")
    return found


def _path(text: str) -> tuple[str, ...]:
    found = read_name(text)
    return found[0] if found is not None else ()


def _text(field: Field | None, way: Way) -> str:
    """The text of the condition. Raises Refused, without a problem where nothing was given."""
    args = request.args
    if way.shape == "none" or field is None:
        return _EMPTY[way.name]
    if way.shape == "period":
        return _period(args.get("~period", ""), args.get("~days", "").strip())
    if way.shape == "two":
        ends = [_one(field, text) if text else "" for text in (args.get("~first", "").strip(), args.get("~last", "").strip())]
        return text_of_values(ends) if any(ends) else _nothing()
    if way.shape == "many":
        chosen = [one for one in args.getlist("~many") if one != ""]
        return text_of_values(chosen) if chosen else _nothing()
    text = args.get("~one", "").strip()
    return (text if way.name in _PLAIN else _one(field, text)) if text else _nothing()


def _period(name: str, days: str) -> str:
    if name not in ("last-days", "next-days"):
        return name or _nothing()
    if not (days.isascii() and days.isdigit()) or not 1 <= int(days[:6]) <= MOST_DAYS:
        _nothing()
    return f"{name.removesuffix('-days')}-{int(days)}-days"


def _one(field: Field, text: str) -> str:
    """One value as it stands in the address; a day of an instant stays a day."""
    if field.kind == "instant" and read_date(text):
        return text
    wire = kind_of(field).from_form(field, [text], actor().language)
    if wire is MISSING:
        _nothing()
    kind_of(field).parse(field)(wire)
    return text_of_wire(field, wire)


def _nothing() -> Any:
    raise Refused
