"""Schedules and clocks of a workflow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from kartotek.declaration.cron import cron_problem
from kartotek.declaration.document import Path
from kartotek.declaration.flow import Flow
from kartotek.declaration.given import is_formula
from kartotek.declaration.spans import span_of
from kartotek.declaration.texts import texts_of
from kartotek.declaration.workflow_effects import effects_of
from kartotek.declaration.workflow_parts import missed_of, moment_of
from kartotek.formula.types import BOOL, DURATION
from kartotek.model.formula import Formula
from kartotek.model.workflow import Clock, Limit, Schedule

_WHENS = ("every", "cron", "yearly", "moment")
_HIGHEST_ON: Mapping[str, int] = MappingProxyType({"week": 7, "month": 31})


def schedules_of(flow: Flow) -> Mapping[str, Schedule]:
    """{name: schedule} of those that are right."""
    declared = flow.outline.declared.get("schedules", {})
    found = {name: _schedule(flow, name, one) for name, one in declared.items()}
    return MappingProxyType({name: one for name, one in found.items() if one is not None})


def clocks_of(flow: Flow) -> Mapping[str, Clock]:
    """{name: clock}."""
    declared = flow.outline.declared.get("clocks", {})
    return MappingProxyType({name: _clock(flow, name, one) for name, one in declared.items()})


def _schedule(flow: Flow, name: str, declared: Mapping[str, Any]) -> Schedule | None:
    path: Path = ("schedules", name)
    whens = [key for key in _WHENS if key in declared]
    if len(whens) != 1:
        sentence = "A schedule says when by one of 'every', 'cron', 'yearly' and 'moment'."
        flow.problems.error_at_key(path, "schedule", sentence)
        return None
    _check_when(flow, path, declared, whens[0])
    moment = moment_of(flow, (*path, "moment"))
    where = flow.formulas.queried((*path, "where"), flow.unattended)
    effects = effects_of(flow, (*path, "do"), declared.get("do", ()), flow.unattended)
    return Schedule(
        name=name,
        every=declared.get("every", ""),
        cron=declared.get("cron", ""),
        at=declared.get("at", "00:00"),
        on=tuple(declared.get("on", ())),
        yearly=declared.get("yearly", ""),
        moment=moment,
        where=where,
        once=declared.get("once", ""),
        missed=missed_of(flow, path, declared, "skip"),
        effects=effects,
        titles=texts_of(declared.get("title"), flow.outline.draft.site.languages),
    )


def _check_when(flow: Flow, path: Path, declared: Mapping[str, Any], when: str) -> None:
    if when == "cron" and (reason := cron_problem(declared["cron"])):
        flow.problems.error((*path, "cron"), "schedule", f"This is no cron line: {reason.rstrip('.')}.")
    if when == "yearly":
        field = flow.field((*path, "yearly"), declared["yearly"])
        if field and (field.kind not in ("date", "monthday") or field.is_live):
            sentence = f"'{field.name}' gives no day of the year; a stored date or month-day does."
            flow.problems.error((*path, "yearly"), "schedule", sentence)
    if "at" in declared and when in ("cron", "moment"):
        sentence = f"'{when}' says the time already. Leave 'at' out."
        flow.problems.error_at_key((*path, "at"), "no_effect", sentence)
    _check_on(flow, path, declared)


def _check_on(flow: Flow, path: Path, declared: Mapping[str, Any]) -> None:
    highest = _HIGHEST_ON.get(declared.get("every", ""))
    if "on" in declared and highest is None:
        sentence = "'on' names days of a week or of a month: with 'every: week' or 'every: month'."
        flow.problems.error_at_key((*path, "on"), "no_effect", sentence)
        return
    for index, day in enumerate(declared.get("on", ())):
        if highest is not None and day > highest:
            flow.problems.error((*path, "on", index), "bound", f"The days of a week are 1 for Monday to {highest}.")


def _clock(flow: Flow, name: str, declared: Mapping[str, Any]) -> Clock:
    path: Path = ("clocks", name)
    states = flow.states((*path, "states"), declared["states"])
    for index, state in enumerate(declared["states"]):
        if state in states and flow.outline.states[state].get("final"):
            sentence = f"'{state}' is final, so no clock runs there."
            flow.problems.error((*path, "states", index), "final_state", sentence)
    hours = tuple(one for index, one in enumerate(declared.get("hours", ())) if _has_hours(flow, (*path, "hours", index), one))
    limits = [
        _limit(flow, (*path, "limits", index), one) for index, one in enumerate(declared.get("limits", ())) if one is not None
    ]
    _check_order(flow, path, limits)
    return Clock(
        name=name,
        states=frozenset(states),
        limits=tuple(one for one in limits if one is not None),
        titles=texts_of(declared.get("title"), flow.outline.draft.site.languages),
        hours=hours,
    )


def _has_hours(flow: Flow, path: Path, name: str) -> bool:
    found = flow.type(path, name)
    if found is not None and found.calendar is None and not flow.is_doubtful(name):
        sentence = f"'{name}' says nothing of working hours: its schema needs x-record.calendar."
        flow.problems.error(path, "calendar", sentence)
    return found is not None


def _limit(flow: Flow, path: Path, declared: Mapping[str, Any]) -> Limit | None:
    written = declared["after"]
    after: Formula | timedelta | None
    if is_formula(written):
        after = flow.formulas.check_given((*path, "after"), flow.timeless, DURATION)
    else:
        after = span_of(flow.problems, (*path, "after"), written)
    when = flow.formulas.check((*path, "if"), flow.unattended, BOOL)
    effects = effects_of(flow, (*path, "do"), declared.get("do", ()), flow.unattended)
    return Limit(after, effects, when) if after is not None else None


def _check_order(flow: Flow, path: Path, limits: list[Limit | None]) -> None:
    longest = timedelta(0)
    for index, limit in enumerate(limits):
        if limit is None or not isinstance(limit.after, timedelta):
            continue
        if limit.after <= longest:
            sentence = "Limits stand in the order of their times, each longer than the one before."
            flow.problems.error((*path, "limits", index, "after"), "schedule", sentence)
        longest = max(longest, limit.after)
