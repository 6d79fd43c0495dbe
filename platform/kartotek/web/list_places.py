"""List places: the fields a list can be filtered by, own ones and those its records lead to, as far as the visitor may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import g

from kartotek.errors import NotFound
from kartotek.model.actor import Actor
from kartotek.model.catalog import Inverse, RecordType
from kartotek.model.field import Field
from kartotek.model.meta import meta_fields
from kartotek.web.current import engine

_META = "meta"
_UNOFFERED = frozenset({"id", "version"})
_MOST_HOPS = 3
_LEADING = frozenset({"reference", "user", "references", "rows", "object"})
_NOT_HOPS = frozenset({_META})


@dataclass(frozen=True, slots=True)
class Spot:
    """`field` is None for a list seen from the other side; a picker asks for `pointer` of the type `owner`."""

    path: tuple[str, ...]
    title: str
    label: str
    field: Field | None
    owner: str
    pointer: str
    leads: bool
    target: str = ""  # of a list seen from the other side


@dataclass(frozen=True, slots=True)
class Inside:
    """Where spots are: in a record of the type, or, with `outer`, in a row or a small object of it."""

    type: str
    path: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    outer: Field | None = None


Groups = list[tuple[str, list[Spot]]]


def find_spot(visitor: Actor, type_name: str, path: Sequence[str]) -> Spot | None:
    """The spot at the end of the path; None alike for what is hidden and for what does not exist."""
    found = None
    inside: Inside | None = Inside(type_name)
    for place in range(len(path)):
        if place and path[place - 1] == _META:
            continue
        name = path[place : place + 2] if path[place] == _META else path[place : place + 1]
        found = _named(visitor, inside, tuple(name)) if inside else None
        if found is None:
            return None
        inside = _into(found, inside)
    return found


def find_inside(visitor: Actor, type_name: str, path: Sequence[str]) -> Inside | None:
    """What is in the spot at the end of the path; the record itself for an empty one."""
    if not path:
        return Inside(type_name)
    found, before = find_spot(visitor, type_name, path), find_inside(visitor, type_name, path[:-1])
    return _into(found, before) if found is not None and before is not None else None


def offered(visitor: Actor, inside: Inside, language: str) -> Groups:
    """The spots to choose from, in groups: the fields, what refers to the record, the system's values."""
    can_lead = len([one for one in inside.path if one not in _NOT_HOPS]) < _MOST_HOPS
    spots = [replace(one, leads=one.leads and can_lead) for one in _spots(visitor, inside)]
    has_state = any(one.field is not None and one.field.is_state for one in spots)
    system = [one for one in spots if _META in one.path[-2:-1] and not _unwanted(one, has_state=has_state)]
    own = [one for one in spots if one.field is not None and _META not in one.path[-2:-1] and not one.field.is_live]
    return [("", own), ("related", [one for one in spots if one.field is None]), ("system", system)]


def _unwanted(spot: Spot, *, has_state: bool) -> bool:
    return spot.path[-1] in _UNOFFERED or (has_state and spot.path[-1] == "state")


def _spots(visitor: Actor, inside: Inside) -> list[Spot]:
    own = [(one.name,) for one in _fields(visitor, inside)]
    inverses = [(one,) for one in _record_type(inside).inverses] if inside.outer is None else []
    system = [(_META, one.name) for one in _system(inside)] if own else []
    found = (_named(visitor, inside, name) for name in dict.fromkeys([*own, *inverses, *system]))
    return [one for one in found if one is not None]


def _named(visitor: Actor, inside: Inside, name: tuple[str, ...]) -> Spot | None:
    """One spot by what its path ends in; own fields hide lists from the other side."""
    own = _fields(visitor, inside)
    known = own if len(name) == 1 or not own else _system(inside)  # of a hidden type not even the states are told
    field = next((one for one in known if one.name == name[-1]), None)
    if field is not None:
        return _spot(inside, field, name, visitor.language)
    inverse = _record_type(inside).inverses.get(name[0]) if inside.outer is None else None
    return _inverse(visitor, inside, inverse) if inverse is not None else None


def _fields(visitor: Actor, inside: Inside) -> tuple[Field, ...]:
    """What he may read there; looked up once a request."""
    if inside.outer is not None:
        return inside.outer.fields
    known: dict[str, tuple[Field, ...]] = g.setdefault("list_fields", {})
    if inside.type not in known:
        try:
            known[inside.type] = engine().sight(visitor, inside.type).readable
        except NotFound:
            known[inside.type] = ()
    return known[inside.type]


def _system(inside: Inside) -> tuple[Field, ...]:
    return meta_fields(_record_type(inside), engine().catalog().settings.timezone) if inside.outer is None else ()


def _record_type(inside: Inside) -> RecordType:
    return engine().catalog().types[inside.type]


def _inverse(visitor: Actor, inside: Inside, inverse: Inverse) -> Spot | None:
    if all(one.name != inverse.field for one in _fields(visitor, Inside(inverse.type))):
        return None
    other, language = engine().catalog().types[inverse.type], visitor.language
    title, link = other.plural_label(language), other.by_name[inverse.field].label(language)
    title = title if link == _record_type(inside).label(language) else f"{title} ({link})"
    return Spot((*inside.path, inverse.name), title, _label(inside, title), None, inside.type, "", True, inverse.type)


def _spot(inside: Inside, field: Field, path: tuple[str, ...], language: str) -> Spot:
    title = field.label(language)
    pointer = "".join(f"/{one.replace('~', '~0').replace('/', '~1')}" for one in path)
    if inside.outer is not None:
        outer = inside.outer.name.replace("~", "~0").replace("/", "~1")
        pointer = f"/{outer}{'/0' if inside.outer.kind == 'rows' else ''}{pointer}"
    leads = field.kind in _LEADING and not (field.reference is not None and field.reference.target == "user")
    return Spot((*inside.path, *path), title, _label(inside, title), field, inside.type, pointer, leads)


def _label(inside: Inside, title: str) -> str:
    return " › ".join((*inside.titles, title))


def _into(spot: Spot, inside: Inside) -> Inside | None:
    titles = (*inside.titles, spot.title)
    if spot.field is None:
        return Inside(spot.target, spot.path, titles)
    if spot.field.kind in ("object", "rows"):
        return Inside(spot.owner, spot.path, titles, spot.field)
    if spot.field.reference is not None:
        return Inside(spot.field.reference.target, spot.path, titles)
    return None
