"""Replay: whether a record that went its way under one workflow would have gone the same way under another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from kartotek.formula import UNRELATED
from kartotek.model.actor import Actor
from kartotek.model.formula import Formula
from kartotek.model.record import Record
from kartotek.model.workflow import After, Auto, Transition, Workflow
from kartotek.rules.derive import derived, lived
from kartotek.rules.environment import environment
from kartotek.rules.ruleset import Ruleset, is_own_rollup
from kartotek.rules.setting import Setting

Reason = Literal["no_state", "no_transition", "not_from", "guard", "require", "by_itself", "other_end"]


@dataclass(frozen=True, slots=True)
class Passed:
    """One row of a record's history: the record before it and after it, with the states of then."""

    action: str
    transition: str
    before: Record
    after: Record
    at: datetime
    by: int


@dataclass(frozen=True, slots=True)
class Departure:
    """Where a record would have left the way it went; `about` says what the sentence of the reason names."""

    reason: Reason
    at: datetime
    transition: str = ""
    state: str = ""
    about: str = ""


@dataclass(frozen=True)
class Replay:
    """One type under a workflow that is to be. `fresh` are transitions that run by themselves and did not so before."""

    rules: Ruleset
    workflow: Workflow
    initial: str
    zone: str
    fresh: frozenset[str] = frozenset()
    unknown: dict[str, int] = field(default_factory=dict)  # {transition: how often history could not tell its guard}

    def departure(self, passed: Sequence[Passed], now: datetime) -> Departure | None:
        """Where the record would first have gone another way; None where it goes the same. `passed` is the oldest first."""
        state, entered = "", now
        for one in passed:
            if one.action in ("create", "migration"):
                found = self._begun(one)
                if found is None:
                    return Departure("no_state", one.at, state=one.after.state or "")
                state, entered = found, one.at
                continue
            early = self._by_itself(state, entered, one)
            if early is not None:
                return early
            if one.action != "transition":
                continue
            wrong = self._refused(state, one)
            if wrong is not None:
                return wrong
            state, entered = self.workflow.transitions[one.transition].target, one.at
        return self._ended(passed, (state, entered), now)

    def _begun(self, one: Passed) -> str | None:
        """Where it begins: with the initial state, if it began with that of its time."""
        if one.action == "create" and one.after.state == self.initial:
            return self.workflow.initial
        return self._now_called(one.after.state)

    def _now_called(self, state: str | None) -> str | None:
        return state if state in self.workflow.states else self.workflow.renamed.get(state or "")

    def _refused(self, state: str, one: Passed) -> Departure | None:
        transition = self.workflow.transitions.get(one.transition)
        if transition is None:
            return Departure("no_transition", one.at, one.transition)
        if state not in transition.sources:
            return Departure("not_from", one.at, one.transition, state)
        record = _with_dialog(one, transition)
        for name in transition.require:
            if self._is_kept(name) and record.values.get(name) is None:
                return Departure("require", one.at, one.transition, about=name)
        if self._holds(transition, record, one, one.at) is False:
            return Departure("guard", one.at, one.transition)
        return None

    def _by_itself(self, state: str, entered: datetime, one: Passed) -> Departure | None:
        """What would have run by itself before this row, because it is new or has another time than it had."""
        for transition in self.workflow.leaving.get(state, ()):
            due = self._due(transition, entered, one.at)
            if due is not None and self._holds(transition, one.before, one, due) is True:
                return Departure("by_itself", due, transition.name)
        return None

    def _due(self, transition: Transition, entered: datetime, end: datetime) -> datetime | None:
        if transition.name not in self.fresh:
            return None
        if isinstance(transition.timer, Auto):
            return entered
        if isinstance(transition.timer, After) and entered + transition.timer.delay < end:
            return entered + transition.timer.delay
        return None

    def _ended(self, passed: Sequence[Passed], at: tuple[str, datetime], now: datetime) -> Departure | None:
        if not passed:
            return None
        last = passed[-1]
        state, entered = at
        if last.after.deleted_at is None:
            still = Passed("", "", last.after, last.after, now, last.by)
            early = self._by_itself(state, entered, still)
            if early is not None:
                return early
        actual = self._now_called(last.after.state)
        if actual is None:
            return Departure("no_state", last.at, state=last.after.state or "")
        return Departure("other_end", last.at, state=state, about=actual) if actual != state else None

    def _holds(self, transition: Transition, record: Record, one: Passed, at: datetime) -> bool | None:
        """Whether the guard held, as far as history knows; None where it does not."""
        if transition.guard is None:
            return True
        if not self._is_known(transition.guard):
            self.unknown[transition.name] = self.unknown.get(transition.name, 0) + 1
            return None
        actor = Actor(id=one.by, name="")
        setting = Setting(actor, at, environment(actor, at.astimezone(ZoneInfo(self.zone)), self.zone), UNRELATED)
        before, after = (self._whole(side, setting) for side in (one.before, record))
        return self.rules.evaluate(transition.guard, setting.about(after, before)) is True

    def _whole(self, record: Record, setting: Setting) -> Record:
        found, _ = derived(self.rules, record, None, setting)
        return lived(self.rules, found, setting)

    def _is_known(self, formula: Formula) -> bool:
        """Whether history holds all that the formula reads: the record's own kept fields, who and when."""
        declared = self.rules.type
        for path in formula.paths:
            if path[0] == "user" and path[1:] != ("id",):
                return False
            if "meta()" in path or (path[0] == "meta" and len(path) > 2):
                return False
        for owner, name in formula.fields:
            if owner != declared.name and not owner.startswith(f"{declared.name}."):
                return False
            if owner == declared.name and (name not in declared.by_name or not self._is_kept(name)):
                return False
        return True

    def _is_kept(self, name: str) -> bool:
        known = self.rules.type.by_name.get(name)
        if known is None or known.write_only:
            return False
        if known.rollup is not None:
            return is_own_rollup(self.rules.type, known)
        return known.compute is None or self._is_known(known.compute)


def fresh(before: Workflow | None, after: Workflow) -> Iterator[str]:
    """The transitions that run by themselves now and did not so, at that time and from these states, before."""
    for one in after.transitions.values():
        was = before.transitions.get(one.name) if before is not None else None
        if isinstance(one.timer, After | Auto) and (was is None or _when(was) != _when(one)):
            yield one.name


def _when(one: Transition) -> tuple[object, ...]:
    return one.timer, frozenset(one.sources), one.guard.source if one.guard is not None else ""


def _with_dialog(one: Passed, transition: Transition) -> Record:
    """The record as its guard saw it: as it was, with what was given in the dialog."""
    given: Mapping[str, object] = {name: one.after.values[name] for name in transition.fields if name in one.after.values}
    return Record(
        type=one.before.type, id=one.before.id, version=one.before.version, state=one.before.state,
        created_at=one.before.created_at, created_by=one.before.created_by, updated_at=one.before.updated_at,
        updated_by=one.before.updated_by, values={**one.before.values, **given},
    )
