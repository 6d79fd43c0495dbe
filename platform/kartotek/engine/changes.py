"""History as readers see it: who changed what and when, and a record as it was at an instant."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from kartotek.engine.compiled import CompiledType
from kartotek.engine.cursor import opened, sealed
from kartotek.engine.envelopes import Envelope, instant, projected
from kartotek.engine.moment import Moment
from kartotek.engine.past_values import past_values
from kartotek.engine.projection import Projection, asked_names
from kartotek.engine.reading import find
from kartotek.engine.titles import template_of, title_of
from kartotek.engine.visible import names_shown, without_hidden
from kartotek.errors import NotFound
from kartotek.model.catalog import RecordType
from kartotek.model.missing import MISSING
from kartotek.model.query import Page
from kartotek.model.record import Record
from kartotek.model.view import TypeView
from kartotek.rules.derive import derived
from kartotek.rules.setting import Setting
from kartotek.storage.history import HistoryRow, of_record, since
from kartotek.storage.sealed_history import opened as opened_rows
from kartotek.storage.users import find_many


def history(
    moment: Moment, conn: Any, record_type: str, id: int, *, cursor: str, limit: int, secret: bytes
) -> Page:
    """The changes of a record the actor can read, newest first, of the fields he may read. Raises NotFound, Malformed."""
    compiled, seen = moment.type(record_type)
    record = _find_any(moment, conn, record_type, id)
    shown_at = _shown_at(compiled, seen, record, moment.setting(conn))
    purpose = f"history/{record_type}/{id}"
    before = opened(secret, purpose, cursor)[0] if cursor else None
    rows = opened_rows(conn, compiled.layout, of_record(conn, record_type, id, before=before, limit=limit + 1))
    users = find_many(conn, sorted({row.by for row in rows}))
    shown = rows[:limit]
    items = [
        _item(row, shown_at(row) if not compiled.type.foreign else None, seen, users[row.by].name if row.by in users else "")
        | _note(moment, compiled.type, row, shown_at(row)) for row in shown
    ]
    moment.shows(record_type, id, {change["field"] for one in items for change in one["changes"]})
    return Page(items, sealed(secret, purpose, [shown[-1].id]) if len(rows) > limit else None)


def _shown_at(compiled: CompiledType, seen: TypeView, record: Record, setting: Setting) -> Callable[[HistoryRow], frozenset[str]]:
    """Of a change the fields that may be read in the record now, and might be in the states that the change led from and to."""
    known: dict[str | None, frozenset[str]] = {}

    def shown(state: str | None) -> frozenset[str]:
        if state not in known:
            there = replace(record, state=state)
            known[state] = frozenset(names_shown(compiled, seen, there, setting, asked=list(seen.fields)))
        return known[state]

    def of_row(row: HistoryRow) -> frozenset[str]:
        if not compiled.type.state_access:
            return shown(record.state)
        states = {row.state_was, row.state_now} - {None} or {None}
        return shown(record.state).intersection(*(shown(one) for one in states))

    return of_row


def as_of(
    moment: Moment, conn: Any, record_type: str, id: int, *, at: datetime, fields: Any, expand: Iterable[str]
) -> Envelope:
    """The record as it was: later changes are undone, newest first. Rollups are not kept in history and are left out, and so
    is what a field held that was of another sort then.

    Raises NotFound where the record did not exist then or the actor may not read it now.
    """
    compiled, seen = moment.type(record_type)
    record = _find_any(moment, conn, record_type, id)
    values, deleted, state = compiled.codec.wire(record.values), record.deleted_at, record.state
    undone = opened_rows(conn, compiled.layout, since(conn, record_type, id, at))
    for row in undone:
        if row.action == "create":
            raise NotFound("There was no such record then.")
        deleted = at if row.action == "restore" else None if row.action == "delete" else deleted
        state = row.state_was
        _undo(values, row)
    if deleted is not None:
        raise NotFound("There was no such record then.")
    version, updated = _last_change(conn, record, undone)
    kept = past_values(compiled, record, values, {name for row in undone for name in (*row.was, *row.now)})
    past = Record(
        type=record_type, id=id, version=version, state=state, created_at=record.created_at,
        created_by=record.created_by, updated_at=updated[0], updated_by=updated[1], values=kept,
    )
    setting = moment.setting(conn)
    past, _ = derived(compiled.rules, past, None, setting)
    asked = asked_names(compiled, seen, fields)
    # What may not be read of the record now may not be read of its past either: it may well be the same. What might not be
    # read of it then, in the state that it was in, is kept back by the projection; of neither is a mask shown.
    shown = names_shown(compiled, seen, record, setting, asked=asked)
    view_of_past = Projection(compiled, seen, shown, sure=False)
    made = projected(moment, [past], setting, shown=view_of_past, expand=tuple(expand))[0]
    # A title is worked out from all values, and so without those of its own that may not be read now.
    titled = [path.split(".")[0] for path in template_of(compiled)[1::2]]
    hidden = set(titled).difference(names_shown(compiled, seen, record, setting, asked=titled))
    seen_of_it = {name: value for name, value in past.values.items() if name not in hidden}
    return made | {"title": title_of(moment, replace(past, values=seen_of_it), setting)} if hidden else made


def _last_change(
    conn: Any, record: Record, undone: Sequence[HistoryRow]
) -> tuple[int, tuple[datetime | None, int | None]]:
    """The version before what is undone, and when and by whom it was made."""
    if not undone:
        return record.version, (record.updated_at, record.updated_by)
    earlier = of_record(conn, record.type, record.id, before=undone[-1].id)
    made = next((row for row in earlier if row.action != "skipped"), None)
    return (made.version, (made.at, made.by)) if made is not None else (1, (record.created_at, record.created_by))


def _find_any(moment: Moment, conn: Any, record_type: str, id: int) -> Record:
    try:
        return find(moment, conn, record_type, id)
    except NotFound:
        return find_deleted(moment, conn, record_type, id)


def find_deleted(moment: Moment, conn: Any, record_type: str, id: int) -> Record:
    """A record in the trash, for those who may delete such records; to others there is none. Raises NotFound."""
    if not moment.may(record_type, "delete"):
        raise NotFound("There is no such record.")
    return find(moment, conn, record_type, id, trash=True)


def _undo(values: dict[str, Any], row: HistoryRow) -> None:
    for name in row.now:
        values.pop(name, None)
    values.update(row.was)


def _item(row: HistoryRow, names: Collection[str] | None, seen: TypeView, by_name: str) -> dict[str, Any]:
    was, now = (without_hidden(seen, dict(wires)) for wires in (row.was, row.now))
    changes = []
    for name in dict.fromkeys([*now, *was]):
        # A change of nothing but hidden members is not for this reader.
        if (names is None or name in names) and was.get(name, MISSING) != now.get(name, MISSING):
            sides = {side: wires[name] for side, wires in (("was", was), ("now", now)) if name in wires}
            changes.append({"field": name, **sides})
    return {
        "id": row.id, "version": row.version, "action": row.action, "by": row.by, "by_name": by_name,
        "at": instant(row.at), "changes": changes, **_process(row),
    }


def _process(row: HistoryRow) -> dict[str, Any]:
    """What a transition adds: where it led from and to, and what was said about it."""
    moved = {"state_was": row.state_was, "state_now": row.state_now} if row.state_was != row.state_now else {}
    said = {"transition": row.transition, "comment": row.comment}
    return {**moved, **{name: text for name, text in said.items() if text}}


def _note(moment: Moment, record_type: RecordType, row: HistoryRow, names: frozenset[str]) -> dict[str, Any]:
    """Which rules were overridden and why, and which only warned, where they are about a field he may read; to owners all."""
    if moment.actor.is_owner:
        return {"note": dict(row.note)} if row.note else {}
    told = {one.name for one in record_type.validations if one.field in (names | {""})}
    confirmed = {name: reason for name, reason in row.note.get("confirmed", {}).items() if name in told}
    warnings = [name for name in row.note.get("warnings", ()) if name in told]
    note: dict[str, Any] = {"confirmed": confirmed} if confirmed else {}
    note |= {"warnings": warnings} if warnings else {}
    return {"note": note} if note else {}
