"""Every kind in a declared type, from wire to table and back through the engine, and found again by its value."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from kind_samples import SAMPLES, Sample
from neutral_site import ALL, CLERK, SITE

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.kinds.registry import kind_of
from kartotek.model.actor import Actor
from kartotek.model.query import Condition, Query
from kartotek.storage.database import Database

# Types of ours are closed to these; files need to be staged first, and are tested where files are.
_FOREIGN = {"host", "html", "mixed", "json", "anything"}
_FILES = {"file", "image", "files"}
_DECLARED = tuple(one for one in SAMPLES if one.name not in _FOREIGN | _FILES)
_ITEM = {
    "title": "Item",
    "type": "object",
    "properties": {"name": {"type": "string", "title": "Name"}},
    "x-record": {"permissions": {"clerk": ALL}},
}
_EXISTING = {"reference": ((1, 1), (2.0, 2)), "references": (([3, 1, 2], [3, 1, 2]),), "user": ((CLERK.id, CLERK.id),)}


def _documents() -> dict[str, str]:
    properties = {one.name: {"title": one.name, **one.fragment} for one in _DECLARED}
    sample = {
        "title": "Sample",
        "type": "object",
        "properties": properties,
        "x-record": {"permissions": {"clerk": ALL}},
    }
    return {"site.yaml": SITE, "schemas/item.json": json.dumps(_ITEM), "schemas/sample.json": json.dumps(sample)}


@pytest.fixture
def engine(database_url: str, tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Engine]:
    engine = Engine(Database.open(database_url), files=tmp_path / "files", secret=b"s" * 32, clock=clock)
    report = engine.apply_documents(_documents(), by=Actor.system("test"), reason="test")
    assert not report.problems, [f"{one.path}: {one.message}" for one in report.problems]
    engine.users.mirror(MirroredUser(id=CLERK.id, username="clara", name=CLERK.name, roles=CLERK.roles))
    for name in ("a", "b", "c"):
        engine.create(CLERK, "item", {"name": name})
    yield engine
    engine.close()


def _pairs(sample: Sample) -> tuple[tuple[Any, Any], ...]:
    """(what is sent, what is to come back)."""
    if sample.name in _EXISTING:
        return _EXISTING[sample.name]
    retired = [one["const"] for one in sample.fragment.get("oneOf", ()) if one.get("deprecated")]
    plain = ((one, one) for one in (*sample.good, *sample.formless) if one not in retired)
    return (*plain, *sample.turned)


def test_values_of_every_kind_pass_through_the_engine(engine: Engine) -> None:
    for sample in _DECLARED:
        if sample.name == "autonumber":
            continue
        for sent, expected in _pairs(sample):
            created = engine.create(CLERK, "sample", {sample.name: sent})
            fields = engine.get(CLERK, "sample", created["id"])["fields"]
            assert fields == created["fields"]
            assert fields.pop("autonumber").startswith("BK-202611-")
            assert fields == {sample.name: expected}, sample.name


def test_records_are_found_by_the_value_of_every_kind(engine: Engine) -> None:
    for sample in _DECLARED:
        field = sample.field
        if "eq" not in kind_of(field).operators(field) or sample.name == "autonumber":
            continue
        for sent, expected in _pairs(sample):
            if isinstance(expected, int) and abs(expected) >= 2**63 or expected == "" or sample.kind == "number":
                continue  # kept as JSON, or not written exactly in a formula
            created = engine.create(CLERK, "sample", {sample.name: sent})
            text = json.dumps(expected) if isinstance(expected, bool) else str(expected)
            page = engine.select(CLERK, "sample", Query(conditions=(Condition((sample.name,), "eq", text),), limit=500))
            assert created["id"] in [one["id"] for one in page.items], (sample.name, expected)
            assert all(one["fields"][sample.name] == expected for one in page.items), (sample.name, expected)
