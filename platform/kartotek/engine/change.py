"""Change of the catalog: what is to become of one catalog and its records, decided and not yet done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from kartotek.engine.compiled import Compiled
from kartotek.migration.lineage import Lineage
from kartotek.migration.step import Step
from kartotek.model.actor import Actor
from kartotek.model.catalog import Catalog
from kartotek.model.plan import Answers, PlannedStep


@dataclass(frozen=True, kw_only=True, eq=False)
class CatalogChange:
    """From `current` to `wanted`; `id` is its row among the changes, 0 for one that needs no preparation.

    `planned` are the steps as somebody has read them, none where what is safe just happens.
    """

    current: Compiled
    wanted: Catalog
    lineage: Lineage
    steps: tuple[Step, ...]
    by: Actor
    at: datetime
    reason: str
    answers: Answers = field(default_factory=Answers)
    id: int = 0
    planned: tuple[PlannedStep, ...] = ()
