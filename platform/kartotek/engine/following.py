"""Following: a change with all that it brings about in the same transaction: effects, and transitions that run by themselves."""

from __future__ import annotations

from kartotek.engine.commit import commit
from kartotek.engine.open_writing import Writing
from kartotek.model.record import Change, Record


def enact(writing: Writing, change: Change, *, group: str | None = None) -> Record:
    """Stores the change and what follows from it; the record as it is then. Raises what commit raises."""
    return commit(writing, change, group=group)
