"""Live: the conditions of a form as data for the browser's interpreter of formulas."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.formula.json_tree import to_json
from kartotek.kinds.registry import kind_of
from kartotek.model.actor import Actor
from kartotek.model.field import Field
from kartotek.model.formula import Formula


def conditions(formulas: Iterable[Formula | None], readable: Collection[tuple[str, str]]) -> list[Any]:
    """The formulas that can be told from this form alone; one that reads anything else is left to the server.

    That also keeps from the browser what is said about fields the actor may not read.
    """
    return [to_json(one) for one in formulas if one is not None and _is_local(one, readable)]


def conditions_of(field: Field, readable: Collection[tuple[str, str]]) -> Mapping[str, list[Any]]:
    """{"show" | "required" | "locked": conditions} of a field."""
    named = {"show": field.show_if, "required": field.required_if, "locked": field.read_only_if}
    found = {name: conditions((formula,), readable) for name, formula in named.items()}
    return {name: some for name, some in found.items() if some}


def environment(actor: Actor, now: datetime, zone: str) -> dict[str, Any]:
    """What formulas of a form find besides the record."""
    user = {"id": actor.id, "name": actor.name, "roles": sorted(actor.roles), "language": actor.language, **actor.attributes}
    return {
        "user": user, "now": now.isoformat().replace("+00:00", "Z"), "zone": zone,
        "today": now.astimezone(ZoneInfo(zone)).date().isoformat(),
    }  # fmt: skip


def formula_type(field: Field) -> str:
    """What formulas see in a field: "decimal", "list", "row" …"""
    return kind_of(field).formula_type(field).name


def _is_local(formula: Formula, readable: Collection[tuple[str, str]]) -> bool:
    """`readable` are the fields of this form's record that its reader may know, as pairs of their owner and their name."""
    return all(one in readable for one in formula.fields)
