"""Preparation: what a change needs is made ready beside what is in service, in small steps that nobody sees or waits for."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from kartotek.engine import prepared_indexes, shadowing
from kartotek.engine.change import CatalogChange
from kartotek.engine.converted import Converted
from kartotek.engine.converting import Converter, converters
from kartotek.engine.filling import converted
from kartotek.engine.retaking import Retaking
from kartotek.engine.sealing import with_numbers
from kartotek.engine.shadowing import Shadowing, places_of
from kartotek.errors import Busy
from kartotek.migration.places import Place
from kartotek.model.plan import Progress
from kartotek.storage import catalogs, changes, ddl, renames, shadows
from kartotek.storage.connection import Connection
from kartotek.storage.database import Collision, Database
from kartotek.storage.patience import hurry
from kartotek.storage.referring import ids_after

Told = Callable[[Progress], None]
_LONGEST = 0.1  # seconds that one step aims at; others can write in between
_PAUSE = 0.005
_FEWEST, _FIRST, _MOST = 50, 100, 2000  # records of a step
_MOST_AGAIN = 20_000
_PATIENCE = 30.0  # seconds for one step to come through


def prepare(database: Database, change: CatalogChange, progress: Told) -> None:
    """Fills the shadows of all that converts, and makes new indexes where that can be done beside those who write.

    A change that has a number is gone on with where it was left. Raises StaleCatalog when another catalog came into service,
    Busy where the database does not let it through.
    """
    if not change.id or not change.current.catalog.version:
        return  # small: the switch does it all
    with database.read() as conn:
        change = with_numbers(conn, change)
    found = converters(change)
    filling = {name: one for name, one in found.items() if not one.only_rest}
    state = dict(gently(database, lambda conn: _begin(conn, change, filling)))
    with database.read() as conn:
        work = _Work(change, Retaking(conn, change), progress)
    for name, one in sorted(filling.items()):
        _fill(database, work, Shadowing(change, one, places_of(state["shadows"])), state)
    prepared_indexes.make(database, change, state)
    state["complete"] = True
    _step(database, change, lambda conn: _keep(conn, change, state))


def give_up(database: Database, id: int) -> None:
    """Removes what a change had made ready that will not come into service. Raises Busy."""
    with database.read() as conn:
        row = changes.find(conn, id)
    if row is None or row.status == "applied" or not row.state:
        return
    for place in places_of(row.state.get("shadows", ())).values():
        gently(database, partial(_drop, place=place))
    prepared_indexes.drop(database, row.state)
    gently(database, lambda conn: changes.change(conn, id, row.changed_at, state={}))


def _begin(conn: Connection, change: CatalogChange, filling: Mapping[str, Converter]) -> Mapping[str, Any]:
    """Makes the shadows, and notes from which change of a record on they have to be brought up to date.

    Nobody writes at that moment: a change that was under way would come into history under an earlier number.
    """
    catalogs.hold_alone(conn, change.current.catalog.version)
    row = changes.find(conn, change.id, lock=True)
    if row is not None and "shadows" in row.state:
        return row.state
    places = shadowing.named(conn, change, filling.values())
    for one in filling.values():
        Shadowing(change, one, places).make(conn)
    ends = {name: shadows.newest(conn, change.current.type(one.was).layout) for name, one in filling.items()}
    state = {"shadows": shadowing.wire(places), "mark": shadows.newest_history(conn), "through": {}, "again": {}, "ends": ends}
    _keep(conn, change, state)
    return state


@dataclass(frozen=True)
class _Work:
    """What is done, with the values that go back to where they were, and who is told of it."""

    change: CatalogChange
    retaking: Retaking
    progress: Told


def _fill(database: Database, work: _Work, one: Shadowing, state: dict[str, Any]) -> None:
    name, size, change = one.converter.type, _FIRST, work.change
    through: dict[str, int] = state["through"]
    words = next((step.words for step in change.steps if step.type == name and step.action in ("retype", "options")), name)
    with database.read() as conn:
        total, done = shadows.count(conn, one.old), shadows.count(conn, one.old, up_to=through.get(name, 0))
    while True:
        ids, again, taken = _step(database, change, lambda conn: _batch(conn, work, one, state, size=size))
        if not ids:
            return
        through[name], state["again"][name], done = ids[-1], again, done + len(ids)
        work.progress(Progress(words, done, max(total, done)))
        size = max(_FEWEST, min(_MOST, int(size * min(2.0, _LONGEST / taken))))
        time.sleep(_PAUSE)


def _batch(
    conn: Connection, work: _Work, one: Shadowing, state: Mapping[str, Any], *, size: int
) -> tuple[list[int], list[int] | None, float]:
    """The ids of what was converted, of all so far whose new values no column holds (None where these are too many to name),
    and how long that took: what a commit takes does not depend on how much it is.
    """
    name, began = one.converter.type, time.monotonic()
    ids = [id for id in ids_after(conn, one.old, state["through"].get(name, 0), size) if id <= state["ends"][name]]
    again: list[int] | None = state["again"].get(name, [])
    if ids:  # what came later, history tells of
        again = _once_more(again, converted(conn, one, ids, retaking=work.retaking))
        now = {key: {**state[key], name: value} for key, value in (("through", ids[-1]), ("again", again))}
        _keep(conn, work.change, {**state, **now})
    return ids, again, max(time.monotonic() - began, 0.001)


def _once_more(known: list[int] | None, found: Mapping[int, Converted]) -> list[int] | None:
    """What no column holds cannot be made ready unseen: the switch converts these records once more."""
    more = [id for id, one in found.items() if one.changes_rest or any(row for rows in one.row_rest.values() for row in rows.values())]
    return [*known, *more] if known is not None and len(known) + len(more) <= _MOST_AGAIN else None


def _keep(conn: Connection, change: CatalogChange, state: Mapping[str, Any]) -> Mapping[str, Any]:
    changes.change(conn, change.id, change.at, state=state)
    return state


def _drop(conn: Connection, place: Place) -> None:
    if place.column and place.column in ddl.column_names(conn, place.table):
        renames.drop_column(conn, place.table, place.column)
    elif not place.column and place.table in renames.table_names(conn):
        renames.drop_table(conn, place.table)


def _step(database: Database, change: CatalogChange, work: Callable[[Connection], Any]) -> Any:
    """What the work answers, in a transaction under the catalog that the change leads from."""

    def under(conn: Connection) -> Any:
        catalogs.hold(conn, change.current.catalog.version)
        return work(conn)

    return gently(database, under)


def gently(database: Database, work: Callable[[Connection], Any]) -> Any:
    """What the work answers, in a transaction that lets others go first, as often as is needed. Raises Busy."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            with database.write() as conn:
                hurry(conn)
                return work(conn)
        except Collision as exc:
            if time.monotonic() > end:
                raise Busy("The database is busy; try again in a moment.", retry_after=2) from exc
            time.sleep(_PAUSE * 4)
