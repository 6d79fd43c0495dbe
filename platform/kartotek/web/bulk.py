"""Bulk: one thing done to all picked rows of a list: a field changed, a step taken, deleted, restored; row by row, with a report."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import request
from flask_babel import gettext

from kartotek.engine.bulk_rows import BulkRow
from kartotek.engine.sight import Sight
from kartotek.errors import Conflict, Forbidden, Invalid, KartotekError, NotFound, PreconditionFailed, PreconditionRequired
from kartotek.model.actor import Actor
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem
from kartotek.model.query import Condition, Query
from kartotek.model.workflow import Transition
from kartotek.web.builder import Builder
from kartotek.web.control import Control
from kartotek.web.current import engine
from kartotek.web.page import page
from kartotek.web.posted import wire_of, written
from kartotek.web.sentences import told, told_wire
from kartotek.web.sights import sight_of
from kartotek.web.visitor import actor
from kartotek.web.whole import whole

_ROW_ERRORS = (NotFound, Forbidden, Conflict, Invalid, PreconditionFailed, PreconditionRequired)
_NEVER = frozenset({"rows", "object", "json", "file", "image", "files"})
_NAMED = 12  # titles shown before anything is done
CHANGE, STEP, DELETE, RESTORE, UNDO = "change", "step", "delete", "restore", "undo"
Picked = dict[int, int | None]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it: ids of rows done, of those that were so already, and (id, sentences) of those refused."""

    done: dict[int, int | None] = field(default_factory=dict)
    same: list[int] = field(default_factory=list)
    refused: list[tuple[int, list[str]]] = field(default_factory=list)


def ask(type_name: str) -> str:
    """`GET /r/<type>/bulk`: what is to be done with how many, before it is done."""
    visitor = actor()
    sight = sight_of(visitor, type_name)
    return _asked_page(visitor, sight, request.args.get("~do", ""))


def run(type_name: str) -> str | tuple[str, int]:
    """`POST /r/<type>/bulk`: does it and tells what came of each row."""
    visitor = actor()
    sight = sight_of(visitor, type_name)
    do, rows = request.form.get("~do", ""), _picked(sight)
    if do == CHANGE:
        return _change(visitor, sight, rows)
    if do == UNDO:
        return _undo(visitor, sight, rows)
    if do == DELETE:
        deleted = _each(rows, sight, lambda id, version: engine().delete(visitor, type_name, id, version=version))
        return _told(visitor, sight, deleted, gettext("%(count)s moved to the trash.", count=len(deleted.done)), undo=(RESTORE, {}))
    if do == RESTORE:
        restored = _each(rows, sight, lambda id, _: engine().restore(visitor, type_name, id))
        return _told(visitor, sight, restored, gettext("%(count)s restored.", count=len(restored.done)))
    step = next((one for one in _steps(sight) if do == STEP and one.name == request.form.get("~step")), None)
    if step is None:
        raise NotFound("There is no such step.")
    moved = _each(rows, sight, lambda id, version: engine().processes.run(visitor, type_name, id, step.name, version=version))
    return _told(visitor, sight, moved, gettext("%(step)s: %(count)s done.", step=step.label(visitor.language), count=len(moved.done)))


def _asked_page(visitor: Actor, sight: Sight, do: str, *, problems: Sequence[str] = (), strings: Sequence[str] = ()) -> str:
    rows = _picked(sight)
    chosen = next((one for one in _changeable(sight) if one.name == request.values.get("~field")), None)
    titles = engine().title(visitor, sight.type.name, list(rows)[:_NAMED]) if do != RESTORE else {}
    return page(
        "bulk.html", type=sight.type, do=do, rows=rows, list=_list_address(), titles=titles, more=len(rows) - len(titles) if titles else 0,
        fields=_changeable(sight), chosen=chosen, control=_control(visitor, sight, chosen, strings) if chosen else None, problems=problems,
        steps=_steps(sight), picked=[f"{id}.{version}" if version else str(id) for id, version in rows.items()],
    )  # fmt: skip


def _picked(sight: Sight) -> Picked:
    """{id: version} of the rows named, as many as one request may change."""
    found: Picked = {}
    for text in request.values.getlist("id"):
        id, _, version = text.partition(".")
        if (number := whole(id)) is not None:
            found[number] = whole(version) if version else None
    return dict(list(found.items())[: engine().catalog().settings.limits.bulk])


def _list_address() -> str:
    """The query of the list to go back to; nothing but a query."""
    text = request.values.get("~list", "")
    return text if text.startswith("?") else ""


def _changeable(sight: Sight) -> list[Field]:
    shown = {one.name: one for one in sight.readable}
    return [shown[one.name] for one in written(sight.type.fields) if one.name in sight.writable and one.name in shown and one.kind not in _NEVER and not one.is_state]


