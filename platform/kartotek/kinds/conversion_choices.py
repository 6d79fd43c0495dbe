"""To and from choices: an option is found by its value, or by being written alike; never by its title, which is a guess."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from kartotek.kinds.conversion_scalars import FREE, WRITTEN, Made
from kartotek.kinds.conversion_texts import written
from kartotek.kinds.equality import canonical
from kartotek.kinds.kind import Convert, Refused, refuse
from kartotek.kinds.options import match, option_key
from kartotek.model.field import Field
from kartotek.model.frozen import EMPTY

Between = Callable[[Field, Field], Made | None]
_SORTS: Mapping[type, str] = MappingProxyType({str: "text", bool: "boolean", int: "integer", float: "number"})


def standing(field: Field, wire: Any) -> Field | None:
    """A plain field of the sort of this one value; None for lists, objects and null."""
    kind = _SORTS.get(type(wire))
    return replace(field, kind=kind, options=(), settings=EMPTY) if kind else None


def of_choice(old: Field, new: Field, between: Between) -> Made | None:
    """From a choice to anything else: each value as what it is by itself."""

    def convert(wire: Any) -> Any:
        plain = standing(old, wire)
        made = between(plain, new) if plain else None
        return made[1](wire) if made else refuse("conversion")

    gone_over = [(one.value, _tried(convert, one.value)) for one in old.options]
    if all(not found for _, found in gone_over):
        return None
    made = to_choice(new, old)
    back = made[1] if made else chooser(old)
    return all(_comes_back(back, found, value) for value, found in gone_over), convert


def to_choice(old: Field, new: Field) -> Made | None:
    """To a choice from what has a value of its own."""
    if old.kind not in WRITTEN | FREE | {"markdown", "choice"}:
        return None
    choose = chooser(new) if old.kind != "decimal" else _shortest(chooser(new))
    values = [True, False] if old.kind == "boolean" else [one.value for one in old.options]
    chosen = [canonical(found) for value in values for found in _tried(choose, value)]
    return bool(values) and len(set(chosen)) == len(values), choose


def chooser(field: Field) -> Convert:
    """wire → the value of the option that equals it, else of the only one that is written alike; raises Refused."""
    options = {option_key(one.value): one for one in field.options}
    alike: dict[str, list[Any]] = {}
    for one in field.options:
        alike.setdefault(written(one.value), []).append(one.value)

    def choose(wire: Any) -> Any:
        found = match(options, wire)
        if found is not None:
            return found.value
        values = alike.get(written(wire), [])
        return values[0] if len(values) == 1 else refuse("choice")

    return choose


def _tried(convert: Convert, wire: Any) -> tuple[Any, ...]:
    """The value that it becomes, or nothing."""
    try:
        return (convert(wire),)
    except Refused:
        return ()


def _comes_back(back: Convert, found: tuple[Any, ...], value: Any) -> bool:
    """Lists of one and rows with one member are built around what comes back."""
    again = [one if isinstance(one, list | dict) else _tried(back, one) for one in found]
    return bool(again) and all(isinstance(one, list | dict) or [canonical(each) for each in one] == [canonical(value)] for one in again)


def _shortest(choose: Convert) -> Convert:
    """Chooses by a decimal without its noughts at the end."""
    return lambda wire: choose(wire.rstrip("0").removesuffix(".") if "." in wire else wire)
