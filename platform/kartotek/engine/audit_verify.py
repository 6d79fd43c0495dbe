"""Audit verify: whether the chain is whole: nothing edited, inserted, moved, removed from the middle or cut off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from kartotek.engine.audit_chain import about_said, mac_of
from kartotek.engine.audit_heads import Anchor
from kartotek.model.audit import AuditHead, AuditQuery
from kartotek.storage import audit
from kartotek.storage.audit import Link
from kartotek.storage.connection import Connection

_MOST_TOLD = 100


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where, a stable code, and a sentence."""

    seq: int
    code: str
    sentence: str


@dataclass(slots=True)
class Verdict:
    """`entries` were looked at, up to the head. `notes` are no faults and worth knowing. At most 100 faults are told."""

    entries: int = 0
    head: AuditHead = AuditHead()
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    matched: list[Anchor] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    def wrong(self, seq: int, code: str, sentence: str) -> None:
        """Adds a fault."""
        if len(self.faults) < _MOST_TOLD:
            self.faults.append(Fault(seq, code, sentence))


def verify(conn: Connection, key: bytes, anchors: Sequence[Anchor] = ()) -> Verdict:
    """Walks the whole chain; `anchors` are heads that were kept elsewhere, which alone can tell that its end was cut off."""
    walk = _Walk(conn, key, anchors)
    for links in audit.every(conn):
        for link in links:
            walk.step(link)
    walk.finish()
    return walk.verdict


class _Walk:
    def __init__(self, conn: Connection, key: bytes, anchors: Sequence[Anchor]) -> None:
        self._conn, self._key = conn, key
        self._anchors: dict[int, list[Anchor]] = {}
        for one in anchors:
            self._anchors.setdefault(one.seq, []).append(one)
        self._mismatched: list[Anchor] = []
        self._about = _Sum()
        self._given_up: list[tuple[int, int]] = []
        self._wrong: set[int] = set()
        self._trim = self._trimming()
        self.verdict = Verdict(head=self._trim)

    def _trimming(self) -> AuditHead:
        """The last entry that was removed with a word about it; that word is looked at when the walk comes to it."""
        for one in audit.found(self._conn, AuditQuery(actions=("audit_trimmed",), limit=1)):
            body = orjson.loads(one.content).get("body", {})
            self._trimmed_at = one.seq
            return AuditHead(int(body.get("through", 0)), str(body.get("mac", "")))
        self._trimmed_at = 0
        return AuditHead()

    def step(self, link: Link) -> None:
        """Judges one entry by the one before."""
        before, verdict = self.verdict.head, self.verdict
        if link.seq <= before.seq:
            self._fault(link.seq, "extra", f"Entry {link.seq} should have been removed.")
            return
        if link.seq != before.seq + 1:
            missing = f"Entry {before.seq + 1} is" if link.seq == before.seq + 2 else f"Entries {before.seq + 1} to {link.seq - 1} are"
            self._fault(before.seq + 1, "missing", f"{missing} missing.")
        elif mac_of(self._key, before.mac, link.seq, link.content) != link.mac:
            self._fault(link.seq, "changed", f"Entry {link.seq} was changed, put in or moved.")
        said, listed = _said(link)
        if not listed:
            self._fault(link.seq, "columns", f"Entry {link.seq} is listed as something else than it is.")
        if said is not None:
            self._note(link, said)
        verdict.entries += 1
        verdict.head = AuditHead(link.seq, link.mac)
        for anchor in self._anchors.pop(link.seq, ()):
            if anchor.mac == link.mac:
                verdict.matched.append(anchor)
            else:
                self._mismatched.append(anchor)

    def _note(self, link: Link, said: Mapping[str, Any]) -> None:
        self._about.add((link.seq, *one) for one in about_said(said))
        if said["action"] == "backup_restored":
            given_up = said.get("body", {}).get("gave_up", {})
            self._given_up.append((link.seq, int(given_up.get("seq", 0))))

    def _fault(self, seq: int, code: str, sentence: str) -> None:
        self._wrong.add(seq)
        self.verdict.wrong(seq, code, sentence)

    def finish(self) -> None:
        """What only the whole can tell."""
        last, kept = self.verdict.head, audit.head(self._conn)
        if kept != last:
            self._fault(last.seq + 1, "head", f"The chain ends with entry {last.seq}; {kept.seq} were written.")
        removed = audit.trimmed(self._conn)
        if removed > self._trim.seq or (self._trim.seq and self._trimmed_at in self._wrong):
            self._fault(1, "trimmed", "Old entries were removed, and the word about it is not ours.")
        elif self._trim.seq:
            self.verdict.notes.append(f"Entries up to {self._trim.seq} were removed when their time was over.")
        listed = _Sum()
        for rows in audit.abouts(self._conn):
            listed.add(rows)
        if listed != self._about:
            self._fault(0, "records", "Which records the entries are about was changed: what is found by a record may be incomplete.")
        self._judge_anchors([*self._mismatched, *(one for each in self._anchors.values() for one in each)])

    def _judge_anchors(self, left: Iterable[Anchor]) -> None:
        for one in sorted(left, key=lambda anchor: anchor.seq):
            if one.seq <= self._trim.seq:
                continue
            restored = next((seq for seq, until in self._given_up if seq <= one.seq <= until), None)
            if restored is not None and restored not in self._wrong:
                self.verdict.notes.append(f"Entry {one.seq}, known to {one.where}, was given up when a backup was restored (entry {restored}).")
            elif one.seq > self.verdict.head.seq:
                self._fault(one.seq, "cut_off", f"The chain was cut off: {one.where} knows entry {one.seq}, of {one.said}.")
            else:
                self._fault(one.seq, "rewritten", f"The chain was written anew: {one.where} knows another entry {one.seq}, of {one.said}.")


class _Sum:
    """Tells apart what was added, in whatever order it came, as far as chance allows."""

    def __init__(self) -> None:
        self._count = self._sum = 0

    def add(self, rows: Iterable[tuple[int, str, int]]) -> None:
        for row in rows:
            self._count += 1
            self._sum = (self._sum + hash(row)) & 0xFFFFFFFFFFFFFFFF

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sum) and (self._count, self._sum) == (other._count, other._sum)

    __hash__ = None  # type: ignore[assignment]


def _said(link: Link) -> tuple[dict[str, Any] | None, bool]:
    """(what an entry says, None where that is nothing; whether it is listed as that)."""
    try:
        found: dict[str, Any] = orjson.loads(link.content)
        return found, (link.by, link.action, link.at) == (found["by"], found["action"], datetime.fromisoformat(found["at"]))
    except (ValueError, KeyError, TypeError):
        return None, False
