"""Rights: what an actor may name and set in records of one type, worked out once for each set of roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kartotek.model.actor import Actor, Standing
from kartotek.model.catalog import Action, RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.view import Rules
from kartotek.rules.access import inner_writable, type_view, writable


@dataclass(frozen=True, slots=True)
class Rights:
    """`open` are the fields he may name, `refusals` {name: code of the problem of naming it} of the others.

    `conditional` are {name: formulas} of the open ones that he may set only in records for which one of those holds.
    """

    open: frozenset[str]
    refusals: Mapping[str, str]
    conditional: Mapping[str, tuple[Formula, ...]]
    members: Members

    def refusal(self, name: str) -> str:
        """The code of the problem of naming this field, or "". What cannot be seen cannot be told from what is not there."""
        return "" if name in self.open else self.refusals.get(name, "unknown_field")


@dataclass(frozen=True, slots=True)
class Members:
    """The rights to members of sub-tables and small objects, where they differ from the field's."""

    shown: Mapping[tuple[str, str], Rules]
    allowed: Mapping[tuple[str, str], Rules]

    def refusal(self, outer: Field, one: Field) -> str:
        """The code of the problem of naming this member, or ""."""
        key = (outer.name, one.name)
        # A right that depends on the record is not given to members: rows would be half readable and half writable.
        if self.shown.get(key, True) is not True and self.allowed.get(key, True) is not True:
            return "unknown_field"
        if one.read_only or one.is_derived:
            return "read_only"
        return "" if self.allowed.get(key, True) is True else "forbidden_value"


def rights_of(record_type: RecordType, standing: Standing, action: Action) -> Rights:
    """The rights of whoever stands like this."""
    actor = Actor.standing_as(standing)
    allowed, seen = writable(actor, record_type, action), type_view(actor, record_type)
    refusals = {one.name: _refusal(one, seen.fields) for one in record_type.fields if one.name not in allowed}
    conditional = {name: granted for name, granted in allowed.items() if isinstance(granted, tuple)}
    return Rights(frozenset(allowed), refusals, conditional, Members(seen.inner, inner_writable(actor, record_type, action)))


def _refusal(field: Field, shown: Mapping[str, Rules]) -> str:
    if field.name not in shown:
        return "unknown_field"
    return "read_only" if field.read_only or field.is_derived else "forbidden_value"
