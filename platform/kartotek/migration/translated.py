"""Translated: a whole old record type in today's names, so that what differs is what somebody has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields as attributes
from dataclasses import is_dataclass, replace
from types import MappingProxyType
from typing import Any

from kartotek.migration.going_on import pointing
from kartotek.migration.translation import Translation
from kartotek.model.catalog import Inverse, RecordType, Section, Unique, Validation
from kartotek.model.field import Field, Reference
from kartotek.model.formula import Formula
from kartotek.model.naming import row_path
from kartotek.model.people import Retention
from kartotek.model.process import Calendar, Contact, MessageTemplate, Occupancy, PublicForm
from kartotek.model.workflow import (
    Clock,
    CreateEffect,
    LinkEffect,
    Schedule,
    SetEffect,
    Transition,
    TransitionEffect,
    UpdateEffect,
    Workflow,
)

# Which attributes hold names, and of what: a field of the type, several, the keys or the values of a mapping, types.
_NAMES: Mapping[type, Mapping[str, str]] = MappingProxyType({
    RecordType: {"list": "fields", "search": "fields", "sort": "sorted", "indexes": "keys", "title_template": "template", "subject": "field",
                 "state_access": "said"},
    Retention: {"since": "field"},
    Unique: {"fields": "fields"},
    Validation: {"field": "field"},
    Section: {"fields": "fields"},
    Calendar: dict.fromkeys(("of", "start", "end", "weekday", "opens", "closes", "since", "until"), "field"),
    Contact: {"addresses": "values", "language": "field"},
    PublicForm: {"fields": "fields", "values": "named"},
    Workflow: {"record": "type", "field": "field"},
    Transition: {"require": "fields", "ask": "fields"},
    Schedule: {"yearly": "field"},
    Clock: {"hours": "types"},
    SetEffect: {"values": "named"},
    CreateEffect: {"type": "type", "values": "named"},
    UpdateEffect: {"type": "type", "values": "named"},
    TransitionEffect: {"type": "type"},
    LinkEffect: {"shows": "fields"},
    Reference: {"target": "type"},
    Occupancy: {"rows": "field", "calendars": "types"},
})  # fmt: skip


def translated(old: RecordType, names: Translation) -> RecordType:
    """The old type as it would be declared now; what is in its fields stays as it was, which is translated one by one."""
    if names.is_empty:
        return old
    fields = tuple(replace(one, name=names.field(old.name, one.name)) for one in old.fields)
    return replace(_Walk(names, old).whole(), name=names.type(old.name), fields=fields)


def translated_field(field: Field, now: Field, owner: str, names: Translation, *, above: RecordType) -> Field:
    """The old field as `now` would be declared, in all that names other things. `owner` is the old one, as formulas write it."""
    if names.is_empty:
        return field
    walk = _Walk(names, above, owner)
    changed = {one.name: walk.value(getattr(field, one.name)) for one in attributes(Field) if one.name in _WALKED}
    rollup = field.rollup
    if rollup is not None:
        changed["rollup"] = replace(
            rollup, source=names.field(above.name, rollup.source), field=walk.rolled(rollup.source, rollup.field),
            where=walk.value(rollup.where),
        )
    inner = row_path(owner, field.name)
    return replace(
        field, name=now.name, column=now.column if field.name != now.name else field.column,
        row_key=tuple(names.field(inner, one) for one in field.row_key),
        fetch_from=walk.fetched(field.fetch_from), fields=pointing(field, names.types).fields, **changed,
    )


def translated_texts(template: MessageTemplate, names: Translation) -> MessageTemplate:
    """A message whose formulas name things as they are called now."""
    if names.is_empty:
        return template
    walk = _Walk(names, RecordType(name=template.record, title="", fields=()))
    return replace(template, body=walk.value(template.body), subject=walk.value(template.subject))


_WALKED = ("reference", "compute", "default_expr", "show_if", "required_if", "read_only_if")


class _Walk:
    """Goes through a declaration of one old type and puts in the new names."""

    def __init__(self, names: Translation, record_type: RecordType, owner: str = "") -> None:
        self._names = names
        self._type = record_type
        self._owner = owner or record_type.name
        self._how: Mapping[str, Callable[[Any, str], Any]] = {
            "field": lambda value, owner: self.field(owner, value),
            "fields": lambda value, owner: tuple(self.field(owner, one) for one in value),
            "sorted": lambda value, owner: tuple(self._sorted(one) for one in value),
            "keys": lambda value, owner: tuple(tuple(self.field(owner, one) for one in names) for names in value),
            "template": lambda value, owner: tuple(self._path(one) if at % 2 else one for at, one in enumerate(value)),
            "values": lambda value, owner: {key: self.field(owner, one) for key, one in value.items()},
            "named": lambda value, owner: {self.field(owner, key): self.value(one) for key, one in value.items()},
            "said": self._said,
            "type": lambda value, owner: self._names.type(value),
            "types": lambda value, owner: tuple(self._names.type(one) for one in value),
        }

    def _said(self, value: Any, owner: str) -> Any:
        """{state: {field: …}}; states go by the names that they had."""
        return {state: {self.field(owner, name): one for name, one in said.items()} for state, said in value.items()}

    def whole(self) -> RecordType:
        kept = {"fields", "inverses", "schema", "extras", "labels"}
        changed = {
            one.name: self._attribute(self._type, one.name) for one in attributes(RecordType) if one.name not in kept
        }
        inverses = {name: self._inverse(one) for name, one in self._type.inverses.items()}
        return replace(self._type, inverses=inverses, **changed)

    def value(self, value: Any) -> Any:
        """Any part of a declaration, its names replaced."""
        if isinstance(value, Formula):
            return self._names.formula(value)
        if isinstance(value, Mapping):
            return {key: self.value(one) for key, one in value.items()}
        if isinstance(value, tuple):
            return tuple(self.value(one) for one in value)
        if isinstance(value, Occupancy):
            return self._occupancy(value)
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{one.name: self._attribute(value, one.name) for one in attributes(value)})
        return value

    def field(self, owner: str, name: str) -> str:
        return self._names.field(owner, name)

    def rolled(self, source: str, name: str) -> str:
        """The field that a rollup puts together: of rows of the record, or of the type behind an inverse list."""
        inverse = self._type.inverses.get(source)
        return self.field(inverse.type if inverse is not None else row_path(self._type.name, source), name)

    def fetched(self, source: tuple[str, str] | None) -> tuple[str, str] | None:
        if source is None:
            return None
        link, name = source
        return self.field(self._owner, link), self.field(self._target(self._owner, link), name)

    def _attribute(self, holder: Any, name: str) -> Any:
        value, how = getattr(holder, name), _NAMES.get(type(holder), {}).get(name)
        if how is None:
            return self.value(value)
        owner = holder.type if isinstance(holder, CreateEffect | UpdateEffect) else self._type.name
        return self._how[how](value, owner)

    def _sorted(self, name: str) -> str:
        plain = name.removeprefix("-")
        return name[: len(name) - len(plain)] + self.field(self._type.name, plain)

    def _path(self, path: str) -> str:
        """A dotted path of a title: each name is of what the one before leads to."""
        found: list[str] = []
        owner = self._type.name
        for name in path.split("."):
            found.append(self.field(owner, name))
            owner = self._target(owner, name) or row_path(owner, name)
        return ".".join(found)

    def _target(self, owner: str, name: str) -> str:
        """The type that a field of an owner refers to, "" where it refers to none."""
        return self._names.targets.get((owner, name), "")

    def _inverse(self, one: Inverse) -> Inverse:
        return replace(one, type=self._names.type(one.type), field=self.field(one.type, one.field))

    def _occupancy(self, one: Occupancy) -> Occupancy:
        """Its names are of the rows that occupy, or where these have none such of the record."""
        rows = self._type.by_name.get(one.rows)
        columns = {inner.name for inner in rows.fields} if rows is not None else set()
        inside = row_path(self._type.name, one.rows)

        def renamed(name: str) -> str:
            return self.field(inside if name in columns else self._type.name, name)

        plain = {each.name: self._attribute(one, each.name) for each in attributes(Occupancy)}
        named = {"key": tuple(renamed(name) for name in one.key), "start": renamed(one.start), "end": renamed(one.end)}
        return replace(one, **{**plain, **named})

