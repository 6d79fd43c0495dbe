"""Rotation: another master key takes the place of the one in use, while everybody goes on working."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from kartotek.engine import audit_key
from kartotek.engine.file_keys import FileKeys
from kartotek.engine.keyring import Keyring
from kartotek.engine.transactions import Transactions
from kartotek.errors import Conflict, NotFound
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.model.problem import Problem
from kartotek.storage import files, keys
from kartotek.storage.catalogs import bump_security
from kartotek.storage.connection import Connection

_BATCH = 500


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A master key: since when it is known, how many keys it wraps, when somebody last took a copy of it on paper."""

    id: str
    since: datetime | None
    is_current: bool
    wraps: int
    copied_at: datetime | None


class Rotation:
    """Of one site. What is sealed by an older key stays readable all the time: the ring holds both."""

    def __init__(self, transactions: Transactions, ring: Keyring) -> None:
        self._transactions = transactions
        self._ring = ring

    def masters(self) -> list[MasterKey]:
        """The master keys there are, the current one first."""
        with self._transactions.reading() as conn:
            known, wraps = keys.known_masters(conn), keys.counts(conn)
        return [
            MasterKey(id, *_told(known, id, 0), id == self._ring.current, wraps.get(id, 0), _told(known, id, 1)[0])
            for id in self._ring.ids
        ]

    def rotate(self, actor: Actor) -> str:
        """The name of a new master key, by which all other keys are wrapped when this ends.

        Raises SetupInvalid where the key was given from outside: then the new one is to be put first there.
        """
        id = self._ring.make()
        with self._transactions.writing() as conn:
            keys.add_master(conn, id, self._transactions.clock())
            bump_security(conn)  # all processes look at the key file again
            self._transactions.audit.append(conn, actor, AuditEntry("key_rotated", body={"key": id}))
        self.rewrap()
        return id

    def rewrap(self) -> int:
        """Wraps by the current master key what others still wrap; how many keys. It can be interrupted, and done again."""
        count = 0
        while step := self._step():
            count += step
        with self._transactions.writing() as conn:
            audit_key.reseal(conn, self._ring)
        return count + self._files()

    def forget(self, actor: Actor, id: str) -> None:
        """Takes a master key out of the ring. Backups that were made with it cannot be read by this site any more.

        Raises NotFound, Conflict for the current one and for one that still wraps something.
        """
        if id not in self._ring.ids:
            raise NotFound(f"There is no master key {id}.")
        self.rewrap()
        with self._transactions.writing() as conn:
            if id == self._ring.current or keys.counts(conn).get(id):
                sentence = "This master key is in use. Put another in its place first: kartotek keys rotate."
                raise Conflict(sentence, problems=[Problem("", "key_in_use", sentence)])
            keys.remove_master(conn, id)
            bump_security(conn)
            self._transactions.audit.append(conn, actor, AuditEntry("key_destroyed", body={"key": id}))
        self._ring.forget(id)

    def copied(self, id: str) -> None:
        """Notes that somebody has a copy of the key on paper."""
        with self._transactions.writing() as conn:
            keys.note_copy(conn, id, self._transactions.clock())

    def _step(self) -> int:
        with self._transactions.writing() as conn:
            rows = keys.wrapped_otherwise(conn, self._ring.current, _BATCH)
            keys.rewrap(conn, [conn.vault.rewrapped(one) for one in rows])
        return len(rows)

    def _files(self) -> int:
        ring, after, count = FileKeys(self._ring), "", 0
        while True:
            with self._transactions.writing() as conn:
                rows = files.keyed(conn, after=after, limit=_BATCH)
                count += sum(_resealed(conn, ring, row.id, row.key) for row in rows)
            if not rows:
                return count
            after = rows[-1].id


def _resealed(conn: Connection, ring: FileKeys, id: str, kept: str | None) -> bool:
    made = ring.resealed(id, kept) if kept else None
    if made is not None:
        files.keep_key(conn, id, made)
    return made is not None


def _told(known: Mapping[str, tuple[datetime | None, datetime | None]], id: str, at: int) -> tuple[datetime | None]:
    return (known.get(id, (None, None))[at],)
