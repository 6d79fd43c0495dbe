"""Catalog and RecordType: a site's declarations, checked, linked and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as given
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

from kartotek.model.actor import OWNER
from kartotek.model.clearance import BreakGlass, Clearance
from kartotek.model.field import Field, translated
from kartotek.model.frozen import EMPTY, empty
from kartotek.model.formula import Formula
from kartotek.model.people import Retention
from kartotek.model.process import Calendar, Channel, Contact, Endpoint, MessageTemplate, Occupancy, PublicForm
from kartotek.model.sealing import Sealing
from kartotek.model.settings import SiteSettings
from kartotek.model.workflow import Workflow

Action = Literal["read", "create", "write", "delete", "transition"]
ACTIONS: tuple[Action, ...] = ("read", "create", "write", "delete", "transition")
Level = Literal["error", "confirm", "warning"]
Grant = bool | Formula  # False stands for "transition" alone, where a workflow grants what this takes back


@dataclass(frozen=True, slots=True)
class Unique:
    """Fields whose values together may stand only once among live records; where one is absent it does not count."""

    fields: tuple[str, ...]
    where: Formula | None = None


@dataclass(frozen=True, slots=True)
class Validation:
    """A rule over the whole record; `field` is where a page shows the sentence.

    One of level "confirm" may be overridden with a reason, by the roles in `override` if there are any; one of level
    "warning" is only told.
    """

    name: str
    rule: Formula
    message: str
    field: str = ""
    labels: Mapping[str, Mapping[str, Any]] = given(default_factory=empty)
    level: Level = "error"
    override: frozenset[str] | None = None

    def sentence(self, language: str) -> str:
        """The message in the language asked for."""
        return translated(self.labels, language, "message") or self.message


@dataclass(frozen=True, slots=True)
class Section:
    """A group of fields of a form."""

    fields: tuple[str, ...]
    title: str = ""
    columns: int = 1
    show_if: Formula | None = None
    collapsed: bool = False
    labels: Mapping[str, Mapping[str, Any]] = given(default_factory=empty)


@dataclass(frozen=True, slots=True)
class Tab:
    """A page of a form."""

    sections: tuple[Section, ...]
    title: str = ""
    show_if: Formula | None = None
    labels: Mapping[str, Mapping[str, Any]] = given(default_factory=empty)


@dataclass(frozen=True, slots=True)
class Inverse:
    """The list seen from the other side of a reference: records of `type` whose `field` points here."""

    name: str
    type: str
    field: str


@dataclass(frozen=True, kw_only=True)
class RecordType:
    """`title_template` alternates literal text and dotted paths: ("", "number", " ", "person.name", "").

    `permissions` is {role: {action: True or formula}}; a role that is not named has no right. A `foreign` type is judged by
    its whole `schema`, its records' values are the wire itself, and `extras` stands for the properties that it does not declare.
    `state_access` is {state: {field: {role: clearance}}}, which replaces what the field itself says.
    `subject` is "" where a record is a person, the reference that leads to one where it is about one, and else None.
    `sealing` has a type of an applied catalog that is about people or has encrypted fields.
    """

    name: str
    title: str
    plural: str = ""
    description: str = ""
    icon: str = ""
    labels: Mapping[str, Mapping[str, Any]] = given(default_factory=empty)
    fields: tuple[Field, ...]
    title_template: tuple[str, ...] = ()
    list: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    unique: tuple[Unique, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    validations: tuple[Validation, ...] = ()
    permissions: Mapping[str, Mapping[Action, Grant]] = given(default_factory=empty)
    state_access: Mapping[str, Mapping[str, Mapping[str, Clearance]]] = given(default_factory=empty)
    break_glass: BreakGlass | None = None
    form: tuple[Tab, ...] = ()
    inverses: Mapping[str, Inverse] = given(default_factory=empty)
    workflow: Workflow | None = None
    occupancy: tuple[Occupancy, ...] = ()
    calendar: Calendar | None = None
    contact: Contact | None = None
    public_forms: Mapping[str, PublicForm] = given(default_factory=empty)
    frozen_when: Formula | None = None
    append_only: bool = False
    subject: str | None = None
    retention: Retention | None = None
    sealing: Sealing | None = given(default=None, compare=False)
    aliases: tuple[str, ...] = ()
    builtin: bool = False
    file: str = ""
    foreign: bool = False
    schema: Mapping[str, Any] = given(default_factory=empty)
    extras: Field | None = None

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """{field name: field}."""
        return MappingProxyType({one.name: one for one in self.fields})

    @cached_property
    def former(self) -> Mapping[str, str]:
        """{former name: the name today} of its fields."""
        return MappingProxyType({alias: one.name for one in self.fields for alias in one.aliases})

    @cached_property
    def has_former(self) -> bool:
        """Whether any of its fields, or of what stands in them, was called otherwise."""
        return bool(self.former) or any(inner.aliases for one in self.fields for inner in one.fields)

    def clearance(self, field: Field, role: str, state: str | None) -> Clearance:
        """What a role may know and do of one of its fields in records that are in the state."""
        said = self.said(field, state)
        return said[role] if role in said and role != OWNER else field.clearance(role)

    def said(self, field: Field, state: str | None) -> Mapping[str, Clearance]:
        """{role: clearance} of those for whom the state replaces what the field says."""
        found: Mapping[str, Clearance] = self.state_access.get(state or "", EMPTY).get(field.name, EMPTY)
        return found

    def label(self, language: str) -> str:
        """The title of one record of this type."""
        return translated(self.labels, language, "title") or self.title

    def plural_label(self, language: str) -> str:
        """The title of many."""
        return translated(self.labels, language, "plural") or translated(self.labels, language, "title") or self.plural or self.title


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """All record types of a site. `documents` is {path within the site: text}, what it was read from.

    `hash` is of the documents' meaning; `version` is the number under which it was applied, 0 if it never was. `ratcheted` is
    {type: names of fields and rules} that came after records which break them, see rules/breaches.py.
    """

    settings: SiteSettings
    types: Mapping[str, RecordType]
    hash: str
    templates: Mapping[str, MessageTemplate] = given(default_factory=empty)
    channels: Mapping[str, Channel] = given(default_factory=empty)
    endpoints: Mapping[str, Endpoint] = given(default_factory=empty)
    version: int = 0
    documents: Mapping[str, str] = given(default_factory=empty, compare=False, repr=False)
    ratcheted: Mapping[str, frozenset[str]] = given(default_factory=empty, compare=False)

    @cached_property
    def former(self) -> Mapping[str, str]:
        """{former name: the name today} of its types."""
        return MappingProxyType({alias: one.name for one in self.types.values() for alias in one.aliases})

    @cached_property
    def has_people(self) -> bool:
        """Whether records of any of its types are people with rights of their own."""
        return any(one.subject == "" for one in self.types.values())

    @cached_property
    def has_proposals(self) -> bool:
        """Whether values of any of its fields can be proposed by those who may not set them."""
        said = [one.access for each in self.types.values() for one in each.fields]
        said += [fields for each in self.types.values() for state in each.state_access.values() for fields in state.values()]
        return any("propose" in one.values() for one in said)

    @cached_property
    def has_glass(self) -> bool:
        """Whether records of any of its types can be opened in an emergency."""
        return any(one.break_glass is not None for one in self.types.values())
