"""Returning rights: who might see and do what with something that was removed, so that it does not come back to more people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kartotek.migration.sameness import plain
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Formula

Wire = Mapping[str, Any]


def rights_of(record_type: RecordType, path: Sequence[str] = ()) -> dict[str, Any]:
    """All that rights hang on, as JSON: of a field its own, those of all that it stands in, and the grants of its type."""
    if not path:
        inside = {one.name: _of_field(one) for one in record_type.fields}
        said = {"states": plain(record_type.state_access), "glass": record_type.break_glass and repr(plain(record_type.break_glass))}
        levels = {key: one for key, one in said.items() if one}
        return {"grants": _grants(record_type), "locks": _locks(record_type), "inside": inside, "levels": levels}
    along, fields = [], record_type.fields
    for name in path:
        found = next(one for one in fields if one.name == name)
        along.append(_of_field(found if name == path[-1] else replace(found, fields=())))
        fields = found.fields
    said = {state: dict(found) for state, fields in record_type.state_access.items() if (found := fields.get(path[0]))}
    return {"grants": _grants(record_type), "along": along, "levels": {"states": said} if said else {}}


def is_wider(before: Wire | None, now: Wire) -> bool:
    """Whether anybody may see or do more than before, as far as can be told; where nothing is known of before, yes."""
    if before is None or _grants_more(before["grants"], now["grants"]):
        return True
    if any(was is not None and is_ != was for was, is_ in _pairs(before.get("locks", {}), now.get("locks", {}))):
        return True
    if before.get("levels", {}) != now.get("levels", {}):
        return True  # what states say is compared whole: to prove that it is no more would take the workflows of both times
    along, were = now.get("along", ()), before.get("along", ())
    return len(along) != len(were) or any(map(_opens, were, along)) or _inside_opens(before, now)


def _grants(record_type: RecordType) -> dict[str, Any]:
    return {
        role: {action: _source(grant) for action, grant in grants.items()}
        for role, grants in record_type.permissions.items()
    }


def _locks(record_type: RecordType) -> dict[str, Any]:
    """What opens a type, or keeps it closed, besides its grants. None is what holds nobody back."""
    flow, forms = record_type.workflow, dict(record_type.public_forms)
    states = {one.name: sorted(one.edit) for one in flow.states.values() if one.edit is not None} if flow is not None else {}
    moves = {
        one.name: [sorted(one.roles), one.public, _source(one.guard)] for one in flow.transitions.values()
    } if flow is not None else {}
    return {
        "frozen": _source(record_type.frozen_when), "append_only": record_type.append_only or None,
        "forms": repr(plain(forms)), "states": states, "moves": moves,
    }


def _of_field(field: Field) -> dict[str, Any]:
    return {
        "read": None if field.read is None else sorted(field.read),
        "write": None if field.write is None else sorted(field.write),
        "locked": {"readOnly": field.read_only, "writeOnly": field.write_only, "personal": field.personal, "sensitive": field.sensitive},
        "levels": {"access": dict(field.access), "mask": repr(field.mask)} if field.access or field.mask else {},
        "opened": {"declassify": field.declassify, "account": field.account},
        "readOnlyIf": _source(field.read_only_if),
        "inside": {one.name: _of_field(one) for one in field.fields},
    }


def _grants_more(before: Wire, now: Wire) -> bool:
    wider = any(
        grant is not False and before.get(role, {}).get(action, action == "transition") not in (True, grant)
        for role, grants in now.items() for action, grant in grants.items()
    )
    freed = any(
        "transition" in grants and grants["transition"] is not True and "transition" not in now.get(role, {})
        for role, grants in before.items()
    )
    return wider or freed


def _opens(before: Wire, now: Wire) -> bool:
    named = any(
        before[key] is not None and (now[key] is None or not set(now[key]) <= set(before[key])) for key in ("read", "write")
    )
    unlocked = any(was and not is_ for was, is_ in _pairs(before["locked"], now["locked"]))
    opened = any(is_ and not was for was, is_ in _pairs(before["opened"], now["opened"]))
    levelled = before.get("levels", {}) != now.get("levels", {})
    return named or unlocked or opened or levelled or before["readOnlyIf"] not in (None, now["readOnlyIf"]) or _inside_opens(before, now)


def _inside_opens(before: Wire, now: Wire) -> bool:
    inside = now.get("inside", {})
    return any(name in inside and _opens(was, inside[name]) for name, was in before.get("inside", {}).items())


def _pairs(before: Wire, now: Wire) -> list[tuple[Any, Any]]:
    return [(was, now.get(key)) for key, was in before.items()]


def _source(grant: Any) -> Any:
    return grant.source.strip() if isinstance(grant, Formula) else grant
