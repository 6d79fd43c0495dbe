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
from kartotek.model.naming import row_path

_ROLLUPS = frozenset({"sum", "count"})


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


def computed(field: Field, owner: str, readable: Collection[tuple[str, str]], *, rows: Field | None = None) -> dict[str, Any] | None:
    """How the browser reckons a field that follows from this form alone, None where that is for the server.

    `rows` is the sub-table of the form that a rollup goes over.
    """
    if field.compute is not None:
        return {"formula": to_json(field.compute)} if _is_local(field.compute, readable) else None
    if field.rollup is None or rows is None or field.rollup.function not in _ROLLUPS:
        return None
    where, name = field.rollup.where, field.rollup.field
    needed = {(row_path(owner, rows.name), name)} if name else set()
    if not needed <= set(readable) or (where is not None and not _is_local(where, readable)):
        return None
    member = next((one for one in rows.fields if one.name == name), None)
    return {
        "rollup": {
            "list": rows.name, "fn": field.rollup.function, "field": name, "where": to_json(where) if where else None,
            "type": formula_type(member) if member else "", "scale": field.settings.get("scale", 0),
        }
    }  # fmt: skip


def spoken(field: Field, language: str) -> dict[str, Any]:
    """What the browser needs to say a computed value as the pages do."""
    found: dict[str, Any] = {"kind": field.kind}
    if field.kind == "decimal":
        found |= {"scale": field.settings.get("scale", 0), "currency": field.settings.get("currency", "")}
    if field.options:
        found["options"] = {str(one.value): kind_of(field).text(field, one.value, language) for one in field.options}
    if field.kind == "boolean":
        found["options"] = {str(value).lower(): kind_of(field).text(field, value, language) for value in (True, False)}
    return found


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
