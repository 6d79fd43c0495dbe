"""What people need to run a transition: rights to see the record and to fill in the fields that are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kartotek.declaration.document import Path
from kartotek.declaration.flow import Flow
from kartotek.model.actor import OWNER
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.workflow import LinkEffect, Transition, Workflow

# What somebody without an account has nothing to choose from for.
_CHOSEN_INSIDE = frozenset({"reference", "references", "user", "file", "image", "files", "json"})


def check_people(flow: Flow, workflow: Workflow) -> None:
    """Adds a problem for every field that those who are asked for it cannot fill, and every role that has no use of its right."""
    linked = {one.transition for one in flow.effects.values() if isinstance(one, LinkEffect)}
    for transition in workflow.transitions.values():
        for key in ("require", "ask"):
            for index, field in _named(flow, transition, key):
                path: Path = ("transitions", transition.name, key, index)
                _check_field(flow, transition, path, field)
                if transition.name in linked and field.kind in _CHOSEN_INSIDE:
                    _tell(flow, path, f"Whoever opens the link to this cannot fill in '{field.name}' ({field.kind}).")
        _check_roles(flow, transition)


def _named(flow: Flow, transition: Transition, key: str) -> Iterator[tuple[int, Field]]:
    fields = flow.types[flow.record].by_name
    for index, name in enumerate(flow.outline.transitions[transition.name].get(key, ())):
        if name in fields:
            yield index, fields[name]


def _check_field(flow: Flow, transition: Transition, path: Path, field: Field) -> None:
    if field.read_only or field.is_derived or field.is_state:
        how = f"To demand it, write a guard: isSet(record.{field.name})."
        flow.problems.error(path, "fixed_field", f"Nobody can fill in '{field.name}'. {how}")
        return
    unable = [role for role in sorted(transition.roles) if not _can_write(flow.types[flow.record], field, role, transition.sources)]
    if not unable:
        return
    _tell(flow, path, f"{_people(unable)} may run this but may not write '{field.name}'.")


def _tell(flow: Flow, path: Path, sentence: str) -> None:
    """Without a field that is required nothing goes on, without one that is asked for it does."""
    if path[2] == "require":
        flow.problems.error(path, "cannot_fill", sentence)
    else:
        flow.problems.warning(path, "cannot_fill", sentence)


def _can_write(record_type: RecordType, field: Field, role: str, states: Iterable[str]) -> bool:
    """Whether the role may fill it in wherever the transition begins."""
    if role == OWNER:
        return True
    known = [record_type.clearance(field, role, state) for state in states] or [field.clearance(role)]
    return "write" in record_type.permissions.get(role, {}) and (field.is_set_unseen(role) or all(one == "write" for one in known))


def _check_roles(flow: Flow, transition: Transition) -> None:
    path: Path = ("transitions", transition.name, "roles")
    permissions = flow.types[flow.record].permissions
    for index, role in enumerate(flow.outline.transitions[transition.name].get("roles", ())):
        granted = permissions.get(role, {})
        if role == OWNER or role not in flow.outline.draft.site.role_names:
            continue
        if granted.get("transition") is False:
            sentence = f"The schema of '{flow.record}' keeps '{role}' from every transition."
            flow.problems.warning((*path, index), "useless_role", sentence)
        elif not granted.get("read"):
            sentence = f"'{role}' may not read '{flow.record}' records, and so never runs this."
            flow.problems.warning((*path, index), "useless_role", sentence)


def _people(roles: Sequence[str]) -> str:
    return ", ".join(f"'{role}'" for role in roles)
