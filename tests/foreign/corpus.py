"""The schemas that other people wrote, their samples, and what jsonschema says about an instance."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from drawing import Drawing
from jsonschema.validators import validator_for
from jsonschema_specifications import REGISTRY
from spoiling import spoiled

HERE = Path(__file__).parent
# What cannot be a record type, with the code of the problem that says why: misspelt dialects, and a $ref that is no reference.
REFUSED: Mapping[str, str] = {"compose_spec": "dialect", "jf_huge": "dialect", "ss_hawkconfig": "dialect", "ss_journey_map": "schema"}


@dataclass(frozen=True)
class Foreign:
    """One schema: `text` is the file as its authors wrote it."""

    name: str
    text: str

    @property
    def schema(self) -> dict[str, Any]:
        """The file, read."""
        found: dict[str, Any] = json.loads(self.text)
        return found

    @property
    def samples(self) -> list[dict[str, Any]]:
        """Instances that came with the schema."""
        path = HERE / "samples" / f"{self.name}.json"
        return list(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else []

    def instances(self, seed: int, count: int) -> Iterator[dict[str, Any]]:
        """Objects that may be instances: the samples, drawn ones, and all of these spoiled."""
        drawing, drawn = Drawing(self.schema, seed), random.Random(seed)
        whole = [*self.samples, *(drawing.instance() for _ in range(count))]
        for one in whole:
            if isinstance(one, dict):
                yield one
                yield spoiled(one, drawn)


@cache
def all_schemas() -> tuple[Foreign, ...]:
    """Every schema that is kept here, by name."""
    paths = sorted((HERE / "schemas").glob("*.json"))
    return tuple(Foreign(path.stem, path.read_text(encoding="utf-8")) for path in paths)


def accepted() -> tuple[Foreign, ...]:
    """Those that are record types."""
    return tuple(one for one in all_schemas() if one.name not in REFUSED)


def judge(schema: dict[str, Any]) -> Callable[[Any], bool]:
    """jsonschema's verdict with formats; it never looks anything up in the network."""
    dialect = validator_for(schema)
    return dialect(schema, registry=REGISTRY, format_checker=dialect.FORMAT_CHECKER).is_valid
