"""Workflow: the states of a record type, what leads from one to another, and what happens by itself in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as given
from datetime import timedelta
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

from kartotek.model.formula import Formula
from kartotek.model.frozen import empty
from kartotek.model.settings import Texts, text_in

# A value that an effect writes: a formula, or a constant in the shape in which it would be sent.
Given = Formula | Any
Missed = Literal["run", "skip"] | timedelta  # what was due during an outage: done late, left out, done if not later than this


@dataclass(frozen=True, slots=True)
class State:
    """`edit` are the roles that may change the record while it is there; None where the row's rights decide alone."""

    name: str
    titles: Texts = given(default_factory=empty)
    color: str = ""
    edit: frozenset[str] | None = None
    final: bool = False
    aliases: tuple[str, ...] = ()

    def label(self, language: str) -> str:
        """The title in the language asked for."""
        return text_in(self.titles, language) or self.name


@dataclass(frozen=True, slots=True)
class SetEffect:
    """Sets fields of the record itself; {field name: value}."""

    values: Mapping[str, Given]
    when: Formula | None = None


@dataclass(frozen=True, slots=True)
class CreateEffect:
    """Adds a record of another type."""

    type: str
    values: Mapping[str, Given]
    when: Formula | None = None


@dataclass(frozen=True, slots=True)
class UpdateEffect:
    """Changes the related record, or each of the list of records, that `target` gives."""

    type: str
    target: Formula
    values: Mapping[str, Given]
    when: Formula | None = None


@dataclass(frozen=True, slots=True)
class TransitionEffect:
    """Moves the related record, or each of the list of records, that `target` gives; those elsewhere are left alone
    where `skip` says so, and refuse the whole where it does not.
    """

    type: str
    target: Formula
    transition: str
    skip: bool = False
    when: Formula | None = None


@dataclass(frozen=True, slots=True)
class NotifyEffect:
    """Sends a message: to the record(s) or user(s) that `to` gives, or to everybody who has one of the `roles`."""

    template: str
    via: tuple[str, ...]
    to: Formula | None = None
    roles: frozenset[str] = frozenset()
    when: Formula | None = None


@dataclass(frozen=True, slots=True)
class WebhookEffect:
    """Tells a named endpoint of site.yaml of the event."""

    endpoint: str
    event: str
    when: Formula | None = None


@dataclass(frozen=True, slots=True)
class LinkEffect:
    """Makes a personal link that runs one transition of the record, so often and so long; templates name it link.<name>.

    Whoever opens it sees the fields in `shows`, whatever his rights.
    """

    name: str
    transition: str
    expires: timedelta
    uses: int = 1
    shows: tuple[str, ...] = ()
    when: Formula | None = None


Effect = SetEffect | CreateEffect | UpdateEffect | TransitionEffect | NotifyEffect | WebhookEffect | LinkEffect


@dataclass(frozen=True, slots=True)
class After:
    """So long after the state was entered."""

    delay: timedelta
    missed: Missed = "run"


@dataclass(frozen=True, slots=True)
class At:
    """At the instant (or on the date, at midnight of the site) that the formula gives; it follows the record."""

    moment: Formula
    missed: Missed = "run"


@dataclass(frozen=True, slots=True)
class Auto:
    """At once, in the same transaction, when the guard becomes true."""


Timer = After | At | Auto


@dataclass(frozen=True, kw_only=True)
class Transition:
    """`roles` may run it, the owner always. With a `timer` it also runs by itself. `require` and `ask` name fields."""

    name: str
    sources: tuple[str, ...]
    target: str
    titles: Texts = given(default_factory=empty)
    roles: frozenset[str] = frozenset()
    guard: Formula | None = None
    messages: Texts = given(default_factory=empty)  # what to say where the guard is false
    require: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    confirm: bool = False
    comment: Literal["", "optional", "required"] = ""
    timer: Timer | None = None
    effects: tuple[Effect, ...] = ()
    public: bool = False  # some public form or link effect runs it

    def label(self, language: str) -> str:
        """The title in the language asked for."""
        return text_in(self.titles, language) or self.name

    def message(self, language: str) -> str:
        """What to say where the guard is false."""
        return text_in(self.messages, language)

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of its dialog, required ones first, each once."""
        return tuple(dict.fromkeys((*self.require, *self.ask)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Effects at certain times: for every record that `where` holds for, or once where `per_record` is False.

    `every` with `at` (local time of the site) and `on` (a weekday 1–7, a day of the month), or `cron`; with `yearly`
    naming a date or month-day field; or `moment`, an instant relative to each record.
    """

    name: str
    every: Literal["", "hour", "day", "week", "month", "year"] = ""
    cron: str = ""
    at: str = "00:00"
    on: tuple[int, ...] = ()
    yearly: str = ""
    moment: Formula | None = None
    where: Formula | None = None
    once: Literal["", "per-record", "per-day", "per-month", "per-year"] = ""
    missed: Missed = "skip"
    effects: tuple[Effect, ...] = ()
    titles: Texts = given(default_factory=empty)


@dataclass(frozen=True, slots=True)
class Limit:
    """What happens when a clock has run so long: the first is the promise, the others escalate."""

    after: Formula | timedelta
    effects: tuple[Effect, ...]
    when: Formula | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A clock that runs in some states, within working hours if `hours` names calendar types, and pauses elsewhere.

    A final state stops it for good.
    """

    name: str
    states: frozenset[str]
    limits: tuple[Limit, ...]
    titles: Texts = given(default_factory=empty)
    hours: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """`field` is the read-only choice field that shows the state among the fields; "" where there is none.

    `removed` is {former state: state}. `assign` says where records stand that are older than the workflow.
    """

    record: str
    initial: str
    states: Mapping[str, State]
    transitions: Mapping[str, Transition]
    field: str = ""
    titles: Texts = given(default_factory=empty)
    version: int = 0
    removed: Mapping[str, str] = given(default_factory=empty)
    assign: Formula | None = None
    schedules: Mapping[str, Schedule] = given(default_factory=empty)
    clocks: Mapping[str, Clock] = given(default_factory=empty)
    file: str = ""

    @cached_property
    def leaving(self) -> Mapping[str, tuple[Transition, ...]]:
        """{state: the transitions that lead from it, in the order of the file}."""
        return MappingProxyType({
            name: tuple(one for one in self.transitions.values() if name in one.sources) for name in self.states
        })

    @cached_property
    def renamed(self) -> Mapping[str, str]:
        """{a former name of a state: its name now}, from aliases and `removed`."""
        aliases = {alias: one.name for one in self.states.values() for alias in one.aliases}
        return MappingProxyType({**aliases, **self.removed})
