"""To and from rows and small objects: a value becomes a member of one, by its name, or of the only member that takes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kartotek.kinds.conversion_choices import Between
from kartotek.kinds.conversion_lists import each, element, is_list, only
from kartotek.kinds.conversion_scalars import Made
from kartotek.kinds.kind import Convert, refuse
from kartotek.model.field import Field
from kartotek.model.missing import MISSING

HOLDERS = frozenset({"rows", "object"})


def member_for(holder: Field, old: Field, between: Between) -> Field | None:
    """The member that was the field: by its alias, by its name, else the only one that takes such values."""
    members = [one for one in holder.fields if not one.is_derived]
    named = next((one for one in members if old.name in one.aliases), None) or next(
        (one for one in members if one.name == old.name), None
    )
    if named is not None:
        return named
    fitting = [one for one in members if between(old, one) is not None]
    return fitting[0] if len(fitting) == 1 else None


def holding(old: Field, new: Field, between: Between) -> Made | None:
    """A value becomes one row, or one object, with one member; of a list each element becomes a row."""
    several = new.kind == "rows" and is_list(old)
    one = element(old) if several else old
    member = member_for(new, one, between)
    made = between(one, member) if member is not None else None
    if made is None or member is None:
        return None
    name, convert = member.name, made[1]
    if new.kind == "object":
        return made[0], lambda wire: {name: convert(wire)}
    if several:
        return made[0], each(lambda wire: {name: convert(wire)})
    return made[0], lambda wire: [{name: convert(wire)}]


def held(old: Field, new: Field, between: Between) -> Made | None:
    """The one member that a value can be made of, where nothing else stands beside it."""
    several = old.kind == "rows" and is_list(new)
    one = element(new) if several else new
    member = member_for(old, one, between)
    made = between(member, one) if member is not None else None
    if made is None or member is None:
        return None
    take = _alone(member.name, made[1])
    if several:
        return False, each(take)
    if old.kind == "object":
        return False, lambda wire: take(wire) if wire else MISSING
    return False, lambda wire: take(only(wire)) if wire else MISSING


def between_holders(old: Field, new: Field, between: Between) -> Made | None:
    """An object becomes one row, the only row an object; members go over by their names."""
    pairs = list(_pairs(old, new, between))
    if not pairs:
        return None
    whole = {was for was, _, _ in pairs} >= {one.name for one in old.fields if not one.is_derived}
    go = _members({was: (name, made[1]) for was, name, made in pairs}, {one.name for one in old.fields if one.is_derived})
    if new.kind == "rows":
        return whole and all(made[0] for _, _, made in pairs), lambda wire: [go(wire)]
    return False, lambda wire: go(only(wire)) if wire else MISSING


def _pairs(old: Field, new: Field, between: Between) -> Iterator[tuple[str, str, Made]]:
    known = {one.name: one for one in old.fields if not one.is_derived}
    for one in new.fields:
        was = known.get(one.name) or next((known[name] for name in one.aliases if name in known), None)
        made = between(was, one) if was is not None and not one.is_derived else None
        if was is not None and made is not None:
            yield was.name, one.name, made


def _members(places: Mapping[str, tuple[str, Convert]], derived: set[str]) -> Convert:
    def convert(wire: Any) -> dict[str, Any]:
        _refuse_others(wire, places.keys() | derived)
        found = {name: value if value is None else go(value) for was, (name, go) in places.items()
                 if (value := wire.get(was, MISSING)) is not MISSING}
        return {name: value for name, value in found.items() if value is not MISSING}

    return convert


def _alone(name: str, convert: Convert) -> Convert:
    def take(wire: Any) -> Any:
        _refuse_others(wire, {name})
        value = wire.get(name)
        return convert(value) if value is not None else MISSING

    return take


def _refuse_others(wire: Any, names: set[str]) -> None:
    """Raises Refused where members would be lost."""
    if not isinstance(wire, Mapping):
        refuse("type", expected="an object")
    others = [name for name, value in wire.items() if name not in names and value is not None]
    if others:
        refuse("left_over", names=", ".join(others))
