"""Locks: records that nobody changes any more, whoever asks and by whichever door."""

from __future__ import annotations

from kartotek.errors import Conflict, Forbidden
from kartotek.model.problem import Problem, problem
from kartotek.model.record import Record
from kartotek.rules.derive import lived
from kartotek.rules.ruleset import Ruleset
from kartotek.rules.setting import Setting
from kartotek.rules.states import editable
from kartotek.rules.validate import differing


def locks(rules: Ruleset, record: Record, setting: Setting) -> tuple[Problem, ...]:
    """Why this actor may not edit the record, his rights to it aside; () where nothing keeps him."""
    if rules.type.append_only:
        return (problem("", "append_only"),)
    if is_frozen(rules, record, setting):
        return (problem("", "frozen"),)
    return () if editable(rules.type, record.state, setting.actor) else (problem("", "state_locked"),)


def is_frozen(rules: Ruleset, record: Record, setting: Setting) -> bool:
    """Whether the record, as it is stored, is one that is not changed any more. Unknown does not freeze it."""
    frozen = rules.type.frozen_when
    return frozen is not None and rules.holds(frozen, setting.about(lived(rules, record, setting), None))


def refuse_locked(rules: Ruleset, record: Record, setting: Setting) -> None:
    """Raises Forbidden for an entry that is only ever added, Conflict for a frozen record."""
    if rules.type.append_only:
        raise Forbidden("Records of this type are never changed or deleted.", problems=[problem("", "append_only")])
    if is_frozen(rules, record, setting):
        raise Conflict("This record is frozen.", problems=[problem("", "frozen")])


def refuse_moved(rules: Ruleset, before: Record, after: Record, setting: Setting) -> None:
    """Raises Conflict where a transition changes more of a frozen record than its state."""
    by_name = rules.type.by_name
    own = [name for name in differing(before, after) if not (by_name[name].is_derived or by_name[name].is_state)]
    if own and is_frozen(rules, before, setting):
        raise Conflict("This record is frozen.", problems=[problem("", "frozen")])
