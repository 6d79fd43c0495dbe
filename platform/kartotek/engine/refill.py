"""Refilling: the columns that a foreign type has got anew, from what its records have kept as JSON until now."""

from __future__ import annotations

from kartotek.engine.open_writing import Writing
from kartotek.storage.records import load_many, update
from kartotek.storage.referring import ids_after
from kartotek.storage.shadows import with_rest

_BATCH = 500


def settle_rest(writing: Writing, record_type: str) -> None:
    """Stores every record of which something stands in no column as it would be stored today.

    A write compares what it would have stored before with what it stores now: what stands there besides would never go.
    """
    compiled = writing.moment.compiled.type(record_type)
    last = 0
    while ids := with_rest(writing.conn, compiled.layout, after=last, limit=_BATCH):
        for stored in load_many(writing.conn, compiled.layout, ids).values():
            again = compiled.codec.stored(compiled.codec.record(stored), stored.deleted_group)
            update(writing.conn, compiled.layout, stored, again)
        last = ids[-1]


def refill(writing: Writing, record_type: str) -> None:
    """Stores every record, live and deleted, as it would be stored today. Its values stay, and so does its version."""
    compiled = writing.moment.compiled.type(record_type)
    last = 0
    while ids := ids_after(writing.conn, compiled.layout, last, _BATCH):
        for stored in load_many(writing.conn, compiled.layout, ids).values():
            if stored.rest:
                again = compiled.codec.stored(compiled.codec.record(stored), stored.deleted_group)
                if again.columns != stored.columns:
                    update(writing.conn, compiled.layout, stored, again)
        last = ids[-1]
