"""Chips: the conditions of a list in words, each with the address of the list without it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask_babel import gettext

from kartotek.engine.breach_names import label
from kartotek.kinds.address import wire_of_text
from kartotek.kinds.calendar import read_date
from kartotek.kinds.languages import date_text
from kartotek.model.actor import Actor
from kartotek.model.conditions import values_of, written_name, written_path
from kartotek.model.field import Field
from kartotek.model.query import Condition
from kartotek.web.breaches import ANY
from kartotek.web.current import engine
from kartotek.web.list_address import OURS, Asked
from kartotek.web.list_operators import label_of, period_text
from kartotek.web.list_places import find_spot
from kartotek.web.shown import text_of
from kartotek.web.whole import whole

_SEVERAL = frozenset({"in", "notIn", "all"})


@dataclass(frozen=True, slots=True)
class Chip:
    """`edit` is "" for what the panel cannot change."""

    text: str
    without: str
    edit: str = ""


def chips(visitor: Actor, type_name: str, asked: Asked) -> list[Chip]:
    """One a condition, in their order, one for a formula, and one for each rule that the records are older than."""
    found = [_chip(visitor, type_name, asked, one) for one in asked.conditions]
    formula = [Chip(gettext("Formula: %(formula)s", formula=asked.filter), asked.address(filter=""))] if asked.filter else []
    return found + formula + [_older(visitor, type_name, asked, one) for one in asked.broken]


def chosen_titles(visitor: Actor, field: Field, chosen: Sequence[str]) -> list[tuple[str, str]]:
    """(id, title) of the chosen records that the visitor may see; of users, all who may be chosen."""
    assert field.reference is not None
    target = field.reference.target
    if target == "user":
        return sorted(((str(one.id), one.name) for one in engine().users.everyone()), key=lambda one: one[1].casefold())
    ids = [id for one in chosen if (id := whole(one)) is not None]
    titles = engine().title(visitor, target, ids) if ids else {}
    return [(str(id), titles.get(id, gettext("not visible"))) for id in ids]


def _older(visitor: Actor, type_name: str, asked: Asked, name: str) -> Chip:
    record_type = engine().catalog().types[type_name]
    rule = label(record_type, name, visitor.language)
    text = gettext("older than a rule") if name == ANY else gettext("older than a rule: %(rule)s", rule=rule)
    return Chip(text, asked.address(broken=tuple(one for one in asked.broken if one != name)))


def _chip(visitor: Actor, type_name: str, asked: Asked, condition: Condition) -> Chip:
    spot = find_spot(visitor, type_name, condition.path)
    name = written_name(condition, OURS)
    if spot is None:  # the engine refuses it in the same breath
        return Chip(name, asked.without(condition))
    edit = "?" + urlencode([*replace(asked, cursor="", back=()).pairs(), ("~path", written_path(condition.path, OURS)), ("~was", name)])
    return Chip(" ".join((spot.label, _said(visitor, spot.field, condition))), asked.without(condition), edit)


def _said(visitor: Actor, field: Field | None, condition: Condition) -> str:
    operator, text = condition.operator, condition.text
    if operator == "empty" or field is None:
        return label_of(field, "is_empty" if text == "true" else "is_set")
    label = gettext("begins with") if operator == "startsWith" else label_of(field, operator)
    if operator == "relative":
        return period_text(text)
    if operator == "anniversary":
        return gettext("anniversary %(period)s", period=period_text(text))
    if operator in ("contains", "startsWith") and field.kind not in ("choices", "references"):
        return f"{label} “{text}”"
    if operator == "between":
        first, _, last = text.partition(",")
        return _range(visitor, field, first, last)
    values = values_of(text) if operator in _SEVERAL else [text]
    said = gettext(" or ") if operator != "all" else gettext(" and ")
    words = said.join(_value(visitor, field, one) for one in values)
    return words if len(values) == 1 and operator == "in" and field.kind not in ("choices", "references") else f"{label} {words}"


def _range(visitor: Actor, field: Field, first: str, last: str) -> str:
    if not last:
        return f"{gettext('from')} {_value(visitor, field, first)}"
    if not first:
        return f"{gettext('until')} {_value(visitor, field, last)}"
    return f"{_value(visitor, field, first)} – {_value(visitor, field, last)}"


def _value(visitor: Actor, field: Field, text: str) -> str:
    """One value in words; the text itself where it is no value of the field."""
    if field.reference is not None:
        return dict(chosen_titles(visitor, field, [text])).get(text, text)
    day = read_date(text) if field.kind == "instant" else None
    if day is not None:
        return date_text(day, visitor.language)
    try:
        wire = wire_of_text(field, text)
    except ValueError:
        return text
    return text_of(field, [wire] if field.kind == "choices" else wire, visitor.language) or text
