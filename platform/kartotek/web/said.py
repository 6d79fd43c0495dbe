"""Said: values of history and of differences as text, with the titles of what they refer to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kartotek.kinds.registry import kind_of
from kartotek.model.actor import Actor
from kartotek.model.field import Field
from kartotek.web.current import engine

_LONGEST = 200
Said = Callable[[Field, Any], str]


def speaker(visitor: Actor, values: Iterable[tuple[Field, Any]]) -> Said:
    """Text for a value; references among the values are looked up at once, one query a type."""
    wanted: dict[str, set[int]] = {}
    for field, wire in values:
        for target, id in _references(field, wire):
            wanted.setdefault(target, set()).add(id)
    titles = {target: engine().title(visitor, target, sorted(ids)) for target, ids in wanted.items()}
    return lambda field, wire: _say(field, wire, visitor.language, titles)


def _references(field: Field, wire: Any) -> Iterable[tuple[str, int]]:
    if field.reference is not None:
        ids = wire if isinstance(wire, list) else [wire]
        yield from ((field.reference.target, one) for one in ids if isinstance(one, int))
    elif field.kind == "rows" and isinstance(wire, list):
        for row in wire:
            for member in field.fields:
                yield from _references(member, row.get(member.name))


def _say(field: Field, wire: Any, language: str, titles: Mapping[str, Mapping[int, str]]) -> str:
    if wire is None:
        return "—"
    if field.reference is not None:
        known = titles.get(field.reference.target, {})
        ids = wire if isinstance(wire, list) else [wire]
        return ", ".join(known.get(one, "…") for one in ids)
    if field.kind == "rows":
        return "; ".join(_row(field, row, language, titles) for row in wire)
    if field.kind in {"file", "image", "files"}:
        return "1" if isinstance(wire, str) else str(len(wire))
    text = kind_of(field).text(field, wire, language)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _row(field: Field, row: Mapping[str, Any], language: str, titles: Mapping[str, Mapping[int, str]]) -> str:
    return ", ".join(
        _say(member, row[member.name], language, titles) for member in field.fields if row.get(member.name) is not None
    )
