"""Edits of the neutral types, and what steps lead from the types to the edited ones."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from neutral_site import TYPES, documents

from kartotek.declaration.load import load
from kartotek.migration.steps import Step, steps
from kartotek.model.catalog import Catalog

Types = dict[str, dict[str, Any]]
Edit = Callable[[Types], Any]


def catalog_of(types: Types) -> Catalog:
    """The catalog of a site with these types."""
    texts = {path: text for path, text in documents().items() if path == "site.yaml"}
    loaded = load(texts | {f"schemas/{name}.json": json.dumps(one) for name, one in types.items()})
    assert loaded.catalog is not None, [f"{one.place}: {one.message}" for one in loaded.problems]
    return loaded.catalog


def edited(edit: Edit) -> tuple[Step, ...]:
    """The steps to the neutral types after an edit."""
    types = copy.deepcopy(TYPES)
    edit(types)
    return steps(catalog_of(TYPES), catalog_of(types))


def field(types: Types, record_type: str, name: str) -> dict[str, Any]:
    """The fragment of a field, to be changed in place."""
    found: dict[str, Any] = types[record_type]["properties"][name]
    return found


def put(record_type: str, name: str, fragment: Any) -> Edit:
    """Adds a field, or puts another in its place."""
    return lambda types: types[record_type]["properties"].__setitem__(name, fragment)


def change(record_type: str, name: str, **keywords: Any) -> Edit:
    """Sets keywords of a field."""
    return lambda types: field(types, record_type, name).update(keywords)


def extend(record_type: str, name: str, **keywords: Any) -> Edit:
    """Sets keywords under x-field."""
    return lambda types: field(types, record_type, name).setdefault("x-field", {}).update(keywords)


def record(record_type: str, **keywords: Any) -> Edit:
    """Sets keywords under x-record."""
    return lambda types: types[record_type]["x-record"].update(keywords)


def drop(record_type: str, name: str, keyword: str) -> Edit:
    """Takes a keyword of a field away."""
    return lambda types: field(types, record_type, name).pop(keyword)


def line(name: str, fragment: Any) -> Edit:
    """Adds a column to the lines of an order."""
    return lambda types: field(types, "order", "lines")["items"]["properties"].__setitem__(name, fragment)


def permit(record_type: str, role: str, **grants: Any) -> Edit:
    """Sets what a role may do."""
    return lambda types: types[record_type]["x-record"]["permissions"].setdefault(role, {}).update(grants)


TEXT = {"type": "string"}


def called(types: Types, record_type: str, old: str, new: str) -> Types:
    """The types with one field renamed, the old name kept as an alias; nothing that names the field is changed."""
    found = copy.deepcopy(types)
    fields = found[record_type]["properties"]
    own = fields[old].setdefault("x-field", {})
    own["aliases"] = [old, *own.get("aliases", ())]
    found[record_type]["properties"] = {new if name == old else name: one for name, one in fields.items()}
    return found
