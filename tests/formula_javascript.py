"""The JavaScript meaning of formulas in tests: the interpreter run by node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from formula_world import ENV, ZONE, World

from kartotek.engine.codec import Codec
from kartotek.formula import to_json
from kartotek.model.formula import Formula
from kartotek.model.record import Record

SCRIPT = Path(__file__).parent / "formula" / "evaluate.mjs"
INTERPRETER = Path(__file__).parent.parent / "platform" / "kartotek" / "web" / "static" / "kartotek" / "formula.js"


def node_or_skip() -> str:
    """The path of node. Skips where there is none, but never in CI."""
    found = shutil.which("node")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("node is not installed: nothing would be tested in JavaScript.")
        pytest.skip("node is not installed: NOTHING IS TESTED IN JAVASCRIPT.")
    return found


def evaluated(node: str, folder: Path, formulas: Sequence[Formula], world: World) -> list[list[tuple[Any, bool]]]:
    """For each formula and each order of the world (wire value, whether it holds)."""
    envs = [javascript_env(world, one) for one in world.orders]
    cases = {"formulas": [to_json(one) for one in formulas], "envs": envs, **_reachable(world)}
    path = folder / "cases.json"
    path.write_text(json.dumps(cases), encoding="utf-8")
    run = subprocess.run([node, str(SCRIPT), str(INTERPRETER), str(path)], capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr[:2000]
    return [[(value, held) for value, held in answers] for answers in json.loads(run.stdout)]


def javascript_env(world: World, record: Record) -> dict[str, Any]:
    """What formula.js takes as environment."""
    now = ENV["now"].astimezone(UTC).isoformat().replace("+00:00", "Z")
    return {"record": envelope(world, record), "user": dict(ENV["user"]), "now": now, "today": ENV["today"].isoformat(), "zone": ZONE}


def envelope(world: World, record: Record) -> dict[str, Any]:
    """A record on the wire; whole numbers that JavaScript would round are texts."""
    system: dict[str, Any] = {
        "id": record.id, "version": record.version, "state": record.state, "created_by": record.created_by, "updated_by": record.updated_by
    }
    for name in ("created_at", "updated_at", "deleted_at"):
        moment = getattr(record, name)
        system[name] = None if moment is None else moment.isoformat().replace("+00:00", "Z")
    fields = Codec(world.types[record.type]).wire(record.values)
    return {**system, "fields": _exact(fields)}


def _reachable(world: World) -> dict[str, Any]:
    records = {name: {one.id: envelope(world, one) for one in found.values()} for name, found in world.records.items()}
    inverses: dict[str, Any] = {}
    for name, declared in world.types.items():
        inverses[name] = {
            inverse.name: {
                "type": inverse.type,
                "ids": {id: [one.id for one in world.many(name, inverse.name, id)] for id in world.records[name]},
            }
            for inverse in declared.inverses.values()
        }
    return {"records": records, "inverses": inverses}


def _exact(wire: Any) -> Any:
    if isinstance(wire, Mapping):
        return {name: _exact(one) for name, one in wire.items()}
    if isinstance(wire, list | tuple):
        return [_exact(one) for one in wire]
    return str(wire) if isinstance(wire, int) and not isinstance(wire, bool) and abs(wire) >= 2**53 else wire
