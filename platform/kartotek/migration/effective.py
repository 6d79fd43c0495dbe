"""Effective: the documents that may go into service now, with those of types that wait as they are in service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from kartotek.migration.lineage import lineage
from kartotek.migration.step import Step
from kartotek.model.catalog import Catalog


def effective(applied: Catalog, wanted: Catalog, found: Sequence[Step]) -> dict[str, str]:
    """{path: text} of the wanted documents, with those of types that have a held step as they were applied.

    A type that is renamed is one type, whatever it is called on which side.
    """
    held = {one.type for one in found if one.verdict != "safe"}
    former = lineage(applied, wanted).types
    were = {path for name in held for path in _documents(applied, former.get(name, name))}
    are = {path for name in held for path in _documents(wanted, name)}
    kept = {path: text for path, text in wanted.documents.items() if path not in are and path not in were}
    return kept | {path: text for path, text in applied.documents.items() if path in were}


def _documents(catalog: Catalog, name: str) -> Iterator[str]:
    """The documents that declare a type: its schema, its workflow and the templates of its messages."""
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
