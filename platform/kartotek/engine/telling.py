"""Telling: what is to happen by itself, to a record and on the whole site, and what failed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kartotek.engine.cursor import opened, sealed
from kartotek.engine.envelopes import instant
from kartotek.engine.moment import Moment
from kartotek.engine.reading import find
from kartotek.errors import Forbidden, NotFound
from kartotek.model.actor import Actor
from kartotek.model.formula import Formula
from kartotek.model.query import Page
from kartotek.model.settings import text_in
from kartotek.model.workflow import Workflow
from kartotek.storage import timer_lists
from kartotek.storage.timer_lists import Told

_SHOWN = ("transition", "schedule", "clock")


def refuse_others(actor: Actor) -> None:
    """Raises Forbidden for anybody but an owner."""
    if not actor.is_owner:
        raise Forbidden("Only an owner may look at timers.")


def upcoming(moment: Moment, conn: Any, record_type: str, id: int) -> list[dict[str, Any]]:
    """[{"what", "name", "title", "due"}], the earliest first. Raises NotFound.

    A time that follows from fields tells what they hold, so who may not read them all is not told it.
    """
    find(moment, conn, record_type, id)
    found = [one for one in timer_lists.of_record(conn, record_type, id) if _tells(moment, record_type, one)]
    return [
        {"what": sort, "name": name.partition(".")[0], "title": _title(moment, record_type, one), "due": instant(one.row.due)}
        for one in found for sort, _, name in [one.row.name.partition(".")] if sort in _SHOWN
    ]


def failed(moment: Moment, conn: Any, *, cursor: str, limit: int, secret: bytes) -> Page:
    """Timers that failed, newest first. Raises Forbidden, Malformed."""
    refuse_others(moment.actor)
    before = opened(secret, "timers/failed", cursor)[0] if cursor else None
    found = timer_lists.failed(conn, before=before, limit=limit + 1)
    shown = found[:limit]
    following = sealed(secret, "timers/failed", [shown[-1].row.id]) if len(found) > limit else None
    return Page([_item(moment, one) for one in shown], following)


def waiting(moment: Moment, conn: Any, *, cursor: str, limit: int, secret: bytes) -> Page:
    """Timers that are still to come, the earliest first. Raises Forbidden, Malformed."""
    refuse_others(moment.actor)
    seen = opened(secret, "timers/waiting", cursor) if cursor else None
    after = (datetime.fromisoformat(seen[0]), seen[1]) if seen else None
    found = timer_lists.waiting(conn, after=after, limit=limit + 1)
    shown = found[:limit]
    last = [shown[-1].row.due.astimezone(UTC).isoformat(), shown[-1].row.id] if shown else []
    return Page([_item(moment, one) for one in shown], sealed(secret, "timers/waiting", last) if len(found) > limit else None)


def retry(moment: Moment, conn: Any, id: int) -> dict[str, Any]:
    """Has a timer that failed run again at once; the timer. Raises Forbidden, NotFound."""
    refuse_others(moment.actor)
    found = timer_lists.retry(conn, id, moment.now)
    if found is None:
        raise NotFound("There is no such timer, or it has not failed.")
    return _item(moment, found)


def _tells(moment: Moment, record_type: str, one: Told) -> bool:
    workflow = moment.compiled.catalog.types[record_type].workflow
    read = _followed(workflow, one.row.name) if workflow is not None else ()
    return all(moment.view.of(name).fields.get(field) is True for formula in read for name, field in formula.fields)


def _followed(workflow: Workflow, name: str) -> list[Formula]:
    """The formulas that the time of the timer of this name follows from."""
    sort, name, number = (*name.split("."), "", "")[:3]
    found: list[Any] = []
    if sort == "transition" and name in workflow.transitions:
        found = [getattr(workflow.transitions[name].timer, "moment", None)]
    elif sort == "schedule" and name in workflow.schedules:
        found = [workflow.schedules[name].moment]
    elif sort == "clock" and name in workflow.clocks:
        found = [one.after for one in workflow.clocks[name].limits[int(number) : int(number) + 1]]
    return [one for one in found if isinstance(one, Formula)]


def _item(moment: Moment, one: Told) -> dict[str, Any]:
    row = one.row
    return {
        "id": row.id, "type": row.type, "record_id": row.record_id or None, "name": row.name,
        "title": _title(moment, row.type, one), "due": instant(row.due), "meant_at": instant(row.meant),
        "failures": row.failures, "error": one.error, "dead": one.done,
    }


def _title(moment: Moment, record_type: str, one: Told) -> str:
    """What people call it, in the actor's language."""
    sort, _, name = one.row.name.partition(".")
    found = moment.compiled.catalog.types.get(record_type)
    workflow: Workflow | None = found.workflow if found is not None else None
    if workflow is not None and sort == "transition" and name in workflow.transitions:
        return workflow.transitions[name].label(moment.actor.language)
    if workflow is not None and sort == "schedule" and name in workflow.schedules:
        return text_in(workflow.schedules[name].titles, moment.actor.language) or name
    if workflow is not None and sort == "clock" and name.partition(".")[0] in workflow.clocks:
        clock = workflow.clocks[name.partition(".")[0]]
        return text_in(clock.titles, moment.actor.language) or clock.name
    return name or sort
