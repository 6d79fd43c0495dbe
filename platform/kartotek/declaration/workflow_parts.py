"""States and transitions, each checked by itself."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.flow import Flow
from kartotek.declaration.spans import span_of
from kartotek.declaration.state_field import color_of
from kartotek.declaration.texts import texts_of
from kartotek.declaration.workflow_effects import effects_of
from kartotek.formula.types import BOOL, words
from kartotek.model.formula import Formula
from kartotek.model.workflow import After, At, Auto, Missed, State, Timer, Transition

_TIMERS = ("after", "at", "auto")


def states_of(flow: Flow) -> Mapping[str, State]:
    """{name: state}; former names that are taken are problems."""
    taken = dict.fromkeys(flow.outline.states, "a state")
    return MappingProxyType({name: _state(flow, name, one, taken) for name, one in flow.outline.states.items()})


def removed_of(flow: Flow) -> Mapping[str, str]:
    """{former state: state}."""
    aliases = {alias for state in flow.outline.states.values() for alias in state.get("aliases", ())}
    found: dict[str, str] = {}
    for name, target in flow.outline.declared.get("removed", {}).items():
        path: Path = ("removed", name)
        if name in flow.outline.states or name in aliases:
            what = "still a state" if name in flow.outline.states else "an alias already"
            flow.problems.error_at_key(path, "removed_state", f"'{name}' is {what}. Take it out of one of the two.")
        elif flow.state(path, target):
            found[name] = target
    return MappingProxyType(found)


def transitions_of(flow: Flow) -> Mapping[str, Transition]:
    """{name: transition} of those whose ways can be told."""
    found = {name: _transition(flow, name, one) for name, one in flow.outline.transitions.items()}
    return MappingProxyType({name: one for name, one in found.items() if one is not None})


def moment_of(flow: Flow, path: Path) -> Formula | None:
    """The formula of an instant or a date, made of nothing but the record."""
    formula = flow.formulas.check(path, flow.timeless, None)
    if formula is not None and formula.type.name not in ("instant", "date"):
        sentence = f"This is {words(formula.type)}, and should be an instant or a date."
        flow.problems.error(path, "formula_type", sentence)
        return None
    return formula


def missed_of(flow: Flow, path: Path, declared: Mapping[str, Any], usual: Missed) -> Missed:
    """What the key `missed` says."""
    written = declared.get("missed", usual)
    if written in ("run", "skip"):
        return "run" if written == "run" else "skip"
    return span_of(flow.problems, (*path, "missed"), written) or usual


def _state(flow: Flow, name: str, declared: Mapping[str, Any], taken: dict[str, str]) -> State:
    path: Path = ("states", name)
    aliases = tuple(declared.get("aliases", ()))
    for index, alias in enumerate(aliases):
        if alias in taken:
            sentence = f"'{alias}' is {taken[alias]} already, so it cannot be a former name of '{name}'."
            flow.problems.error((*path, "aliases", index), "duplicate_state", sentence)
        taken.setdefault(alias, f"a former name of '{name}'")
    return State(
        name=name,
        titles=texts_of(declared.get("title"), flow.outline.draft.site.languages),
        color=color_of(declared),
        edit=flow.roles((*path, "edit"), declared["edit"]) if "edit" in declared else None,
        final=declared.get("final", False),
        aliases=aliases,
    )


def _transition(flow: Flow, name: str, declared: Mapping[str, Any]) -> Transition | None:
    path: Path = ("transitions", name)
    sources = _sources(flow, (*path, "from"), declared.get("from", ()))
    target = flow.state((*path, "to"), declared["to"]) if "to" in declared else ""
    languages = flow.outline.draft.site.languages
    found = Transition(
        name=name,
        sources=sources,
        target=target,
        titles=texts_of(declared.get("title"), languages),
        roles=flow.roles((*path, "roles"), declared.get("roles", ())),
        guard=flow.formulas.check((*path, "guard"), flow.names, BOOL),
        messages=texts_of(declared.get("message"), languages),
        require=_fields(flow, (*path, "require"), declared.get("require", ())),
        ask=_fields(flow, (*path, "ask"), declared.get("ask", ())),
        confirm=declared.get("confirm", False),
        comment=declared.get("comment", ""),
        timer=_timer(flow, path, declared),
        effects=effects_of(flow, (*path, "do"), declared.get("do", ()), flow.names),
        public=name in _run_by_public(flow),
    )
    return found if sources and target else None


def _sources(flow: Flow, path: Path, declared: str | list[str]) -> tuple[str, ...]:
    if isinstance(declared, str):
        return (declared,) if flow.state(path, declared) else ()
    return flow.states(path, declared)


def _fields(flow: Flow, path: Path, names: Any) -> tuple[str, ...]:
    return tuple(name for index, name in enumerate(names) if flow.field((*path, index), name))


def _timer(flow: Flow, path: Path, declared: Mapping[str, Any]) -> Timer | None:
    named = [key for key in _TIMERS if key in declared]
    if len(named) > 1:
        sentence = f"Of {' and '.join(named)} a transition has one; write a second transition for the other."
        flow.problems.error_at_key((*path, named[1]), "conflict", sentence)
    if not named or "missed" in declared and named[0] == "auto":
        if "missed" in declared and not flow.outline.mentions(str(path[1]), "after", "at"):
            sentence = "'missed' is for transitions that run at a moment: with 'after' or 'at'."
            flow.problems.error_at_key((*path, "missed"), "no_effect", sentence)
        return Auto() if named else None
    missed = missed_of(flow, path, declared, "run")
    if named[0] == "after":
        delay = span_of(flow.problems, (*path, "after"), declared["after"])
        return After(delay, missed) if delay else None
    if named[0] == "at":
        moment = moment_of(flow, (*path, "at"))
        return At(moment, missed) if moment else None
    return Auto()


def _run_by_public(flow: Flow) -> set[str]:
    """The transitions that some public form or personal link runs."""
    forms = {form.transition for form in flow.types[flow.record].public_forms.values()}
    effects = [
        effect
        for one in flow.outline.transitions.values()
        for effect in one.get("do", ())
    ]
    links = {effect["link"]["transition"] for effect in effects if effect and "link" in effect}
    return (forms | links) - {""}
