"""Every name of the site that is shipped can be changed, in all files that say it, and nothing but the name has changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from lengths import rounds

from kartotek.declaration.files import read_folder
from kartotek.declaration.load import load
from kartotek.declaration.metafiles import MESSAGE, RECORD, SITE, WORKFLOW, metaschema
from kartotek.formula.functions import FUNCTIONS
from kartotek.migration.steps import steps
from kartotek.model.catalog import Catalog
from kartotek.model.field import Field

ROOT = Path(__file__).resolve().parent.parent.parent
ROOTS = {"record", "row", "item", "user", "old", "now", "today", "meta", "exists", "all"}
NEW = "zz_new"


def words(value: Any) -> Iterator[str]:
    """Every text in a JSON value, keys too."""
    if isinstance(value, Mapping):
        yield from value
    for one in value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ():
        yield from words(one)
    if isinstance(value, str):
        yield value


def fields(found: tuple[Field, ...]) -> Iterator[Field]:
    for one in found:
        yield one
        yield from fields(one.fields)


def names(catalog: Catalog) -> list[str]:
    """Names of fields and types that are the name of nothing else, and no word of the formats."""
    types = [one for one in catalog.types.values() if not one.builtin]
    other = set(FUNCTIONS) | ROOTS | set(catalog.templates) | set(catalog.channels) | catalog.settings.role_names
    for name in (RECORD, SITE, WORKFLOW, MESSAGE):
        other |= set(words(metaschema(name)))
    for one in types:
        other |= {str(option.value) for field in fields(one.fields) for option in field.options} | set(one.inverses) | set(one.public_forms)
        other |= {each.name for each in (*one.validations, *one.occupancy)}
        if (flow := one.workflow) is not None:
            other |= {*flow.states, *flow.transitions, *flow.schedules, *flow.clocks}
    return sorted(({field.name for one in types for field in fields(one.fields)} | {one.name for one in types}) - other)


def renamed(documents: Mapping[str, str], name: str) -> dict[str, str]:
    """The documents with the word replaced wherever it stands, and the old name as an alias of what has the new one."""
    found: dict[str, str] = {}
    word = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(name)}(?![A-Za-z0-9_-])")
    for path, text in documents.items():
        text = word.sub(NEW, text)
        if path.startswith("schemas/"):
            value = json.loads(text)
            alias(value, name)
            if path == f"schemas/{name}.json":
                path, value["x-record"]["aliases"] = f"schemas/{NEW}.json", [name]
            text = json.dumps(value)
        found[path] = text
    return found


def alias(value: Any, name: str) -> None:
    if isinstance(value, dict):
        if isinstance(value.get("properties"), dict) and NEW in value["properties"]:
            value["properties"][NEW].setdefault("x-field", {})["aliases"] = [name]
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        alias(one, name)


DOCUMENTS = dict(read_folder(ROOT))
APPLIED = load(DOCUMENTS, notes=False).catalog
assert APPLIED is not None
NAMES = names(APPLIED)
CHOSEN = NAMES[:: -(-len(NAMES) // rounds(6, len(NAMES)))]


@pytest.mark.parametrize("name", CHOSEN)
def test_a_name_can_be_changed(name: str) -> None:
    loaded = load(renamed(DOCUMENTS, name), notes=False)
    assert APPLIED is not None and loaded.catalog is not None, [str(one.place) + one.message for one in loaded.problems if one.severity == "error"]
    found = steps(APPLIED, loaded.catalog)
    assert {one.verdict for one in found} == {"safe"}, [one.words for one in found if one.verdict != "safe"]
    # Words of messages and titles may have changed with it, and with names of links what is planned.
    assert {one.action for one in found} <= {"rename_field", "rename_type", "metadata", "replan"}, [one.words for one in found]
    assert {one.action for one in found} & {"rename_field", "rename_type"}
