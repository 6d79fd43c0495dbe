"""What is kept of a catalog beside its documents: the numbers that stay, what was done to get there, what old records may break."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.engine.change import CatalogChange
from kartotek.migration import identities, ratcheted
from kartotek.migration.planned import planned
from kartotek.migration.step import Step
from kartotek.model.kept import Kept
from kartotek.model.plan import PlannedStep
from kartotek.model.plan_wire import kept_wire
from kartotek.storage.versions import VersionRow


def catalog_row(
    change: CatalogChange, before: VersionRow | None, kept: Sequence[Kept], still: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Any]:
    """`ids`, `steps` and `ratcheted` of the catalog that the change leads to, for storage.catalogs.append.

    `before` is the row of the one in service, `kept` what was kept before the change, `still` {type: names} that some record
    breaks; None lets no name go.
    """
    old, lineage = (change.current.catalog, change.lineage) if change.current.catalog.version else (None, None)
    return {
        "ids": identities.carried(before.ids if before else {}, old, change.wanted, lineage, kept=kept),
        "steps": [kept_wire(one) for one in change.planned or _just_done(change.steps)],
        "ratcheted": ratcheted.carried(before.ratcheted if before else {}, change.steps, change.lineage, change.wanted, still=still),
    }


def _just_done(steps: Sequence[Step]) -> list[PlannedStep]:
    """Steps that happened without a plan that somebody read."""
    return [planned(number, one) for number, one in enumerate(steps, start=1)]
