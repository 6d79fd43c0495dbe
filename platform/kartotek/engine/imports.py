"""Imports: spreadsheets taken in as records: a dry run, then batches under one number that can be resumed and undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from kartotek.engine import import_report
from kartotek.engine.envelopes import instant
from kartotek.engine.import_check import changed_since
from kartotek.engine.import_commit import commit_batch
from kartotek.engine.import_dry_run import Progress, dry_run
from kartotek.engine.import_options import by_todays_name, read_options, refuse_importing
from kartotek.engine.import_shelf import Shelf, refuse_unless
from kartotek.engine.import_undo import undo_batch
from kartotek.engine.keyring import Keyring
from kartotek.engine.open_writing import Writing
from kartotek.engine.transactions import Transactions
from kartotek.engine.users import Users
from kartotek.errors import Busy, Conflict, Forbidden, KartotekError, NotFound
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.model.frozen import EMPTY
from kartotek.model.problem import problem
from kartotek.sheets.writing import csv_chunks
from kartotek.sheets.writing_xlsx import write_xlsx
from kartotek.storage import imports
from kartotek.storage.imports import WAITING, ImportRow, Status

_UNUSED_FOR = timedelta(days=3)
_FILES_KEPT_FOR = timedelta(days=30)
_BEHIND_ALL = 2**62  # no file has so many rows


class Imports:
    """The imports of one site. Everybody sees his own, the owner all."""

    def __init__(self, transactions: Transactions, users: Users, folder: Path, ring: Keyring) -> None:
        self._transactions = transactions
        self._shelf = Shelf(transactions, users, folder, ring)

    # --- the dry run

    def receive(
        self, actor: Actor, record_type: str, stream: BinaryIO, *, name: str, options: Mapping[str, Any] = EMPTY
    ) -> dict[str, Any]:
        """Keeps a file under a new number; the background work does the dry run. Writes no record.

        `options` are those of `sheets.plan.Options` and besides `on`, a unique field by whose value rows change the
        records that are there, and `confirm`, {rule: reason}. Raises NotFound, Forbidden, Malformed, Invalid, TooLarge, Busy.
        """
        id = self._receive(actor, record_type, stream, name=name, options=options)
        self._shelf.move(id, ("preparing",), "received")
        return self.get(actor, id)

    def prepare(
        self, actor: Actor, record_type: str, stream: BinaryIO, *, name: str,
        options: Mapping[str, Any] = EMPTY, progress: Progress = lambda done, total: None,
    ) -> dict[str, Any]:
        """The same with the dry run done at once: its report. Raises what receive does."""
        id = self._receive(actor, record_type, stream, name=name, options=options)
        with ExitStack() as otherwise:
            otherwise.callback(self._shelf.forget, id)
            made = self._prepare(actor, id, progress)
            otherwise.pop_all()
        return made

    def prepare_again(
        self, actor: Actor, id: int, options: Mapping[str, Any], *, wait: bool = True,
        progress: Progress = lambda done, total: None,
    ) -> dict[str, Any]:
        """The dry run of the same file with other options, by the background work unless one waits for it.

        Raises what receive does, Conflict once it was committed.
        """
        row = self._shelf.find(actor, id)
        moment = self._transactions.begin(actor)
        options = by_todays_name(moment, row.type, options)
        refuse_importing(moment, row.type, read_options(options)[0])
        after: Status = "preparing" if wait else "received"
        self._shelf.move(id, ("prepared", "refused"), after, options=options, counts={}, error={})
        if not wait:
            return self.get(actor, id)
        with ExitStack() as otherwise:
            otherwise.callback(self._shelf.write, id, status="refused")
            made = self._prepare(actor, id, progress)
            otherwise.pop_all()
        return made

    def _receive(
        self, actor: Actor, record_type: str, stream: BinaryIO, *, name: str, options: Mapping[str, Any]
    ) -> int:
        moment = self._transactions.begin(actor)
        options = by_todays_name(moment, record_type, options)
        refuse_importing(moment, record_type, read_options(options)[0])
        with self._transactions.writing() as conn:
            id = imports.add(conn, type=record_type, name=_plain(name), by=actor.id, at=moment.now, options=options, scope=actor.scope)
            self._transactions.audit.append(conn, actor, AuditEntry("import_started", record_type, body={"import": id}))
        with ExitStack() as otherwise:
            otherwise.callback(self._shelf.forget, id)
            self._shelf.folder(id).receive(stream, limit=moment.compiled.catalog.settings.limits.file)
            otherwise.pop_all()
        return id

    def _prepare(self, actor: Actor, id: int, progress: Progress) -> dict[str, Any]:
        row = self._shelf.find(actor, id)
        self._shelf.write(id, **dry_run(self._transactions, actor, row, folder=self._shelf.folder(id), progress=progress))
        return self.get(actor, id)

    def _try(self, row: ImportRow, actor: Actor) -> int:
        """The dry run of a received file; it is done again from its beginning where a process was killed within."""

        def progress(done: int, total: int) -> None:
            self._shelf.write(row.id, counts={"checked": done, "total": total})

        with ExitStack() as otherwise:
            otherwise.callback(self._shelf.stop, row, NotFound("The file could not be read."))
            self._shelf.write(row.id, **dry_run(self._transactions, actor, row, folder=self._shelf.folder(row.id), progress=progress))
            otherwise.pop_all()
        return 1

    # --- what there is

    def get(self, actor: Actor, id: int) -> dict[str, Any]:
        """One import with its report and how far it is. Raises NotFound."""
        return _wire(self._shelf.find(actor, id))

    def listing(
        self, actor: Actor, record_type: str | None = None, *, before: int | None = None, limit: int = 50
    ) -> list[dict[str, Any]]:
        """The imports, newest first, of one type or of all; `before` is the number of the last one seen."""
        whose = None if actor.is_owner else actor.id
        with self._transactions.reading() as conn:
            rows = imports.newest(conn, by=whose, type=record_type, before=before, limit=limit, scope=actor.scope)
        return [_wire(one) for one in rows]

    def problems(self, actor: Actor, id: int, *, offset: int = 0, limit: int = 100) -> list[dict[str, Any]]:
        """The rows that were not taken in or not taken back: [{"row", "phase", "problems"}]. Raises NotFound."""
        row = self._shelf.find(actor, id)
        with self._transactions.reading() as conn:
            return import_report.problems(conn, row, self._shelf.folder(id), offset=offset, limit=limit)

    def errors(self, actor: Actor, id: int) -> Iterator[bytes]:
        """A CSV file, in pieces, with the original cells of all rows that were not taken in, and why. Raises NotFound.

        Corrected, it can be imported in its turn.
        """
        row = self._shelf.find(actor, id)
        return csv_chunks(import_report.header(row), import_report.rows(self._transactions, row, self._shelf.folder(id)))

    def errors_xlsx(self, actor: Actor, id: int, path: Path) -> None:
        """The same as a spreadsheet. Raises NotFound, TooLarge."""
        row = self._shelf.find(actor, id)
        write_xlsx(path, row.type, import_report.header(row), import_report.rows(self._transactions, row, self._shelf.folder(id)))

    # --- commit, undo

    def commit(self, actor: Actor, id: int) -> dict[str, Any]:
        """Has the good rows taken in, from where it stopped if it did; what follows is done by `step`. Again changes nothing.

        Raises NotFound, Forbidden, and Conflict where it was undone, or prepared under other declarations.
        """
        row = self._shelf.find(actor, id)
        moment = self._transactions.begin(actor)
        refuse_importing(moment, row.type, read_options(row.options)[0])
        if row.status == "prepared" and row.catalog_version != moment.compiled.catalog.version:
            raise changed_since()
        if row.status not in ("committing", "committed"):
            if row.status == "stopped" and row.error.get("phase") != "committing":
                refuse_unless(row, ("prepared",))
            self._shelf.move(id, ("prepared", "stopped"), "committing", error={})
        return self.get(actor, id)

    def undo(self, actor: Actor, id: int) -> dict[str, Any]:
        """Has all taken back that was written, also while it is still being written. Again changes nothing.

        Raises NotFound, and Conflict where nothing was written.
        """
        row = self._shelf.find(actor, id)
        if row.status == "stopped" and row.error.get("phase") == "undoing":
            self._shelf.move(id, ("stopped",), "undoing", error={})
        elif row.status not in ("undoing", "undone"):
            self._shelf.move(id, ("committing", "committed", "stopped"), "undoing", position=_BEHIND_ALL, error={})
            self._transactions.audit.note(actor, AuditEntry("import_undone", row.type, body={"import": id}))
        return self.get(actor, id)

    def step(self, id: int) -> int:
        """Does one batch of what is to be done, and answers of how many rows; 0 when nothing is left. Writes. Raises Busy.

        Whoever calls it, and however many do: each batch is done once, because the import is locked with it.
        """
        row = self._shelf.row(id)
        if row is None or row.status not in WAITING:
            return 0
        try:
            actor = self._shelf.actor(row)
            if actor is None:
                raise Forbidden("Whoever began this import may no longer sign in.")
            return self._try(row, actor) if row.status == "received" else self._write_batch(row, actor)
        except Busy:
            raise
        except KartotekError as error:
            self._shelf.stop(row, error)
        except FileNotFoundError:
            self._shelf.stop(row, NotFound("The file of this import is gone."))
        return 0

    def _write_batch(self, row: ImportRow, actor: Actor) -> int:
        def work(writing: Writing) -> int:
            locked = imports.find(writing.conn, row.id, lock=True)
            if locked is None or locked.status not in ("committing", "undoing"):
                return 0
            if locked.status == "undoing":
                return undo_batch(writing, locked)
            job = replace(read_options(locked.options)[0], type=locked.type)
            return commit_batch(writing, locked, job, self._shelf.folder(row.id))

        return self._transactions.transact(actor, lambda _: work)

    def run(self, actor: Actor, id: int, *, progress: Callable[[dict[str, Any]], None] = lambda wire: None) -> dict[str, Any]:
        """Does all that is to be done on an import in this process; the import afterwards. Raises NotFound, Busy."""
        while self.get(actor, id)["status"] in ("committing", "undoing"):
            self.step(id)
            progress(self.get(actor, id))
        return self.get(actor, id)

    def run_due(self) -> int:
        """One batch of each import on which work is to go on; how many rows. For the background work."""
        with self._transactions.reading() as conn:
            ids = imports.waiting(conn)
        return sum(self.step(id) for id in ids)

    def remove(self, actor: Actor, id: int) -> None:
        """Forgets an import that wrote nothing. Raises NotFound, Conflict."""
        self._shelf.find(actor, id)
        self._shelf.forget(id, only=("received", "preparing", "prepared", "refused"))

    def tidy(self) -> None:
        """Forgets imports that were never committed, and the files of those that are done; what undoes them stays. Writes."""
        now = self._transactions.clock()
        with self._transactions.writing() as conn:
            old = imports.unused(conn, now - _UNUSED_FOR)
            for id in old:
                imports.remove(conn, id)
            done = imports.finished(conn, now - _FILES_KEPT_FOR)
        for id in (*old, *done):
            self._shelf.folder(id).remove()


def _plain(name: str) -> str:
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(one for one in base if one.isprintable())[:200].strip() or "file"


def _wire(row: ImportRow) -> dict[str, Any]:
    return {
        "id": row.id, "type": row.type, "name": row.name, "by": row.by, "at": instant(row.at),
        "changed_at": instant(row.changed_at), "status": row.status, "options": dict(row.options),
        "counts": dict(row.counts), "error": dict(row.error) or None, "summary": dict(row.summary),
    }
