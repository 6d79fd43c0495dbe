"""Effective: the documents that may go into service now, with those of types that wait as they are in service."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from kartotek.migration.lineage import lineage
from kartotek.migration.step import Step
from kartotek.migration.uses import uses
from kartotek.model.catalog import Catalog


def effective(applied: Catalog, wanted: Catalog, found: Sequence[Step], *, together: bool = False) -> dict[str, str]:
    """{path: text} of the wanted documents, with those of types that have a held step as they were applied.

    A type that is renamed is one type, whatever it is called on which side; "" stands for the site's own file. With
    `together` all changed types wait that have to do with one that does, for where the documents would not fit otherwise.
    """
    former = lineage(applied, wanted).types
    held = {one.type for one in found if one.verdict != "safe"}
    if together:
        held = _connected(applied, wanted, held, former)
    were = {path for name in held for path in _documents(applied, former.get(name, name))}
    are = {path for name in held for path in _documents(wanted, name)}
    kept = {path: text for path, text in wanted.documents.items() if path not in are and path not in were}
    return kept | {path: text for path, text in applied.documents.items() if path in were}


def _connected(applied: Catalog, wanted: Catalog, held: Collection[str], former: Mapping[str, str]) -> set[str]:
    """The held types with all changed ones that name them or are named by them, however far."""
    now = {was: name for name, was in former.items()}
    pairs = _pairs(wanted) | {(now.get(one, one), now.get(other, other)) for one, other in _pairs(applied)}
    changed = {
        name for pair in pairs for name in pair
        if _texts(applied, former.get(name, name)) != _texts(wanted, name)
    }
    found, waiting = set(held), list(held)
    while waiting:
        name = waiting.pop()
        beside = {one for pair in pairs if name in pair for one in pair} & changed
        waiting += sorted(beside - found)
        found |= beside
    return found


def _pairs(catalog: Catalog) -> set[tuple[str, str]]:
    """(type, type that it names), as far as declarations tell."""
    found = {(one, reached.split(".")[0]) for one, named in _naming(catalog) for reached in named}
    return {(one, other) for one, other in found if one != other and one in catalog.types and other in catalog.types}


def _naming(catalog: Catalog) -> Iterator[tuple[str, Iterable[str]]]:
    for use in uses(catalog):
        owner = use.params.get("type") or use.params.get("name", "").split(".")[0]
        yield owner, (*use.types, *(name for name, _ in use.fields))


def _texts(catalog: Catalog, name: str) -> dict[str, str]:
    return {path: catalog.documents[path] for path in _documents(catalog, name) if path in catalog.documents}


def _documents(catalog: Catalog, name: str) -> Iterator[str]:
    """The documents that declare a type: its schema, its workflow and the templates of its messages."""
    if not name:
        yield "site.yaml"
    declared = catalog.types.get(name)
    if declared is None:
        return
    yield from (path for path in catalog.documents if _type_of(path) == name)
    if declared.workflow is not None:
        yield declared.workflow.file
    yield from (one.file for one in catalog.templates.values() if one.record == name and one.file)


def _type_of(path: str) -> str:
    """The type that a schema declares; "" for any other document."""
    parts = PurePosixPath(path)
    return parts.stem if parts.parent.name == "schemas" else ""
