"""Encrypting: what else becomes of the past when fields are encrypted from now on, or no longer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kartotek.engine.change import CatalogChange
from kartotek.engine.kept import drop
from kartotek.migration.identities import key_of
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.plan_wire import discreet
from kartotek.storage import history_sealing, idempotency, kept, scrubbing, versions
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database
from kartotek.storage.layout import Layout, layout_of

Toggled = Mapping[str, tuple[str, bool]]  # {top-level field, called as it will be: (label, whether it is encrypted now)}


def toggles(change: CatalogChange) -> bool:
    """Whether anything is encrypted that was not before, or the other way round."""
    return any(_toggled(change, name) for name in change.lineage.types)


def follow(conn: Connection, change: CatalogChange, ids: Mapping[str, Any]) -> None:
    """Writes history anew, and drops what was kept of these fields in their other form; `ids` are the new numbers."""
    dropped: set[int] = set()
    for name in change.lineage.types:
        found = _toggled(change, name)
        if not found:
            continue
        known = ids["types"][name]
        dropped |= {known["fields"][key_of(path)] for path in _paths(change, name) if path[0] in found}
        labels = {each: (f"{known['id']}.{known['fields'][key_of((each,))]}", now) for each, now in found.items()}
        history_sealing.rewrite(conn, _layout(change, name), labels)
    if dropped:
        for one in kept.everything(conn):
            if one.path and one.stable_id in dropped:
                drop(conn, one.id)
        idempotency.blot_out(conn)
        versions.rewrite_steps(conn, _discreet)
        scrubbing.owe(conn)


def scrub(database: Database, change: CatalogChange) -> None:
    """Writes over what the database still holds openly of what is encrypted now; what cannot be now is done later."""
    if change.current.catalog.version and toggles(change):
        scrubbing.scrub(database, change.wanted.types)


def scrub_what_is_owed(database: Database, tables: Iterable[str]) -> None:
    """Does what could not be done when a change ended."""
    with database.read() as conn:
        owed = scrubbing.is_owed(conn)
    if owed:
        scrubbing.scrub(database, tables)


def _discreet(step: Any) -> Any:
    """A step of an earlier version without what its examples showed of records."""
    return {**step, "finding": discreet(step["finding"])} if step.get("finding") else step


def _layout(change: CatalogChange, name: str) -> Layout:
    return layout_of(change.wanted.types[name])


def _toggled(change: CatalogChange, name: str) -> dict[str, bool]:
    """{top-level field of the new type: whether it is encrypted now} of those of which that is new."""
    was, now = change.current.catalog.types[change.lineage.former_type(name)], change.wanted.types[name]
    found: dict[str, bool] = {}
    for one in now.fields:
        former = change.lineage.former(name, (one.name,))
        old = was.by_name.get(former[0]) if former else None
        if old is not None and _differs(old, one):
            found[one.name] = _is_secret(one)
    return found


def _differs(old: Field, new: Field) -> bool:
    if (old.encrypt, old.blind) != (new.encrypt, new.blind):
        return True
    before = {one.name: one.encrypt for one in old.fields}
    return any(one.encrypt != before.get(one.name, one.encrypt) for one in new.fields)


def _is_secret(one: Field) -> bool:
    return one.encrypt or any(_is_secret(each) for each in one.fields)


def _paths(change: CatalogChange, name: str) -> Iterator[tuple[str, ...]]:
    yield from _all(change.wanted.types[name])


def _all(record_type: RecordType) -> Iterator[tuple[str, ...]]:
    for one in record_type.fields:
        yield (one.name,)
        yield from ((one.name, inner.name) for inner in one.fields)
