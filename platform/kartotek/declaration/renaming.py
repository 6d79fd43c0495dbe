"""Writes down that something is the old one under a new name: an alias in the file that declares it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from kartotek.declaration.folder import BASE, Folder
from kartotek.declaration.reading import read
from kartotek.declaration.writing import edited
from kartotek.errors import Invalid
from kartotek.model.edit import Edit, Insert, Put, Steps
from kartotek.model.problem import Problem

_ALIASES = "aliases"


def rename(folder: Folder, record_type: str, new: tuple[str, ...], old: str) -> None:
    """Writes into its file that a field, or with () the type, is the one called `old` until now.

    Raises: Invalid where no file of the site's own declares it, DeclarationInvalid, Conflict, Busy, SetupInvalid.
    """
    there = folder.read()
    file, edits = alias_edits(there, record_type, new, old)
    with folder.written({file: edited(file, there[file], edits)}, {file: there[file]}):
        pass


def alias_edits(documents: Mapping[str, str], record_type: str, new: tuple[str, ...], old: str) -> tuple[str, list[Edit]]:
    """(file, edits) by which the field at the path `new`, or the type itself for (), carries the old name.

    No edits where it does already. Raises Invalid where no file of the site's own declares it.
    """
    file = _file(documents, record_type)
    document = read(file, documents[file])[0]
    if document is None:
        raise _refused(f"{file} has mistakes. Put them right first: kartotek check")
    path = _place(document.value, record_type, new)
    key = "x-field" if new else "x-record"
    known = _at(document.value, (*path, key, _ALIASES))
    if not isinstance(known, list):
        return file, [Put((*path, key, _ALIASES), [old])]
    return file, [] if old in known else [Insert((*path, key, _ALIASES), old)]


def _file(documents: Mapping[str, str], record_type: str) -> str:
    files = [name for name in documents if PurePosixPath(name).parent.name == "schemas" and PurePosixPath(name).stem == record_type]
    found = next((name for name in files if not name.startswith(BASE)), "")
    if found:
        return found
    if files:
        raise _refused(f"{record_type} is declared in what this site extends ({files[0]}); an alias is written there.")
    raise _refused(f"No file in schemas/ declares {record_type}. Give the name that it has now.")


def _place(value: Any, record_type: str, new: tuple[str, ...]) -> Steps:
    """Where the field stands in the file: under the properties of its sub-table, its object or the type."""
    path: Steps = ()
    for number, name in enumerate(new):
        items = _at(value, (*path, "items")) if number else None
        path = (*path, "items", "properties", name) if isinstance(items, dict) else (*path, "properties", name)
        if not isinstance(_at(value, path), dict):
            raise _refused(f"The file of {record_type} declares no {'.'.join(new)}. Give the name that it has now.")
    return path


def _at(value: Any, path: Steps) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _refused(sentence: str) -> Invalid:
    return Invalid([Problem("/rename", "no_such_place", sentence)], sentence)
