"""The words of a suggestion: the values as they were and as they are proposed, never kept in the open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kartotek.errors import Unreadable
from kartotek.storage.connection import Connection
from kartotek.storage.layout import Layout
from kartotek.storage.sealing import owners_by_id, site_key
from kartotek.storage.suggestions import SuggestionRow


@dataclass(frozen=True, slots=True)
class Words:
    """`was` and `now` are {field: wire}, `unset` the fields to be emptied; `reason` is the answer's."""

    was: Mapping[str, Any]
    now: Mapping[str, Any]
    unset: tuple[str, ...] = ()
    comment: str = ""
    reason: str = ""


def kept(conn: Connection, layout: Layout, row: SuggestionRow, words: Words) -> SuggestionRow:
    """The row with the words, encrypted with the key of the person whom the record is about, or with the site's."""
    wire = {"was": dict(words.was), "now": dict(words.now), "unset": list(words.unset), "comment": words.comment, "reason": words.reason}
    return replace(row, sealed=str(conn.vault.seal(_key(conn, layout, row.record_id), f"suggestion.{row.key}", wire)))


def read(conn: Connection, row: SuggestionRow) -> Words:
    """The words of a row; none where their key was destroyed: the record was a person's who has been erased since."""
    try:
        wire = conn.vault.open(conn, row.sealed, f"suggestion.{row.key}")
    except Unreadable:
        return Words({}, {})
    return Words(wire["was"], wire["now"], tuple(wire["unset"]), wire["comment"], wire["reason"])


def _key(conn: Connection, layout: Layout, record_id: int) -> tuple[int, bytes]:
    if layout.sealing is None or not layout.sealing.person:
        return site_key(conn)
    owner = owners_by_id(conn, layout, [record_id])[record_id]
    found: tuple[int, bytes] = conn.vault.keys_of(conn, [owner])[owner]
    return found
