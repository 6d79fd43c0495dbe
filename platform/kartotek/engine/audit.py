"""Audit: the chain of what was done, written with it, and of what was looked at, noted before it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from kartotek.engine import audit_heads
from kartotek.engine.audit_chain import content_of, next_link, row_of
from kartotek.engine.audit_heads import Anchor
from kartotek.engine.audit_journal import Journal
from kartotek.engine.audit_key import settled_key
from kartotek.engine.audit_recent import Reads, Refusals
from kartotek.engine.audit_sealing import seal, unsealed
from kartotek.engine.audit_verify import Verdict, verify
from kartotek.engine.busy import reading_from, writing_to
from kartotek.engine.keyring import Keyring
from kartotek.engine.sightings import Seen
from kartotek.errors import Unrecorded
from kartotek.model.actor import SYSTEM_ID, Actor
from kartotek.model.audit import AuditEntry, AuditHead, AuditQuery, AuditRow
from kartotek.storage import audit
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database


SHORTEST = timedelta(days=183)
_SELF = Actor.system("audit")


class Audit:
    """Safe to share by threads. `folder` is where each process notes at once what it shows."""

    def __init__(self, database: Database, keys: Keyring, clock: Callable[[], datetime], folder: Path) -> None:
        self._database = database
        self._key = settled_key(database, keys)
        self._clock = clock
        self._folder = folder
        self._journal = Journal(folder, self._key)
        self._reads = Reads()
        self._refusals = Refusals()
        self._kept = AuditHead()

    def append(self, conn: Connection, actor: Actor, *entries: AuditEntry) -> None:
        """Puts entries into the chain within an open transaction: the last thing that is done before the commit.

        On PostgreSQL everybody else who appends waits from here to the commit. In a transaction of the engine's own
        (`Writing`) they are added to `writing.doings.entries` instead.
        """
        if not entries:
            return
        now, links, about = self._clock(), [], []
        last = audit.held_head(conn)
        for entry in entries:
            links.append(next_link(self._key, last, actor, entry, at=now))
            last = AuditHead(links[-1].seq, links[-1].mac)
            about += [(last.seq, *one) for one in entry.about]
        audit.append(conn, links, about)

    def note(self, actor: Actor, *entries: AuditEntry) -> None:
        """The same in a transaction of its own, for what no transaction of ours did. Raises Busy."""
        with writing_to(self._database) as conn:
            self.append(conn, actor, *entries)

    def saw(self, actor: Actor, record_type: str, ids: Iterable[int], fields: Sequence[str]) -> None:
        """Notes, before it returns, that these fields of these records are about to be shown.

        Once for ten minutes for the same person, record and fields. Raises Unrecorded where it cannot be noted.
        """
        names = tuple(sorted(fields))
        who = actor.id, actor.name if actor.id == SYSTEM_ID else "", actor.via, record_type, names
        seen = self._reads.unnoted(who, sorted(set(ids)))
        if not seen or not names:
            return
        also = tuple((record_type, id) for id in seen[1:])
        self._write(actor, AuditEntry("read", record_type, seen[0], names, also=also))
        self._reads.noted(who, seen)

    def shown(self, actor: Actor, seen: Seen) -> None:
        """The same of all that was gathered. Raises Unrecorded."""
        for record_type, fields, ids in seen:
            self.saw(actor, record_type, ids, fields)

    def looked(self, actor: Actor) -> None:
        """Notes that somebody looks at the audit itself, once for ten minutes. Raises Unrecorded."""
        if self._reads.unnoted((actor.id, "audit"), [0]):
            self._write(actor, AuditEntry("audit_looked_at"))
            self._reads.noted((actor.id, "audit"), [0])

    def refused(self, actor: Actor, entry: AuditEntry) -> None:
        """Notes that somebody was refused, as far as it can be: often the same is one note, and the rest is counted."""
        more = self._refusals.turn((actor.id, actor.origin.address, entry.action, entry.type))
        if more is None:
            return
        told = replace(entry, body={**entry.body, "before": more}) if more else entry
        with suppress(Unrecorded):  # he is refused all the same
            self._write(actor, told)

    def seal(self) -> int:
        """Puts what the processes have noted into the chain; how many lines. Duty of the background work. Raises Busy."""
        return seal(self._database, self._folder, self._key)

    def entries(self, query: AuditQuery) -> list[AuditRow]:
        """The newest entries that answer the question, newest first. Whether he may ask is for the caller to know."""
        with reading_from(self._database) as conn:
            return [row_of(one) for one in audit.found(conn, query)]

    def head(self) -> AuditHead:
        """The last entry."""
        with reading_from(self._database) as conn:
            return audit.head(conn)

    def head_text(self) -> str:
        """The last entry as a line that `verify` reads again, to be kept elsewhere: in each backup, in somebody's mail."""
        return self.text_of(self.head())

    def text_of(self, head: AuditHead) -> str:
        """The same of a head that is known already."""
        return audit_heads.text_of(head, self._clock())

    def keep_head(self) -> None:
        """Writes the last entry down beside the database. Duty of the background work. Raises Busy, OSError."""
        head = self.head()
        if head.seq and head != self._kept:
            audit_heads.keep(self._folder, self._key, head, self._clock())
            self._kept = head

    def trim(self, keep: timedelta) -> int:
        """Removes what is older, with a word in the chain about it; up to which entry, 0 for none. Raises Busy.

        Nobody may keep less than half a year.
        """
        now = self._clock()
        with writing_to(self._database) as conn:
            last = audit.held_head(conn)
            found = audit.last_before(conn, now - max(keep, SHORTEST))
            if found is None or found[0] <= audit.trimmed(conn) or found[0] >= last.seq:
                return 0
            through, mac = found
            self.append(conn, _SELF, AuditEntry("audit_trimmed", body={"through": through, "mac": mac}))
            audit.trim(conn, through)
        audit_heads.forget(self._folder, through)
        return through

    def verify(self, anchors: Sequence[Anchor] = ()) -> Verdict:
        """Whether nothing was edited, put in, moved, removed or cut off; by heads that are known elsewhere, too. Raises Busy.

        Lines that wait for the chain are looked at as well.
        """
        beside, changed = audit_heads.kept(self._folder, self._key)
        with reading_from(self._database) as conn:
            verdict = verify(conn, self._key, [*beside, *anchors])
            places = audit.journal_places(conn)
        if changed:
            verdict.wrong(0, "heads", f"The file {audit_heads.FILE} in {self._folder} was changed.")
        waiting, damaged = unsealed(self._folder, self._key, places)
        for name in damaged:
            verdict.wrong(0, "journal", f"The file {name} was changed before its lines came into the chain.")
        if waiting:
            verdict.notes.append(f"{waiting} notes of what was looked at wait to come into the chain.")
        return verdict

    def close(self) -> None:
        """Ends the file of this process."""
        self._journal.close()

    def _write(self, actor: Actor, entry: AuditEntry) -> None:
        try:
            self._journal.write(content_of(actor, entry, self._clock()))
        except OSError as error:
            raise Unrecorded("What you ask for is noted before it is shown, and cannot be noted now.", retry_after=5) from error
