"""Conditions of a workflow: guards that decide nothing, two timers at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from kartotek.declaration.document import Path
from kartotek.declaration.flow import Flow
from kartotek.declaration.grants import both_empty
from kartotek.declaration.logic import Fact, always_holds, can_hold, equal, exclude
from kartotek.model.formula import Conditional, Formula, Literal_, Node
from kartotek.model.workflow import After, At, Auto, Transition, Workflow


def check_guards(flow: Flow, workflow: Workflow) -> None:
    """Adds a warning for every guard that always or never holds, or that holds where two values are empty."""
    for transition in workflow.transitions.values():
        if transition.guard is None:
            continue
        path: Path = ("transitions", transition.name, "guard")
        if isinstance(transition.timer, Auto):
            _check_followed(flow, path, transition.guard)
        cases = [_at(flow, source) for source in transition.sources]
        if not any(can_hold(transition.guard, facts) for facts in cases):
            flow.problems.warning(path, "constant_guard", "This can never hold, so nobody can ever run the transition.")
        elif all(always_holds(transition.guard, facts) for facts in cases):
            flow.problems.warning(path, "constant_guard", "This always holds, so it guards nothing.")
        for node in both_empty(transition.guard):
            text = transition.guard.source[node.start : node.end]
            sentence = f"Both sides of '{text}' may be empty, and two empty values are equal. Ask isSet(…) of one as well."
            flow.problems.warning(path, "both_empty", sentence)


def _check_followed(flow: Flow, path: Path, guard: Formula) -> None:
    """An `auto` is looked at when its record changes; what changes without that does not start it."""
    times = sorted(guard.roots & {"now", "today"})
    others = sorted({f"{owner}.{name}" for owner, name in guard.fields if not _is_within(flow, owner)})
    if times:
        sentence = f"'{times[0]}' does not start this: it is looked at only when the record changes. Use 'at'."
        flow.problems.warning(path, "not_followed", sentence)
    elif others:
        sentence = f"A change of '{others[0]}' does not start this: it is looked at only when its own record changes."
        flow.problems.warning(path, "not_followed", sentence)


def _is_within(flow: Flow, owner: str) -> bool:
    return owner == flow.record or owner.startswith((f"{flow.record}.", f"{flow.record}["))


def check_timers(flow: Flow, workflow: Workflow) -> None:
    """Adds an error for two timers that may fire together from one state, since it would be chance which one does."""
    told: set[frozenset[str]] = set()
    for state, leaving in workflow.leaving.items():
        for one, other in combinations([way for way in leaving if way.timer is not None], 2):
            pair = frozenset((one.name, other.name))
            if pair not in told and _is_together(one, other) and not _is_apart(flow, one, other, state):
                told.add(pair)
                sentence = (
                    f"'{one.name}' and '{other.name}' can both run by themselves from '{state}' at the same time. "
                    "Give them guards that exclude each other."
                )
                flow.problems.error_at_key(("transitions", other.name), "ambiguous", sentence)


def results(node: Node) -> Iterator[Literal_]:
    """The constants that a formula may give."""
    if isinstance(node, Literal_):
        yield node
    elif isinstance(node, Conditional):
        yield from results(node.then)
        yield from results(node.otherwise)


def _at(flow: Flow, state: str) -> tuple[Fact, ...]:
    facts = [equal("meta.state", state)]
    if flow.outline.field:
        facts.append(equal(f"record.{flow.outline.field}", state))
    return tuple(facts)


def _is_together(one: Transition, other: Transition) -> bool:
    if isinstance(one.timer, After) and isinstance(other.timer, After):
        return one.timer.delay == other.timer.delay
    if isinstance(one.timer, At) and isinstance(other.timer, At):
        return _plain(one.timer.moment) == _plain(other.timer.moment)
    return isinstance(one.timer, Auto) and isinstance(other.timer, Auto)


def _is_apart(flow: Flow, one: Transition, other: Transition, state: str) -> bool:
    if one.guard is not None and other.guard is not None:
        return exclude(one.guard, other.guard, _at(flow, state))
    declared = flow.outline.transitions
    # A guard that is wrong has its own problem; nothing shall be said to be missing for it.
    return any("guard" in declared[way.name] and way.guard is None for way in (one, other))


def _plain(formula: Formula) -> str:
    return "".join(formula.source.split())
