"""States: where a record stands and what can be done next, as its page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext

from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.workflow import State
from kartotek.web import languages
from kartotek.web.current import engine
from kartotek.web.sentences import told_wire

_NOT_HIS = frozenset({"transition_forbidden"})


@dataclass(frozen=True, slots=True)
class Step:
    """One transition; `opens` whether its button opens a dialog, `why` what stands in its way."""

    name: str
    title: str
    to_title: str
    color: str
    opens: bool
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Steps:
    """What can be done now, what cannot yet and why, and what is for others."""

    ready: Sequence[Step]
    blocked: Sequence[Step]
    others: Sequence[Step]


def state_of(record_type: RecordType, record: Mapping[str, Any]) -> State | None:
    """The declared state in which a record is; one that is no longer declared has its name as its title."""
    name = record.get("state")
    if record_type.workflow is None or name is None:
        return None
    return record_type.workflow.states.get(name) or State(name)


def steps(visitor: Actor, record_type: RecordType, record_id: int) -> Steps:
    """The transitions that lead from the record's state, sorted by what the visitor can do with them."""
    found = engine().processes.transitions(visitor, record_type.name, record_id) if record_type.workflow else []
    by_hand = [one for one in found if not one["timer"] or one["allowed"]]
    his = [one for one in by_hand if not _is_for_others(one)]
    return Steps(
        ready=[_step(one, record_type) for one in his if not keeps_out(one, record_type)],
        blocked=[_step(one, record_type) for one in his if keeps_out(one, record_type)],
        others=[_step(one, record_type) for one in by_hand if _is_for_others(one)],
    )


def keeps_out(one: Mapping[str, Any], record_type: RecordType) -> Sequence[Mapping[str, Any]]:
    """The blockers of a transition that its dialog cannot overcome: a guard that reads a field it asks for may yet hold."""
    transition = record_type.workflow.transitions.get(one["name"]) if record_type.workflow else None
    if transition is None or transition.guard is None:
        return list(one["blockers"])
    read = {name for owner, name in transition.guard.fields if owner == record_type.name}
    asks = not read.isdisjoint(one["fields"])
    return [blocker for blocker in one["blockers"] if not (asks and blocker["code"] == "guard")]


def _is_for_others(one: Mapping[str, Any]) -> bool:
    return any(blocker["code"] in _NOT_HIS for blocker in one["blockers"])


def _step(one: Mapping[str, Any], record_type: RecordType) -> Step:
    return Step(
        name=one["name"], title=one["title"], to_title=one["to_title"], color=one["color"],
        opens=bool(one["fields"] or one["confirm"] or one["comment"]),
        why=tuple(told_wire(blocker, record_type) for blocker in one["blockers"]),
    )


def coming(visitor: Actor, record_type: RecordType, record_id: int) -> list[str]:
    """What will happen to the record by itself, as sentences, the next first; of a clock only where it runs out first."""
    if record_type.workflow is None:
        return []
    found: dict[tuple[str, str], str] = {}
    for one in engine().timers.upcoming(visitor, record_type.name, record_id):
        due = datetime.fromisoformat(one["due"]).replace(second=0, microsecond=0)
        when = languages.moment(due, visitor.language, engine().catalog().settings.timezone)
        untitled = one["title"] == one["name"]  # by the name in the file, which people read more easily as words
        what = one["title"].replace("_", " ").capitalize() if untitled else one["title"]
        clock = one["what"] == "clock"
        text = gettext("%(what)s: until %(when)s", what=what, when=when) if clock else gettext("By itself on %(when)s: %(what)s", what=what, when=when)
        found.setdefault((one["what"], one["name"]), text)
    return list(found.values())
