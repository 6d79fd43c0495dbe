"""Naming: what history and the own tables call types and fields, after some of them were renamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kartotek.engine.change import CatalogChange
from kartotek.engine.keeping import Entries
from kartotek.migration import type_names
from kartotek.migration.moves import Left, Moves, Returning
from kartotek.migration.places import Path
from kartotek.model.field import Field
from kartotek.model.kept import Kept, KeptPlace
from kartotek.storage import history_names, kept, renames
from kartotek.storage.connection import Connection
from kartotek.storage.history_names import Name


def renamed_types(
    conn: Connection, change: CatalogChange, back: Sequence[Returning], aside: Sequence[tuple[Left, Sequence[KeptPlace]]]
) -> dict[str, str]:
    """{what the own tables call a type: what they are to call it}.

    A name that another type had before is not mixed up with it: what is kept of that one is called after its table.
    """
    found = {was: name for name, was in change.lineage.types.items() if name != was}
    gone = {left.type: places[0].now_table for left, places in aside if not left.path}
    returned = {one.type: one.kept.places[0].now_table for one in back if not one.path}
    for name, declared in change.wanted.types.items():
        if declared.builtin or change.lineage.former_type(name) == name:
            continue
        if name in returned:
            found[returned[name]] = name
        elif name not in found and type_names.is_known(conn, name):
            found[name] = gone.get(name) or _aside(conn, name, change)
    return found


def _aside(conn: Connection, name: str, change: CatalogChange) -> str:
    known = [one for one in kept.everything(conn) if one.type == name and not one.path]
    if known:
        return known[-1].places[0].now_table
    return renames.aside_name(name, change.at.date(), ())


def rename_fields(conn: Connection, change: CatalogChange, moves: Moves, entries: Entries, *, version: int) -> None:
    """Has history told under the new names, counters and files go on under them.

    What is removed is called by its number among what is kept from then on, so that nothing else gets its past, and its own
    comes back with it.
    """
    back = {(one.type, one.path): one.kept.id for one in moves.back if one.path}
    for name, was in change.lineage.types.items():
        old, new = change.current.catalog.types[was], change.wanted.types[name]
        if old.foreign or new.foreign:
            continue
        former = change.lineage.fields.get(name, {})
        renamed: dict[Name, Name] = {below: above for above, below in former.items() if above != below}
        gone = _gone(old.fields, {path: one for (type, path), one in entries.items() if type == was}, set(former.values()))
        again = {(*former.get(path[:-1], ()), id): path for (type, path), id in back.items() if type == name}
        taken = set(former.values())
        fresh = {
            path for path, above in _fresh(new.fields, (), (), former)
            if path not in renamed and path not in taken and (name, above) not in back
        }
        # What bore a new field's name before was another thing.
        history_names.add(conn, version, name, {path: () for path in fresh} | renamed | gone | again)
        type_names.rename_fields(conn, name, *_own_names(old.fields, new.fields, former))
    for (name, path), id in back.items():
        if name not in change.lineage.types:
            history_names.add(conn, version, name, {(*path[:-1], id): path})


def _gone(fields: Sequence[Field], entries: Mapping[Path, Kept], taken: set[Path]) -> dict[Name, Name]:
    """{its name: what it is called in history while nobody declares it} of all that does not go on."""
    kept_as: dict[Name, Name] = {
        path: (*path[:-1], one.id) for path, one in entries.items() if path and one.reason == "removed" and one.was[1:] == path
    }
    derived: dict[Name, Name] = {(one.name,): () for one in fields if one.is_derived and (one.name,) not in taken}
    return derived | kept_as


def _fresh(
    fields: Sequence[Field], above: Path, below: Path, former: Mapping[Path, Path]
) -> Iterator[tuple[Path, Path]]:
    """(what its path would have been before, its path) of the new fields."""
    for one in fields:
        path = (*above, one.name)
        if path not in former:
            yield (*below, one.name), path
        elif one.kind in ("rows", "object"):
            yield from _fresh(one.fields, path, former[path], former)


def _own_names(
    old: Sequence[Field], new: Sequence[Field], former: Mapping[Path, Path]
) -> tuple[dict[str, str], dict[str, str]]:
    """{field before: field now}, by which files are known, and {column before: column now}, by which counters are."""
    before = {one.name: one for one in old}
    pairs = [(before[former[one.name,][0]], one) for one in new if (one.name,) in former]
    counted = {was.column: now.column for was, now in pairs if was.kind == now.kind == "autonumber"}
    return {was.name: now.name for was, now in pairs}, counted
