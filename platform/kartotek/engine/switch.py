"""Switch: the one transaction in which a new catalog takes the place of the old one, with all its records."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kartotek.engine import breaching, encrypting, keeping
from kartotek.engine.bringing import bring_along
from kartotek.engine.catalog_rows import catalog_row
from kartotek.engine.change import CatalogChange
from kartotek.engine.compiled import Compiled
from kartotek.engine.converting import converters
from kartotek.engine.declaration_reports import report_wire
from kartotek.engine.filling import fill_up, made_places
from kartotek.engine.moment import Moment
from kartotek.engine.naming import rename_fields, renamed_types
from kartotek.engine.open_writing import Writing
from kartotek.engine.pouring import pour
from kartotek.engine.refill import refill, settle_rest
from kartotek.engine.restating import stored_states
from kartotek.engine.retaking import spend
from kartotek.engine.sealing import with_numbers
from kartotek.engine.shadowing import Shadows, places_of
from kartotek.engine.still_kept import still_kept
from kartotek.errors import Busy, Conflict
from kartotek.migration import index_moves, moving, type_names
from kartotek.migration.apply import fit_tables
from kartotek.migration.moves import Moves, moves
from kartotek.migration.steps import steps
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.model.problem import Problem, problem
from kartotek.storage import catalogs, changes, kept, reports, versions
from kartotek.storage.connection import Connection
from kartotek.storage.database import Collision, Database, StaleCatalog
from kartotek.storage.faults import Violation
from kartotek.storage.layout import layout_of

_SECONDS = 30.0  # how long one waits for readers that do not end
_PAUSE = 0.1


def switch(database: Database, change: CatalogChange, problems: Sequence[Problem] = ()) -> int:
    """The number of the catalog that is in service now. What is to be converted is, prepared or not.

    Raises StaleCatalog where another catalog than the change leads from is applied, or records have moved on in a way that
    the steps do not tell; Conflict where records do not fit a unique index; Busy where somebody reads for too long.
    """
    end = time.monotonic() + _SECONDS
    while True:
        try:
            with database.write() as conn:
                catalogs.take_alone(conn)
                version = _switch(conn, database, change, problems)
                if database.audit is not None:
                    types = sorted({one.type for one in change.steps if one.type})
                    database.audit.append(conn, change.by, AuditEntry("apply", body={"version": version, "types": types}))
            encrypting.scrub(database, change)
            return version
        except Collision as exc:
            if time.monotonic() > end:
                raise Busy("Somebody is reading for long; try again in a moment.", retry_after=5) from exc
            time.sleep(_PAUSE)
        except Violation as exc:
            told = problem("", "unique", fields=list(exc.fields))
            raise Conflict("Records that there are do not fit the new declarations.", problems=[told]) from exc


def _switch(conn: Connection, database: Database, change: CatalogChange, problems: Sequence[Problem]) -> int:
    before = change.current.catalog
    if catalogs.pulse(conn).catalog_version != before.version:
        raise StaleCatalog(f"Another catalog than {before.version} is applied.")
    planned = _settled(conn, change)
    change = with_numbers(conn, change)
    told = catalog_row(
        change, versions.find(conn, before.version), still_kept(conn, before, change.at), breaching.still(conn, change.current)
    )
    back = keeping.returning(conn, change)
    moved, entries, poured = _move(conn, change, back) if before.version else (Moves(), {}, frozenset())
    fit_tables(conn, planned, change.wanted, [after.type.name for _, after in moved.sides])
    version = catalogs.append(
        conn, documents=change.wanted.documents, hash=change.wanted.hash, at=change.at, by=change.by.id,
        reason=change.reason, after=before.version, **told,
    )
    if before.version:
        rename_fields(conn, change, moved, entries, version=version)
        encrypting.follow(conn, change, told["ids"])
    broken = {name: frozenset(each) for name, each in told["ratcheted"].items()}
    compiled = Compiled(replace(change.wanted, version=version, ratcheted=broken), database.dialect.name)
    moment = Moment(Actor.system("apply"), compiled, change.at)
    writing = Writing(moment, conn, moment.setting(conn))
    keeping.bring_back(writing, back)
    for name in sorted(poured):
        refill(writing, name)
    for name in sorted(converters(change) if before.version else ()):
        settle_rest(writing, name)
    bring_along(writing, before, change.lineage, planned, back=[one.type for one in back if not one.path])
    breaching.begin(writing, change.lineage, planned)
    reports.write(conn, [report_wire(one) for one in problems])
    if change.id:
        changes.change(conn, change.id, change.at, status="applied", version=version)
    writing.finish()
    return version


def _settled(conn: Connection, change: CatalogChange) -> tuple[Any, ...]:
    """The steps by the states that records stand in now, when no one can move them any more.

    Raises StaleCatalog where a record has meanwhile gone where the new catalog knows no way: all is looked at again.
    """
    before = change.current.catalog
    if not before.version:
        return change.steps
    found = steps(before, change.wanted, stored_states(conn, change.current, change.wanted), kept=still_kept(conn, before, change.at))
    known = {(one.type, one.action, one.path) for one in change.steps}
    if any(one.verdict != "safe" and (one.type, one.action, one.path) not in known for one in found):
        raise StaleCatalog("Records have changed since they were counted.")
    return found


def _move(conn: Connection, change: CatalogChange, back: tuple[Any, ...]) -> tuple[Moves, keeping.Entries, frozenset[str]]:
    """Everything but what comes new: it is renamed, converted, set aside or brought back. With it the types to be refilled."""
    state, places, filled = _prepared(conn, change)
    found = moves(change.current.catalog, change.wanted, change.lineage, shadows=places, returning=back)
    entries = keeping.enter(conn, change, found, change.at)
    fill_up(conn, change, filled, places=places, state=state, entries=entries)
    poured = pour(conn, change, found)
    if found.is_empty and not state.get("indexes") and not _new_types(change):
        return found, entries, poured
    indexes = index_moves.release_indexes(conn, found) | dict(state.get("indexes", {}))
    layouts = [layout_of(one) for one in change.wanted.types.values() if not one.builtin]
    aside = moving.carry_out(conn, found, layouts, day=change.at.date())
    index_moves.name_indexes(conn, indexes)
    keeping.place(conn, change, entries, aside)
    spend(conn, change)
    for left in found.left:
        if not left.path:
            type_names.forget_type(conn, left.type)
    type_names.rename_types(conn, renamed_types(conn, change, back, aside))
    kept.follow_names(conn, found.types, found.fields)
    return found, entries, poured


def _new_types(change: CatalogChange) -> bool:
    return any(one.action in ("create_type", "rename_type", "restore_type") for one in change.steps)


def _prepared(conn: Connection, change: CatalogChange) -> tuple[Mapping[str, Any], Shadows, Mapping[str, Any]]:
    """(what preparation has written down, where shadows are, converters); the shadows are made where there are none yet."""
    filled = converters(change)
    row = changes.find(conn, change.id) if change.id else None
    state: Mapping[str, Any] = row.state if row is not None else {}
    if "shadows" in state:
        return state, places_of(state["shadows"]), filled
    return state, made_places(conn, change, filled), filled
