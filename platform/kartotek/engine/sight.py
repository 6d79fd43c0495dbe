"""Sight: what an actor may do with a type in principle, for pages and for the description of the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kartotek.engine.envelopes import members_shown
from kartotek.engine.glass import may_open
from kartotek.engine.moment import Moment
from kartotek.engine.projection import asked_names
from kartotek.engine.visible import without_hidden
from kartotek.kinds.registry import kind_of
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.record import Record
from kartotek.model.view import TypeView
from kartotek.model.workflow import State, Transition
from kartotek.rules.access import proposable, shown_first, writable
from kartotek.rules.derive import filled
from kartotek.rules.setting import Setting
from kartotek.rules.states import editable
from kartotek.rules.transitions import is_offered, runners


@dataclass(frozen=True, slots=True)
class Sight:
    """`readable` in declared order; `creatable` and `writable` are names. A right may still depend on the record.

    `transitions` are the names of those that the actor may run, `locked` the states in which he may not edit. `masked` and
    `flagged` are fields of which he may know a part in some record; whether he may open a record in an emergency is `opens`. For those in
    `proposable` he may propose values in some record.
    """

    type: RecordType
    read: bool
    create: bool
    write: bool
    delete: bool
    readable: tuple[Field, ...]
    creatable: frozenset[str]
    writable: frozenset[str]
    transitions: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()
    masked: tuple[Field, ...] = ()
    flagged: tuple[Field, ...] = ()
    opens: bool = False
    proposable: frozenset[str] = frozenset()

    @property
    def seen(self) -> tuple[Field, ...]:
        """All fields of which the actor may know something in some record, in declared order."""
        whole = {one.name: one for one in self.readable}
        part = {one.name for one in (*self.masked, *self.flagged)}
        if not part - whole.keys():
            return self.readable
        return tuple(whole.get(one.name, one) for one in self.type.fields if one.name in whole or one.name in part)


def sight(moment: Moment, record_type: str) -> Sight:
    """What the actor sees of the type. Raises NotFound where it is hidden."""
    compiled, seen = moment.type(record_type)
    readable = tuple(_with_members(seen, compiled.type.by_name[name]) for name in asked_names(compiled, seen, None))
    return Sight(
        type=compiled.type, read=True, readable=readable,
        create=moment.may(record_type, "create"), write=moment.may(record_type, "write"),
        delete=moment.may(record_type, "delete"),
        creatable=frozenset(writable(moment.actor, compiled.type, "create")),
        writable=frozenset(writable(moment.actor, compiled.type, "write")),
        transitions=frozenset(one.name for one in _transitions(compiled.type) if runners(moment.actor, compiled.type, one)),
        locked=frozenset(one.name for one in _states(compiled.type) if not editable(compiled.type, one.name, moment.actor)),
        masked=tuple(one for one in compiled.type.fields if one.name in seen.masked),
        flagged=tuple(one for one in compiled.type.fields if one.name in seen.flagged),
        proposable=frozenset(proposable(moment.actor, compiled.type)),
        opens=compiled.type.break_glass is not None and may_open(compiled.type.break_glass, moment.actor),
    )


def _states(record_type: RecordType) -> Iterable[State]:
    return record_type.workflow.states.values() if record_type.workflow is not None else ()


def _transitions(record_type: RecordType) -> Iterable[Transition]:
    return record_type.workflow.transitions.values() if record_type.workflow is not None else ()


def _with_members(seen: TypeView, field: Field) -> Field:
    kept = members_shown(seen, field)
    return field if len(kept) == len(field.fields) else replace(field, fields=kept)


def types(moment: Moment) -> list[dict[str, Any]]:
    """The types the actor may read, in declared order, without the built-in one."""
    language = moment.actor.language
    return [
        {
            "name": one.name, "title": one.label(language), "plural": one.plural_label(language), "icon": one.icon,
            "create": moment.may(one.name, "create"),
        }
        for one in moment.compiled.catalog.types.values() if not one.builtin and one.name in moment.view.types
    ]


def describe(moment: Moment, record_type: str) -> dict[str, Any]:
    """A type as the API tells it: titles in the actor's language, rights, and the JSON Schema of each readable field."""
    seen = sight(moment, record_type)
    language = moment.actor.language
    return {
        "name": record_type, "title": seen.type.label(language), "plural": seen.type.plural_label(language),
        "description": seen.type.description,
        "actions": {"create": seen.create, "write": seen.write, "delete": seen.delete},
        "list": [name for name in seen.type.list if name in {one.name for one in seen.readable}],
        "fields": [_field(one, seen, language) for one in seen.readable],
        **_workflow(seen, moment.actor),
    }


def _workflow(seen: Sight, actor: Actor) -> dict[str, Any]:
    """The states and transitions of the type, where it has any; of the transitions those that are offered to the actor."""
    workflow, language = seen.type.workflow, actor.language
    if workflow is None:
        return {}
    states = [
        {
            "name": one.name, "title": one.label(language), "color": one.color, "final": one.final,
            "initial": one.name == workflow.initial, "editable": seen.write and one.name not in seen.locked,
        }
        for one in workflow.states.values()
    ]
    transitions = [
        {
            "name": one.name, "title": one.label(language), "from": list(one.sources), "to": one.target,
            "allowed": one.name in seen.transitions, "timer": one.timer is not None,
        }
        for one in workflow.transitions.values() if is_offered(actor, one)
    ]
    return {"workflow": {"field": workflow.field, "states": states, "transitions": transitions}}


def _field(field: Field, seen: Sight, language: str) -> dict[str, Any]:
    return {
        "name": field.name, "kind": field.kind, "title": field.label(language), "description": field.help(language),
        "required": field.required, "nullable": field.nullable, "creatable": field.name in seen.creatable,
        "writable": field.name in seen.writable, "operators": list(kind_of(field).operators(field)),
        "schema": kind_of(field).json_schema(field),
        **({"references": field.reference.target} if field.reference is not None else {}),
    }


def draft(moment: Moment, conn: Any, record_type: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The wire values a new record would begin with, as far as the actor may see them; draws no number."""
    # Drafts are for forms, and nobody wants to see the seconds at which he opened one.
    moment = replace(moment, now=moment.now.replace(second=0, microsecond=0))
    compiled, seen = moment.type(record_type)
    begun = shown_first(moment.actor, compiled.type)
    known = {name: wire for name, wire in given.items() if name in seen.fields and name in begun}
    values, _ = compiled.load(known)
    setting = moment.setting(conn)
    chosen = {name: one for name, one in values.items() if one is not MISSING and _may_choose(compiled.type.by_name[name], one, setting)}
    record = filled(compiled.rules, Record(type=record_type, id=0, values=chosen), setting)
    names: Sequence[str] = [name for name in asked_names(compiled, seen, None) if name in begun]
    return without_hidden(seen, compiled.codec.wire(record.values, names))


def _may_choose(field: Field, value: Any, setting: Setting) -> bool:
    """Whether the actor could refer to these records: else a default that copies from them would tell of what he cannot see."""
    if field.reference is None or value is None:
        return True
    ids = value if isinstance(value, tuple) else (value,)
    return all(setting.related.choosable(field.reference.target, one) is not None for one in ids)
