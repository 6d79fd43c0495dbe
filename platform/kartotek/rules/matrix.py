"""Matrix: what each role may do with each type, and how much it knows of each field in each state. Pure; asks `access`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kartotek.model.actor import OWNER, Actor
from kartotek.model.catalog import ACTIONS, Catalog, RecordType
from kartotek.model.clearance import Clearance
from kartotek.model.field import Field
from kartotek.model.view import Rules
from kartotek.rules.access import may
from kartotek.rules.states import editable


@dataclass(frozen=True, slots=True)
class Cell:
    """One role, one type, one state ("" where the type has none).

    `actions` are {action: its rule, "" where it is for all records} of what may be done at all; `fields` {field: level}.
    """

    type: str
    role: str
    state: str
    actions: Mapping[str, str]
    fields: Mapping[str, Clearance]


def matrix(catalog: Catalog) -> Iterator[Cell]:
    """By type, then by role with the owner first, then by state, each in declared order."""
    roles = (OWNER, *(one.name for one in catalog.settings.roles))
    for record_type in catalog.types.values():
        states = tuple(record_type.workflow.states) if record_type.workflow is not None else ("",)
        for role in roles if not record_type.builtin else ():
            actor = Actor(-1, "", frozenset({role}))
            actions: dict[str, str] = {
                one: _rule(may(actor, record_type, one)) for one in ACTIONS if one != "transition" and may(actor, record_type, one)
            }
            for state in states:
                fields = {one.name: level(record_type, one, role, state or None) for one in record_type.fields}
                yield Cell(record_type.name, role, state, actions, fields)


def level(record_type: RecordType, field: Field, role: str, state: str | None) -> Clearance:
    """How much the role knows of the field, and whether it may set it, in records in this state that it may read."""
    actor = Actor(-1, "", frozenset({role}))
    if field.write_only or not may(actor, record_type, "read"):
        return "none"
    found = record_type.clearance(field, role, state)
    return "read" if found == "write" and not _changes(record_type, field, actor, state) else found


def _changes(record_type: RecordType, field: Field, actor: Actor, state: str | None) -> bool:
    locked = field.read_only or field.is_derived or record_type.append_only
    return not locked and bool(may(actor, record_type, "write")) and editable(record_type, state, actor)


def _rule(rules: Rules) -> str:
    return "" if rules is True else " || ".join(one.source for one in rules)
