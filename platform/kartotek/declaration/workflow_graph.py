"""The states and ways of a whole workflow: what leads nowhere, what nothing leads to, what nobody can run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kartotek.declaration.document import Path
from kartotek.declaration.flow import Flow
from kartotek.model.actor import OWNER
from kartotek.model.workflow import After, Auto, Transition, Workflow


def check_graph(flow: Flow, workflow: Workflow, entries: Iterable[str]) -> None:
    """Adds the problems of a workflow of which all states and ways are known; `entries` are states that old records have."""
    _check_finals(flow, workflow)
    _check_ways_out(flow, workflow)
    _check_reach(flow, workflow, entries)
    _check_doubles(flow, workflow)
    for transition in workflow.transitions.values():
        _check_people(flow, transition)
    for chain in _circles(workflow):
        _tell_circle(flow, workflow, chain)


def _check_finals(flow: Flow, workflow: Workflow) -> None:
    for transition in workflow.transitions.values():
        for index, source in enumerate(transition.sources):
            if workflow.states[source].final:
                sentence = f"'{source}' is final, so nothing leads away from it."
                flow.problems.error(source_path(flow, transition, index), "leaves_final", sentence)


def _check_ways_out(flow: Flow, workflow: Workflow) -> None:
    finishing = _backwards(workflow, {name for name, one in workflow.states.items() if one.final})
    if not finishing:
        flow.problems.warning(("states",), "no_finish", "No state is final, so no record is ever done.")
    for name, state in workflow.states.items():
        path: Path = ("states", name)
        if not state.final and not workflow.leaving[name]:
            sentence = f"There is no way out of '{name}'. Add a transition, or final: true."
            flow.problems.error_at_key(path, "dead_end", sentence)
        elif finishing and name not in finishing:
            flow.problems.warning_at_key(path, "no_finish", f"No way leads from '{name}' to a final state.")


def _check_reach(flow: Flow, workflow: Workflow, entries: Iterable[str]) -> None:
    reached = _forwards(workflow, {workflow.initial, *entries})
    for name in workflow.states:
        if name not in reached:
            flow.problems.warning_at_key(("states", name), "unreachable", f"Nothing leads to '{name}'.")


def _check_doubles(flow: Flow, workflow: Workflow) -> None:
    """Two ways of the same people between the same states are two buttons that nobody can tell apart, unless effects differ."""
    seen: dict[tuple[str, str, frozenset[str]], str] = {}
    for transition in workflow.transitions.values():
        if not transition.roles or transition.guard is not None:
            continue
        for source in transition.sources:
            other = seen.setdefault((source, transition.target, transition.roles), transition.name)
            if other != transition.name:
                sentence = f"'{other}' leads from '{source}' to '{transition.target}' for the same roles already."
                flow.problems.warning_at_key(("transitions", transition.name), "double_transition", sentence)
                break


def _check_people(flow: Flow, transition: Transition) -> None:
    path: Path = ("transitions", transition.name)
    has_timer = flow.outline.mentions(transition.name, "after", "at", "auto")
    is_lost = flow.outline.mentions(transition.name, "roles") and "roles" not in flow.outline.transitions[transition.name]
    has_people = transition.public or bool(transition.roles) or is_lost
    if not has_timer and not has_people and _knows_links(flow):
        sentence = f"Nobody can ever run '{transition.name}': it has neither roles nor a time (after, at or auto)."
        flow.problems.error_at_key(path, "nobody_may", sentence)
    if has_timer and transition.require:
        sentence = "What runs by itself cannot ask anybody for fields. Use a guard: isSet(record.…)."
        flow.problems.error_at_key((*path, "require"), "timer_require", sentence)
    if has_timer and transition.roles - {OWNER}:
        sentence = "This runs by itself; these roles may run it earlier as well."
        flow.problems.warning((*path, "roles"), "timer_roles", sentence)
    if not has_timer or transition.guard is None or "user" not in transition.guard.roots:
        return
    sentence = "Nobody is at work when this runs by itself, so 'user' tells nothing then."
    flow.problems.warning((*path, "guard"), "timer_user", sentence)


def _knows_links(flow: Flow) -> bool:
    """Whether all links and forms that may run a transition are known."""
    schema = flow.drafts[flow.record].problems
    has_forms = not any(path[:2] == ("x-record", "publicForms") for path in schema.paths)
    is_lost = any(one.code == "unknown_transition" for one in flow.problems.found)
    return has_forms and flow.outline.has_all_effects and not is_lost


def _circles(workflow: Workflow) -> Iterator[tuple[Transition, ...]]:
    """Ways of timers alone that come back to where they began, each circle once."""
    done: set[str] = set()
    for name in workflow.states:
        chain = _circle_from(workflow, name, done)
        if chain:
            yield chain


def _circle_from(workflow: Workflow, start: str, done: set[str]) -> tuple[Transition, ...]:
    """Walks deep first without recursion: 200 states in a row are nothing unusual."""
    trail: list[Transition] = []
    on_trail = [start]
    pending = [iter(_timed(workflow, start))] if start not in done else []
    while pending:
        way = next(pending[-1], None)
        if way is None:
            pending.pop()
            done.add(on_trail.pop())
            trail = trail[:-1]
        elif way.target in on_trail:
            done.update(on_trail)
            return (*trail[on_trail.index(way.target) :], way)
        elif way.target not in done:
            trail.append(way)
            on_trail.append(way.target)
            pending.append(iter(_timed(workflow, way.target)))
    return ()


def _timed(workflow: Workflow, state: str) -> list[Transition]:
    """An instant that has passed comes once only, and so does a time in a state that is not left: such circles stand still."""
    ways = workflow.leaving.get(state, ())
    return [one for one in ways if isinstance(one.timer, Auto) or (isinstance(one.timer, After) and one.target != state)]


def _tell_circle(flow: Flow, workflow: Workflow, chain: tuple[Transition, ...]) -> None:
    words = " → ".join((*(one.name for one in chain), chain[0].name))
    path: Path = ("transitions", chain[-1].name)
    if all(isinstance(one.timer, Auto) and one.guard is None for one in chain):
        sentence = f"This would go round for ever at once: {words}."
        flow.problems.error_at_key(path, "timer_circle", sentence)
        return
    flow.problems.warning_at_key(path, "timer_circle", f"This goes round by itself, and nobody may stop it: {words}.")


def source_path(flow: Flow, transition: Transition, index: int) -> Path:
    """Where the source stands; `from` may be one state or a list."""
    written = flow.outline.transitions[transition.name]["from"]
    path: Path = ("transitions", transition.name, "from")
    return path if isinstance(written, str) else (*path, written.index(transition.sources[index]))


def _forwards(workflow: Workflow, start: set[str]) -> set[str]:
    ways = {name: [one.target for one in leaving] for name, leaving in workflow.leaving.items()}
    return _walked(ways, start)


def _backwards(workflow: Workflow, start: set[str]) -> set[str]:
    ways: dict[str, list[str]] = {}
    for one in workflow.transitions.values():
        ways.setdefault(one.target, []).extend(one.sources)
    return _walked(ways, start)


def _walked(ways: Mapping[str, Iterable[str]], start: set[str]) -> set[str]:
    found, pending = set(start), list(start)
    while pending:
        for name in ways.get(pending.pop(), ()):
            if name not in found:
                found.add(name)
                pending.append(name)
    return found
