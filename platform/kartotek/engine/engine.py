"""Engine: the one door to records, for pages, API, jobs and commands alike."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from kartotek.declaration.folder import Folder
from kartotek.engine import applying, bulk, writing
from kartotek.engine.applying import ApplyReport
from kartotek.engine.audit import Audit
from kartotek.engine.audit_desk import AuditDesk
from kartotek.engine.audit_tending import AuditTending
from kartotek.engine.backup_copies import BackupCopies
from kartotek.engine.backup_desk import BackupDesk
from kartotek.engine.backup_trials import BackupTrials
from kartotek.engine.backups import Backups
from kartotek.engine.breaches import Breaches
from kartotek.engine.bulk import BulkRow
from kartotek.engine.busy import reading_from, writing_to
from kartotek.engine.catalogs import Catalogs
from kartotek.engine.diagrams import Diagrams
from kartotek.engine.conflicts import Conflicts
from kartotek.engine.envelopes import Envelope, written
from kartotek.engine.explaining import Explanations
from kartotek.engine.encrypting import scrub_what_is_owed
from kartotek.engine.exports import Exports
from kartotek.engine.everywhere import Everywhere
from kartotek.engine.files import FileContent, Files, Shape
from kartotek.engine.forms import Forms
from kartotek.engine.glass import Glass
from kartotek.engine.holding import SECONDS, undisturbed
from kartotek.engine.imports import Imports
from kartotek.engine.inbox import Inbox
from kartotek.engine.indexes import Indexes
from kartotek.engine.key_check import settled
from kartotek.engine.keyring import Keyring
from kartotek.engine.links import Links
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.outbox import Outbox
from kartotek.engine.people import People
from kartotek.engine.plans import Plans
from kartotek.engine.proposals import Proposals
from kartotek.engine.processes import Processes
from kartotek.engine.reads import Reads
from kartotek.engine.role_editing import RoleEditing
from kartotek.engine.rolling_back import Rollbacks
from kartotek.engine.rotation import Rotation
from kartotek.engine.safekeeping import Safekeeping
from kartotek.engine.slots import Slots
from kartotek.engine.suggestions import Suggestions
from kartotek.engine.timers import Timers
from kartotek.engine.tokens import Tokens
from kartotek.engine.transaction import Answer, Attempt, Once
from kartotek.engine.transactions import Transactions
from kartotek.engine.users import Users
from kartotek.engine.windows import Windows
from kartotek.model.actor import Actor
from kartotek.model.frozen import EMPTY
from kartotek.model.problem import Problem
from kartotek.model.record import Record
from kartotek.storage import idempotency, leases
from kartotek.storage.database import Database
from kartotek.storage.own import prepare
from kartotek.storage.pace import Pace
from kartotek.storage.vault import Vault


def system_clock() -> datetime:
    """The present instant in UTC."""
    return datetime.now(UTC)


class Engine(Reads):
    """One per process, safe to share by threads. Every method pins one catalog and one instant for its whole length."""

    def __init__(
        self, database: Database, *, files: Path, secret: bytes, clock: Callable[[], datetime] = system_clock,
        documents: Callable[[], Mapping[str, str]] | None = None, folder: Folder | None = None, keys: Keyring | None = None,
    ) -> None:
        prepare(database)
        self.database = database
        self.keys = settled(database, keys or Keyring.of_secret(secret), clock())
        database.vault = Vault(self.keys)
        self._secret = secret
        self.clock = clock
        self._catalogs = Catalogs(database)
        self.audit = Audit(database, self.keys, lambda: self.clock(), files.parent / "audit")
        database.audit = self.audit
        self.transactions = Transactions(database, self._catalogs, lambda: self.clock(), self.audit)
        self.tending = AuditTending(self.transactions, self.audit)
        self.slots = Slots(self.transactions)
        self.suggestions = Suggestions(self.transactions, secret)
        self.rotation = Rotation(self.transactions, self.keys)
        self._applying = threading.Lock()
        self.conflicts = Conflicts(self.transactions, secret)
        self.breaches = Breaches(self.transactions)
        self.windows = Windows(self.transactions)
        self.users = Users(database, self._catalogs)
        self.audit_desk = AuditDesk(self.audit, self._catalogs, self.users)
        self.tokens = Tokens(database, self._catalogs, self.users, clock=clock, audit=self.audit)
        self.pace = Pace(files.parent / "pace", secret)
        self.timers = Timers(self.transactions, secret)
        self.files = Files(database, files, clock, self.keys)
        self.inbox = Inbox(self.transactions, secret)
        self.glass = Glass(self.transactions)
        self.diagram = Diagrams(self.transactions).draw
        self.processes = Processes(self.transactions)
        self.links = Links(self.transactions, self.processes, secret)
        self.forms = Forms(self.transactions, self.processes, secret)
        self.exports = Exports(self.transactions, secret)
        self.imports = Imports(self.transactions, self.users, files.parent / "imports", self.keys)
        self.outbox = Outbox(self.transactions, self.links.url, secret)
        self.indexes = Indexes(self.transactions)
        self.explanations = Explanations(self.transactions)
        self.everywhere = Everywhere(self.transactions)
        self.backups = Backups(database, files.parent, clock, self.keys, audit=self.audit)
        copies = BackupCopies(self.backups, files.parent, self.transactions.clock)
        self.safekeeping = Safekeeping(self.transactions, self.backups, copies, BackupTrials(database, files.parent, clock, self.keys))
        self.backup_desk = BackupDesk(self.transactions, copies)
        self.plans = Plans(self.transactions, self.backups.make, documents)
        self.proposals = Proposals(self.transactions, self.plans, folder)
        self.rollbacks = Rollbacks(self.transactions, self.plans, self.proposals)
        self.role_editing = RoleEditing(self.transactions, self.proposals, self.users.granting)
        self.people = People(self.transactions, self.users.granting, self.files, files.parent / "imports", afterwards=lambda: self.safekeeping.write_keys())
        self.indexes.arrange()
        self.people.replay()

    # --- writing

    def create(
        self, actor: Actor, record_type: str, fields: Mapping[str, Any], *,
        confirm: Mapping[str, str] = EMPTY, once: Once | None = None,
    ) -> Envelope:
        """The new record; `confirm` is {rule: reason} to save in spite of a rule that asks for one. Raises NotFound, Forbidden, Invalid, Conflict (unique), Busy."""

        def attempt(moment: Moment) -> Callable[[Writing], Envelope]:
            input = writing.asked_of(moment, record_type, fields, creating=True, confirm=confirm)
            return lambda open: _answer(open, record_type, writing.create(open, record_type, input))

        return self._transact(actor, attempt, once)

    def update(
        self, actor: Actor, record_type: str, id: int, fields: Mapping[str, Any], *,
        unset: Sequence[str] = (), version: int | None = None, confirm: Mapping[str, str] = EMPTY,
        once: Once | None = None,
    ) -> Envelope:
        """The record afterwards. Raises NotFound, Forbidden, Invalid, Conflict (version, unique), PreconditionRequired, Busy."""

        def attempt(moment: Moment) -> Callable[[Writing], Envelope]:
            input = writing.asked_of(moment, record_type, fields, unset, creating=False, confirm=confirm)
            return lambda open: _answer(open, record_type, writing.update(open, record_type, id, input, version=version))

        return self._transact(actor, attempt, once)

    def delete(
        self, actor: Actor, record_type: str, id: int, *, version: int | None = None, once: Once | None = None
    ) -> None:
        """Puts the record into the trash. Raises NotFound, Forbidden, Conflict (version, referenced), PreconditionRequired, Busy."""
        self._transact(actor, lambda moment: lambda open: writing.delete(open, record_type, id, version), once)

    def restore(self, actor: Actor, record_type: str, id: int, *, once: Once | None = None) -> Envelope:
        """The record out of the trash. Raises NotFound, Forbidden, Conflict (state, unique), Busy."""
        return self._transact(
            actor,
            lambda moment: lambda open: _answer(open, record_type, writing.restore(open, record_type, id)),
            once,
        )

    def bulk(
        self, actor: Actor, record_type: str, rows: Sequence[BulkRow], *, partial: bool = False,
        on: str | None = None, once: Once | None = None,
    ) -> list[dict[str, Any]]:
        """One result a row: {"status", "record"?, "problems"?}. Raises NotFound, TooLarge, Malformed, Invalid, Conflict, Busy."""
        return self._transact(actor, lambda moment: bulk.bulk(moment, record_type, rows, partial=partial, on=on), once)

    # --- files

    def stage_file(self, actor: Actor, stream: BinaryIO, *, name: str, once: Once | None = None) -> dict[str, Any]:
        """Keeps a file for a day, until a record names it: {"id", "name", "type", "size"}. Raises TooLarge, Invalid."""
        return self.files.stage(self._begin(actor), stream, name=name, once=once)

    def staged_file(self, actor: Actor, file_id: str) -> dict[str, Any]:
        """A file the actor staged himself. Raises NotFound."""
        return self.files.staged(actor, file_id)

    def open_file(
        self, actor: Actor, record_type: str, id: int, file_id: str, *, shape: Shape = "whole"
    ) -> FileContent:
        """A file of a record, if the actor may read the field that names it. Raises NotFound."""
        with self.transactions.at(actor) as (moment, conn):
            return self.files.open(moment, conn, record_type, id, file_id=file_id, shape=shape)

    # --- the catalog

    def apply_documents(
        self, documents: Mapping[str, str], *, by: Actor, reason: str, problems: Sequence[Problem] = (),
        wait: float = SECONDS,
    ) -> ApplyReport:
        """Puts what is safe of new declarations into service at once, and tells what waits and what is wrong.

        `problems` are those found before the documents could be read. Raises Busy where somebody else is changing the
        catalog, for `wait` seconds on end.
        """
        with self._applying, undisturbed(self.database, self.clock, wait=wait):
            return applying.apply_documents(
                self.database, self._catalogs, documents, by=by, now=self.clock(), reason=reason, problems=problems
            )

    def declaration_problems(self) -> list[Problem]:
        """What keeps the site's files, or a part of them, from being in service; known to every process."""
        with reading_from(self.database) as conn:
            return applying.reported(conn)

    # --- leases

    def hold_lease(self, name: str, holder: str, seconds: float) -> bool:
        """Whether the holder has the lease now; it renews his own. Writes."""
        with writing_to(self.database) as conn:
            return leases.acquire(conn, name, holder, now=self.clock(), seconds=seconds)

    def release_lease(self, name: str, holder: str) -> None:
        """Gives the lease up, if he has it. Writes."""
        with writing_to(self.database) as conn:
            leases.release(conn, name, holder)

    def tidy(self) -> None:
        """Removes what has served its day: staged files that no record named, answers kept for repeated requests. Writes."""
        self.files.purge()
        self.files.seal()
        with writing_to(self.database) as conn:
            idempotency.purge(conn, self.clock())
        self.timers.tidy()
        self.outbox.tidy()
        self.forms.tidy()
        self.imports.tidy()
        self.plans.tidy()
        scrub_what_is_owed(self.database, (one.name for one in self.catalog().types.values() if not one.builtin))

    def close(self) -> None:
        """Closes the database's connections."""
        self.audit.close()
        self.pace.close()
        self.database.close()

    def _transact(self, actor: Actor, attempt: Attempt[Answer], once: Once | None) -> Answer:
        return self.transactions.transact(actor, attempt, once)


def _answer(open: Writing, record_type: str, record: Record) -> Envelope:
    """The envelope of what was written; to one who may write but not read, no more than its number."""
    return written(open, record_type, [record])[0]
