"""Audit chain: an entry as text, and the mac that binds it to the one before. Whoever has no key can make neither."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kartotek.model.actor import SYSTEM_ID, Actor, Origin
from kartotek.model.audit import AuditEntry, AuditHead, AuditRow
from kartotek.storage.audit import Link


def content_of(actor: Actor, entry: AuditEntry, at: datetime) -> str:
    """All of an entry as one text, the same for the same; what is empty is left out."""
    origin = actor.origin
    said = {
        "at": at.isoformat(), "by": actor.id, "name": actor.name if actor.id == SYSTEM_ID else "", "via": actor.via,
        "session": origin.session, "address": origin.address, "request": origin.request,
        "action": entry.action, "type": entry.type, "record_id": entry.record_id, "fields": list(entry.fields),
        "body": dict(entry.body), "also": [list(one) for one in entry.also],
    }
    kept = {name: value for name, value in said.items() if value not in ("", None, [], {})}
    # In ASCII, so that no text that anybody sends can be one that a database refuses or changes.
    return json.dumps(kept, sort_keys=True, separators=(",", ":"))


def next_link(key: bytes, head: AuditHead, actor: Actor, entry: AuditEntry, *, at: datetime) -> Link:
    """The link that follows the head."""
    return sealed(key, head, content_of(actor, entry, at))


def sealed(key: bytes, head: AuditHead, content: str) -> Link:
    """The same of an entry that is a text already."""
    said = json.loads(content)
    seq, at = head.seq + 1, datetime.fromisoformat(said["at"])
    return Link(seq, at, said["by"], said["action"], content, mac_of(key, head.mac, seq, content))


def mac_of(key: bytes, before: str, seq: int, content: str) -> str:
    """What proves that this entry stood at this place after that one."""
    return hmac.digest(key, f"{before}|{seq}|{content}".encode(), "sha256").hex()


def row_of(link: Link) -> AuditRow:
    """A link read again."""
    return row_said(link.seq, json.loads(link.content))


def about_said(said: Mapping[str, Any]) -> list[tuple[str, int]]:
    """(type, id) of all that an entry is about, each once."""
    own = [(said["type"], said["record_id"])] if "record_id" in said and "type" in said else []
    also = said.get("also")
    return own if not also else list(dict.fromkeys([*own, *((one[0], one[1]) for one in also)]))


def row_said(seq: int, said: dict[str, Any]) -> AuditRow:
    """An entry as it was said."""
    entry = AuditEntry(
        said["action"], said.get("type", ""), said.get("record_id"), tuple(said.get("fields", ())), said.get("body", {}),
        tuple((one[0], one[1]) for one in said.get("also", ())),
    )
    origin = Origin(said.get("session", ""), said.get("address", ""), said.get("request", ""))
    at = datetime.fromisoformat(said["at"])
    return AuditRow(seq, at, said["by"], said.get("name", ""), said["via"], origin, entry)
