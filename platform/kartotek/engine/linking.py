"""Linking: personal links made by effects, in the transaction that is their cause."""

from __future__ import annotations

from kartotek.engine.open_writing import Writing
from kartotek.model.record import Record
from kartotek.model.workflow import LinkEffect
from kartotek.storage import links


def link(writing: Writing, record: Record, effect: LinkEffect) -> None:
    """Makes the link; one of the same name that the record had before ends."""
    now = writing.moment.now
    links.revoke_named(writing.conn, record.type, record.id, name=effect.name, now=now)
    links.add(writing.conn, links.LinkRow(
        name=effect.name, type=record.type, record_id=record.id, transition=effect.transition,
        expires_at=now + effect.expires, uses=effect.uses, created_at=now, created_by=writing.moment.actor.id,
    ))
