"""Versions and changes of the catalog as plain JSON, for programs at every door."""

from __future__ import annotations

from typing import Any

from kartotek.engine.envelopes import instant
from kartotek.model.kept import Kept
from kartotek.model.versions import CatalogVersion, RunningChange


def change_wire(change: RunningChange) -> dict[str, Any]:
    """A change that was asked for: how far it is, or how it ended."""
    return {
        "id": change.id, "plan": change.plan, "base": change.base, "status": change.status, "version": change.version,
        "progress": {"step": change.step, "done": change.done, "total": change.total}, "reason": change.reason,
        "by": change.by, "at": instant(change.at), "changed_at": instant(change.changed_at), "backup": change.backup,
        "error": dict(change.error) or None,
    }


def version_wire(version: CatalogVersion, *, whole: bool = False) -> dict[str, Any]:
    """A catalog that was applied; `whole` with its documents and its stable numbers."""
    made: dict[str, Any] = {
        "version": version.version, "hash": version.hash, "at": instant(version.at), "by": version.by,
        "reason": version.reason, "steps": [dict(one) for one in version.steps],
    }
    return made | {"ids": dict(version.ids), "documents": dict(version.documents)} if whole else made


def kept_wire(kept: Kept) -> dict[str, Any]:
    """What was removed and can still be brought back."""
    return {
        "name": kept.name, "type": kept.type, "path": list(kept.path), "reason": kept.reason, "records": kept.records,
        "version": kept.version, "since": instant(kept.since), "until": instant(kept.until),
    }
