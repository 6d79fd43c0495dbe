"""Levels: what each role may know and do of a field, in which state, what a mask leaves of it, and who may break the glass."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.draft import Draft
from kartotek.declaration.shown import find_field
from kartotek.declaration.suggest import did_you_mean, listed
from kartotek.model.actor import OWNER
from kartotek.model.catalog import RecordType
from kartotek.model.clearance import BreakGlass, Clearance, Mask, Show
from kartotek.model.field import Field
from kartotek.model.frozen import EMPTY

_TOP = 2  # the length of the path of a field of the record itself
_FIT: Mapping[Show, frozenset[str]] = MappingProxyType({
    "last4": frozenset({"text", "phone", "autonumber", "url", "uuid"}), "initial": frozenset({"text", "autonumber"}),
    "domain": frozenset({"email", "url"}), "year": frozenset({"date", "instant"}),
})
_ABOVE_ALL = "The role 'owner' may do everything, whatever stands here. Leave it out."
StateAccess = Mapping[str, Mapping[str, Mapping[str, Clearance]]]


def access_of(draft: Draft, path: Path, declared: Mapping[str, Clearance]) -> Mapping[str, Clearance]:
    """{role: clearance} of a field; of its members none can be shown in part."""
    for role, clearance in declared.items():
        _check_role(draft, (*path, role), role)
        if len(path) > _TOP + 2 and clearance in ("flag", "mask"):
            sentence = f"'{clearance}' is for fields of the record itself. Here it is none, read or write."
            draft.problems.error((*path, role), "not_supported", sentence)
    return MappingProxyType(dict(declared))


def mask_of(draft: Draft, path: Path, own: Mapping[str, Any], kind: str) -> Mask | None:
    """What a mask leaves of the field, and for whom it is none."""
    declared = own.get("mask")
    if declared is None:
        return None
    show = declared.get("show", "none")
    if len(path) > _TOP + 2:
        draft.problems.error_at_key(path, "not_supported", "'mask' is for fields of the record itself.")
    elif show in _FIT and kind not in _FIT[show]:
        fitting = sorted(one for one, kinds in _FIT.items() if kind in kinds)
        hint = f"Write {listed(fitting)}, or none." if fitting else "Write none."
        draft.problems.error((*path, "show"), "mask", f"A mask cannot show '{show}' of the kind {kind}. {hint}")
    excepted = declared.get("except")
    for index, role in enumerate(excepted or ()):
        _check_role(draft, (*path, "except", index), role)
    writers = sorted(set(own.get("write", ())) - set(excepted or ()) - own.get("access", EMPTY).keys() - {OWNER})
    if excepted is not None and writers:
        sentence = f"{listed(writers)} may write this and would see a mask of it. Name them under except, or not under write."
        draft.problems.error_at_key(path, "mask", sentence)
    return Mask(show, None if excepted is None else frozenset(excepted))


def state_access_of(draft: Draft, fields: Mapping[str, Field]) -> StateAccess:
    """{state: {field: {role: clearance}}}; whether there are such states is told later, when workflows are known."""
    found: dict[str, Mapping[str, Mapping[str, Clearance]]] = {}
    for state, declared in draft.own.get("stateAccess", {}).items():
        path: Path = ("x-record", "stateAccess", state)
        known = {name: roles for name, roles in declared.items() if find_field(draft, (*path, name), name, fields)}
        for name, roles in known.items():
            for role in roles:
                _check_role(draft, (*path, name, role), role)
        found[state] = MappingProxyType({name: MappingProxyType(dict(roles)) for name, roles in known.items()})
    _check_masks(draft, fields, found)
    return MappingProxyType(found)


def break_glass_of(draft: Draft) -> BreakGlass | None:
    """Who may open a record in an emergency, and as whom he reads it then."""
    declared = draft.own.get("breakGlass")
    if declared is None:
        return None
    path: Path = ("x-record", "breakGlass")
    for key in ("roles", "notify"):
        for index, role in enumerate(declared.get(key, ())):
            if role != OWNER or key == "roles":
                _check_role(draft, (*path, key, index), role)
    _check_role(draft, (*path, "as"), declared["as"])
    if not draft.own.get("permissions", EMPTY).get(declared["as"], EMPTY).get("read"):
        sentence = f"'{declared['as']}' may not read these records, so there is nothing to be read as it."
        draft.problems.error((*path, "as"), "useless_role", sentence)
    return BreakGlass(
        frozenset(declared["roles"]), declared["as"], declared.get("minutes", 60), frozenset(declared.get("notify", (OWNER,)))
    )


def check_states(drafts: Mapping[str, Draft], types: Mapping[str, RecordType], unsure: frozenset[str]) -> None:
    """Adds a problem for every state that the type's workflow does not have; `unsure` are types whose workflow has errors."""
    for draft in drafts.values():
        flow = types[draft.name].workflow
        for state in types[draft.name].state_access if draft.name not in unsure else ():
            path: Path = ("x-record", "stateAccess", state)
            if flow is None:
                draft.problems.error_at_key(path, "unknown_state", f"'{draft.name}' has no workflow, and so no states.")
            elif state not in flow.states:
                sentence = f"The workflow has no state '{state}'.{did_you_mean(state, flow.states)}"
                draft.problems.error_at_key(path, "unknown_state", sentence)


def _check_masks(draft: Draft, fields: Mapping[str, Field], states: StateAccess) -> None:
    for name, field in fields.items():
        said = [field.access, *(one.get(name, EMPTY) for one in states.values())]
        is_used = any("mask" in one.values() for one in said)
        path: Path = ("properties", name, "x-field")
        if is_used and field.mask is None:
            sentence = "Somebody sees this masked: say what is left of it, e.g. \"mask\": {\"show\": \"last4\"}."
            draft.problems.error_at_key((*path, "access") if field.access else path[:2], "mask", sentence)
        elif field.mask is not None and field.mask.excepted is None and not is_used:
            sentence = "Nobody sees this masked: say for whom it is not, \"except\": [roles], or give a role the level mask."
            draft.problems.error_at_key((*path, "mask"), "mask", sentence)


def _check_role(draft: Draft, path: Path, role: str) -> None:
    is_key = isinstance(path[-1], str) and path[-1] == role
    tell = draft.problems.error_at_key if is_key else draft.problems.error
    if role == OWNER:
        tell(path, "reserved", _ABOVE_ALL)
    elif role not in draft.site.role_names:
        tell(path, "unknown_role", f"There is no role '{role}' in site.yaml.{did_you_mean(role, draft.site.role_names)}")