def _steps(sight: Sight) -> list[Transition]:
    """The transitions that ask for nothing."""
    every = sight.type.workflow.transitions.values() if sight.type.workflow else ()
    return [one for one in every if one.name in sight.transitions and not (one.fields or one.confirm or one.comment == "required")]


def _control(visitor: Actor, sight: Sight, field: Field, strings: Sequence[str]) -> Control:
    readable = frozenset((sight.type.name, one.name) for one in sight.readable)
    path = "/" + field.name.replace("~", "~0").replace("/", "~1")
    builder = Builder(engine(), visitor, sight.type, sight.writable, visitor.language, {path: list(strings)}, (), {}, None, readable)
    return builder.control(field)


def _change(visitor: Actor, sight: Sight, rows: Picked) -> str | tuple[str, int]:
    chosen = next((one for one in _changeable(sight) if one.name == request.form.get("~field")), None)
    if chosen is None:
        raise NotFound("There is no such field.")
    strings = {name: request.form.getlist(name) for name in request.form if name.startswith("/")}
    wire, problems = wire_of([chosen], strings, visitor.language)
    if problems:
        typed = next(iter(strings.values()), [])
        return _asked_page(visitor, sight, CHANGE, problems=[told(one, sight.type) for one in problems], strings=typed), 422
    before = _values(visitor, sight, chosen, rows)
    report = _written(visitor, sight, [_row(chosen, wire.get(chosen.name, MISSING), id, version) for id, version in rows.items()])
    said = gettext("%(field)s: %(count)s changed.", field=chosen.label(visitor.language), count=len(report.done))
    was = {str(id): before.get(id) for id in report.done}
    return _told(visitor, sight, report, said, undo=(UNDO, {"~field": chosen.name, "~was": json.dumps(was)}))


def _undo(visitor: Actor, sight: Sight, rows: Picked) -> str | tuple[str, int]:
    """Sets a field to what it was in each row, where nobody changed the record since. It is a change like any other."""
    chosen = next((one for one in _changeable(sight) if one.name == request.form.get("~field")), None)
    was = _read(request.form.get("~was", ""))
    if chosen is None or not was.keys() >= {str(id) for id in rows}:
        raise NotFound("There is nothing to undo.")
    values = {id: MISSING if was[str(id)] is None else was[str(id)] for id in rows}
    report = _written(visitor, sight, [_row(chosen, values[id], id, version) for id, version in rows.items()])
    return _told(visitor, sight, report, gettext("%(field)s: %(count)s as before.", field=chosen.label(visitor.language), count=len(report.done)))


def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _row(chosen: Field, value: Any, id: int, version: int | None) -> BulkRow:
    if value is MISSING:
        return BulkRow(id=id, version=version, unset=(chosen.name,))
    return BulkRow(id=id, version=version, fields={chosen.name: value})


def _values(visitor: Actor, sight: Sight, chosen: Field, rows: Picked) -> dict[int, Any]:
    ids = Condition(("meta", "id"), "in", ",".join(map(str, rows)))
    found = engine().select(visitor, sight.type.name, Query(conditions=(ids,), fields=(chosen.name,), limit=len(rows) or 1))
    return {one["id"]: one["fields"].get(chosen.name) for one in found.items}


def _written(visitor: Actor, sight: Sight, rows: Sequence[BulkRow]) -> Report:
    report = Report()
    results = engine().bulk(visitor, sight.type.name, rows, partial=True) if rows else []
    for row, result in zip(rows, results, strict=True):
        assert row.id is not None
        if result["status"] == "updated":
            report.done[row.id] = result["record"]["version"]
        elif result["status"] == "unchanged":
            report.same.append(row.id)
        else:
            report.refused.append((row.id, [told_wire(one, sight.type) for one in result["problems"]]))
    return report


def _each(rows: Picked, sight: Sight, act: Callable[[int, int | None], Any]) -> Report:
    """Each row for itself, in a transaction of its own."""
    report = Report()
    for id, version in rows.items():
        try:
            act(id, version)
        except _ROW_ERRORS as refused:
            report.refused.append((id, _sentences(refused, sight)))
        else:
            report.done[id] = None
    return report


def _sentences(refused: KartotekError, sight: Sight) -> list[str]:
    return [told(one, sight.type) for one in refused.problems] or [told(Problem("", refused.code, refused.sentence), sight.type)]


def _told(visitor: Actor, sight: Sight, report: Report, said: str, *, undo: tuple[str, dict[str, str]] | None = None) -> str:
    refused = [id for id, _ in report.refused]
    return page(
        "bulk_done.html", type=sight.type, report=report, said=said, list=_list_address(), undo=undo if report.done else None,
        titles=engine().title(visitor, sight.type.name, refused) if refused else {},
    )  # fmt: skip
