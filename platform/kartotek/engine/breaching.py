"""Breaching: which records break rules that are younger than they are, found in the background and struck off when mended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kartotek.engine.compiled import Compiled
from kartotek.engine.doing import Again
from kartotek.engine.open_writing import Writing
from kartotek.engine.ratchets import broken, ratchet
from kartotek.migration.lineage import Lineage
from kartotek.migration.ratcheted import is_stricter, names_of, renamed
from kartotek.migration.step import Step
from kartotek.model.problem import Problem
from kartotek.model.record import Change, Record
from kartotek.storage import breaches, timers
from kartotek.storage.catalogs import ratcheted_before
from kartotek.storage.connection import Connection
from kartotek.storage.records import load_many
from kartotek.storage.referring import ids_after
from kartotek.storage.timers import TimerRow

NAME = "breach"
_BATCH = 500
_WHOLE = "*"


def begin(writing: Writing, lineage: Lineage, steps: Sequence[Step] = ()) -> None:
    """In a switch, under the new catalog: breaches go by the new names, and who breaks the new rules will be looked for."""
    compiled = writing.moment.compiled
    _follow(writing.conn, compiled, lineage)
    before, waiting = ratcheted_before(writing.conn, compiled.catalog.version), timers.waiting_types(writing.conn, NAME)
    for name, names in sorted(compiled.catalog.ratcheted.items()):
        known = {renamed(lineage, name, one) for one in before.get(lineage.former_type(name), ())}
        # Where nothing has become stricter only those can be mended that are listed, by a rule that was taken back.
        declared = compiled.catalog.types[name]
        stricter = any(one.type == name and is_stricter(declared, one) for one in steps)
        listed = names <= known and not stricter and name not in waiting
        timers.wake(writing.conn, _timer(writing, name, {"listed": True} if listed else {}))


def still(conn: Connection, compiled: Compiled) -> dict[str, list[str]]:
    """{type: names} of what some record breaks, or may: those of types that are still being gone through are among them."""
    known = breaches.names(conn)
    waiting = timers.waiting_types(conn, NAME)
    found: dict[str, list[str]] = {}
    for name, names in compiled.catalog.ratcheted.items():
        some = {each for record_type, each in known if record_type == name}
        whole = name in waiting or (_WHOLE in names and some)
        found[name] = sorted(names if whole else names & some)
    return found


def run(writing: Writing, row: TimerRow) -> Again | None:
    """The doer of `breach`: looks at the records of one type, so many at a time."""
    judged = ratchet(writing.moment.compiled, row.type)
    if judged is None:
        return None
    compiled = writing.moment.compiled.type(row.type)
    after = int(row.payload.get("after", 0))
    if row.payload.get("listed"):
        ids = breaches.ids_after(writing.conn, row.type, after, _BATCH)
    else:
        ids = ids_after(writing.conn, compiled.layout, after, _BATCH)
    found = load_many(writing.conn, compiled.layout, ids, lock=True)
    records = [compiled.codec.record(one) for one in found.values() if one.deleted_at is None]
    standing = _keys(broken(compiled, judged, records, writing.setting))
    breaches.settle(writing.conn, row.type, ids, standing, now=writing.moment.now)
    return Again({**row.payload, "after": ids[-1]}) if len(ids) == _BATCH else None


def strike(writing: Writing, stored: Sequence[tuple[Change, Record]]) -> None:
    """After changes of one type: what is mended is struck off, and what goes on to be broken is kept to be told.

    A change never breaks anything anew that it could be asked to keep, so only those are judged that are listed; but for
    those that come out of the trash, which nobody has looked at meanwhile.
    """
    judged = ratchet(writing.moment.compiled, stored[0][1].type) if stored else None
    older = [(change, after) for change, after in stored if change.before is not None]
    if judged is None or not older:
        return
    name, conn = older[0][1].type, writing.conn
    ids = [after.id for _, after in older]
    listed = {id for id, _ in breaches.of_records(conn, name, ids)}
    listed |= {after.id for change, after in older if change.action == "restore"}
    left = [(change, after) for change, after in older if after.id in listed]
    live = [after for _, after in left if after.deleted_at is None]
    found = broken(writing.moment.compiled.type(name), judged, live, writing.setting) if live else {}
    for change, after in left:
        accepted = change.note.get("confirmed", {})
        found[after.id] = {one: told for one, told in found.get(after.id, {}).items() if one not in accepted}
        writing.breaches[name, after.id] = found[after.id]
    if left:
        breaches.settle(conn, name, [after.id for _, after in left], _keys(found), now=writing.moment.now)


def _follow(conn: Connection, compiled: Compiled, lineage: Lineage) -> None:
    new_types = {was: name for name, was in lineage.types.items()}
    gone, moved = [], []
    for was, name in sorted(breaches.names(conn)):
        new = new_types.get(was, "")
        called = renamed(lineage, new, name)
        declared = compiled.catalog.types.get(new)
        if declared is None or not (declared.foreign or called in names_of(declared)):
            gone.append((was, name))
        elif (new, called) != (was, name):
            moved.append(((was, name), (new, called)))
    breaches.drop(conn, gone)
    for former, then in moved:
        breaches.rename(conn, former, then)


def _keys(found: Mapping[int, Mapping[str, Problem]]) -> dict[tuple[int, str], str]:
    return {(id, name): one.code for id, each in found.items() for name, one in each.items()}


def _timer(writing: Writing, record_type: str, payload: Mapping[str, bool]) -> TimerRow:
    key, due = f"{record_type}//{NAME}", writing.moment.now
    return TimerRow(key=key, type=record_type, record_id=0, name=NAME, due=due, payload=payload)
