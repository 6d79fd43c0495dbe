"""Effects: what a transition, a schedule or a limit does besides, each entry of a `do` list checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.flow import Flow
from kartotek.declaration.formulas import Names
from kartotek.declaration.spans import span_of
from kartotek.declaration.suggest import listed
from kartotek.declaration.workflow_notices import notify_of
from kartotek.declaration.workflow_targets import reached, target_of
from kartotek.declaration.workflow_values import values_of
from kartotek.formula.types import BOOL
from kartotek.model.workflow import (
    CreateEffect,
    Effect,
    LinkEffect,
    SetEffect,
    TransitionEffect,
    UpdateEffect,
    WebhookEffect,
)

_LINK_WORKS = "P7D"


def effects_of(flow: Flow, path: Path, declared: Sequence[Any], names: Names) -> tuple[Effect, ...]:
    """The effects that are right, in the order of the file."""
    for index, one in enumerate(declared):
        effect = _effect(flow, (*path, index), one, names) if one is not None else None
        if effect is not None:
            flow.effects[(*path, index)] = effect
    return tuple(effect for place, effect in flow.effects.items() if place[:-1] == path)


def _effect(flow: Flow, path: Path, declared: Mapping[str, Any], names: Names) -> Effect | None:
    verbs = [key for key in declared if key in _VERBS]
    if len(verbs) != 1:
        what = f"one of {listed(_VERBS)}" if not verbs else f"one thing, not {' and '.join(verbs)}"
        flow.problems.error(path, "effect", f"An entry of 'do' says {what}; write one entry for each.")
        return None
    effect = _VERBS[verbs[0]](flow, (*path, verbs[0]), declared[verbs[0]], names)
    when = flow.formulas.check((*path, "if"), names, BOOL)
    return replace(effect, when=when) if effect is not None else None


def _set(flow: Flow, path: Path, declared: Mapping[str, Any], names: Names) -> Effect:
    return SetEffect(values_of(flow, path, declared, owner=flow.record, names=names))


def _create(flow: Flow, path: Path, declared: Mapping[str, Any], names: Names) -> Effect | None:
    found = flow.type((*path, "record"), declared["record"])
    if found is None:
        return None
    if found.builtin:
        sentence = f"'{found.name}' is built in; its records cannot be made by a workflow."
        flow.problems.error((*path, "record"), "effect", sentence)
        return None
    values = values_of(flow, (*path, "set"), declared.get("set", {}), owner=found.name, names=names, creates=True)
    return CreateEffect(found.name, values)


def _update(flow: Flow, path: Path, declared: Mapping[str, Any], names: Names) -> Effect | None:
    target = target_of(flow, (*path, "record"), names)
    owner = reached(target)
    if target is None or not owner:
        return None
    if target.source.strip() == "record":
        flow.problems.error((*path, "record"), "effect", "Use 'set' to change the record itself.")
        return None
    if flow.types[owner].append_only:
        flow.problems.error((*path, "record"), "effect", f"Records of '{owner}' are only added and never changed.")
        return None
    values = values_of(flow, (*path, "set"), declared["set"], owner=owner, names=names)
    return UpdateEffect(owner, target, values)


def _transition(flow: Flow, path: Path, declared: Mapping[str, Any], names: Names) -> Effect | None:
    target = target_of(flow, (*path, "record"), names)
    owner = reached(target)
    if target is None or not owner or not flow.transition((*path, "run"), declared["run"], owner):
        return None
    return TransitionEffect(owner, target, declared["run"], declared.get("skip", False))


def _webhook(flow: Flow, path: Path, declared: Mapping[str, Any], names: Names) -> Effect:
    name = declared["endpoint"]
    known = flow.beside.endpoints
    flow.known((*path, "endpoint"), name, known, code="unknown_endpoint", words="endpoint in site.yaml called")
    return WebhookEffect(name, declared["event"])


def _link(flow: Flow, path: Path, declared: Mapping[str, Any], names: Names) -> Effect | None:
    name = declared["transition"]
    expires = span_of(flow.problems, (*path, "expires"), declared.get("expires", _LINK_WORKS))
    if not flow.transition((*path, "transition"), name, flow.record) or expires is None:
        return None
    shown = tuple(
        one for index, one in enumerate(declared.get("shows", ())) if _is_shown(flow, (*path, "shows", index), one)
    )
    return LinkEffect(declared["name"], name, expires, declared.get("uses", 1), shown)


def _is_shown(flow: Flow, path: Path, name: str) -> bool:
    field = flow.field(path, name)
    if field is not None and field.write_only:
        flow.problems.error(path, "fixed_field", f"'{name}' is never given back, so nobody can be shown it.")
    return field is not None


_VERBS: Mapping[str, Callable[[Flow, Path, Any, Names], Effect | None]] = MappingProxyType(
    {
        "set": _set,
        "create": _create,
        "update": _update,
        "transition": _transition,
        "notify": notify_of,
        "webhook": _webhook,
        "link": _link,
    }
)
