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
from kartotek.engine.import_check import Check, Progress
from kartotek.engine.import_commit import commit_batch
from kartotek.engine.import_folder import ImportFolder
from kartotek.engine.import_options import read_options, refuse_importing
from kartotek.engine.import_undo import undo_batch
from kartotek.engine.open_writing import Writing
from kartotek.engine.transactions import Transactions
from kartotek.engine.users import Users
from kartotek.errors import Conflict, Forbidden, KartotekError, NotFound
from kartotek.model.actor import SYSTEM_ID, Actor
from kartotek.model.frozen import EMPTY
from kartotek.model.problem import problem
from kartotek.sheets import child
from kartotek.sheets.target import Target
from kartotek.sheets.writing import csv_chunks
from kartotek.sheets.writing_xlsx import write_xlsx
from kartotek.storage import imports
from kartotek.storage.imports import ImportRow, Status

_UNUSED_FOR = timedelta(days=3)
_FILES_KEPT_FOR = timedelta(days=30)
_BEHIND_ALL = 2**62  # no file has so many rows


class Imports:
    """The imports of one site. Everybody sees his own, the owner all."""

    def __init__(self, transactions: Transactions, users: Users, folder: Path) -> None:
        self._transactions = transactions
        self._users = users
        self._root = folder

    # --- the dry run

    def prepare(
        self, actor: Actor, record_type: str, stream: BinaryIO, *, name: str,
        options: Mapping[str, Any] = EMPTY, progress: Progress = lambda done: None,
    ) -> dict[str, Any]:
        """The report of a dry run, kept under its number. Writes no record.

        `options` are those of `sheets.plan.Options` and besides `on`, a unique field by whose value rows change the
        records that are there, and `confirm`, {rule: reason}. Raises NotFound, Forbidden, Malformed, Invalid, TooLarge, Busy.
        """
        moment = self._transactions.begin(actor)
        refuse_importing(moment, record_type, read_options(options)[0])
        with self._transactions.writing() as conn:
            id = imports.add(conn, type=record_type, name=_plain(name), by=actor.id, at=moment.now, options=options)
        with ExitStack() as otherwise:
            otherwise.callback(self._forget, id)
            self._folder(id).receive(stream, limit=moment.compiled.catalog.settings.limits.file)
            made = self._prepare(actor, id, options, progress)
            otherwise.pop_all()
        return made

    def prepare_again(
        self, actor: Actor, id: int, options: Mapping[str, Any], *, progress: Progress = lambda done: None
    ) -> dict[str, Any]:
        """The dry run of the same file with other options. Raises what prepare does, Conflict once it was committed."""
        row = self._find(actor, id)
        refuse_importing(self._transactions.begin(actor), row.type, read_options(options)[0])
        self._move(actor, id, ("prepared", "refused"), "preparing", options=options)
        with ExitStack() as otherwise:
            otherwise.callback(self._write, id, status="refused")
            made = self._prepare(actor, id, options, progress)
            otherwise.pop_all()
        return made

    def _prepare(self, actor: Actor, id: int, options: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        moment, row, folder = self._transactions.begin(actor), self._find(actor, id), self._folder(id)
        wanted, of_sheet = read_options(options)
        compiled, seen = moment.compiled.type(row.type), moment.view.of(row.type)
        writable = frozenset().union(
            *(compiled.rules.rights(actor.roles, one).open for one in (("create", "write") if wanted.on else ("create",)))
        )
        settings = moment.compiled.catalog.settings
        target = Target.of(compiled.type, settings, writable=writable, readable=frozenset(seen.fields))
        summary = child.prepare(folder.source, row.name, target, folder.prepared, options=of_sheet)
        counts: dict[str, Any] = {"seen": summary.seen, "skipped": sum(one.count for one in summary.skipped)}
        status: Status = "refused"
        if not summary.problems:
            job = replace(wanted, type=row.type)
            check = Check(self._transactions, actor, job, folder=folder, columns=summary.wire()["columns"])
            counts |= check.run(progress).wire()
            status = "prepared"
        self._write(
            id, status=status, summary=summary.wire(), counts=counts, position=0, error={},
            catalog_version=moment.compiled.catalog.version,
        )
        return self.get(actor, id)

    # --- what there is

    def get(self, actor: Actor, id: int) -> dict[str, Any]:
        """One import with its report and how far it is. Raises NotFound."""
        return _wire(self._find(actor, id))

    def listing(self, actor: Actor, *, before: int | None = None, limit: int = 50) -> list[dict[str, Any]]:
        """The imports, newest first; `before` is the number of the last one seen."""
        with self._transactions.reading() as conn:
            rows = imports.newest(conn, by=None if actor.is_owner else actor.id, before=before, limit=limit)
        return [_wire(one) for one in rows]

    def problems(self, actor: Actor, id: int, *, offset: int = 0, limit: int = 100) -> list[dict[str, Any]]:
        """The rows that were not taken in or not taken back: [{"row", "phase", "problems"}]. Raises NotFound."""
        row = self._find(actor, id)
        with self._transactions.reading() as conn:
            return import_report.problems(conn, row, self._folder(id), offset=offset, limit=limit)

    def errors(self, actor: Actor, id: int) -> Iterator[bytes]:
        """A CSV file, in pieces, with the original cells of all rows that were not taken in, and why. Raises NotFound.

        Corrected, it can be imported in its turn.
        """
        row = self._find(actor, id)
        return csv_chunks(import_report.header(row), import_report.rows(self._transactions, row, self._folder(id)))

    def errors_xlsx(self, actor: Actor, id: int, path: Path) -> None:
        """The same as a spreadsheet. Raises NotFound, TooLarge."""
        row = self._find(actor, id)
        write_xlsx(path, row.type, import_report.header(row), import_report.rows(self._transactions, row, self._folder(id)))

    # --- commit, undo

    def commit(self, actor: Actor, id: int) -> dict[str, Any]:
        """Has the good rows taken in, from where it stopped if it did; what follows is done by `step`. Again changes nothing.

        Raises NotFound, Forbidden, and Conflict where it was undone, or prepared under other declarations.
        """
        row = self._find(actor, id)
        moment = self._transactions.begin(actor)
        refuse_importing(moment, row.type, read_options(row.options)[0])
        if row.status == "prepared" and row.catalog_version != moment.compiled.catalog.version:
            sentence = "The declarations have changed since: do the dry run again."
            raise Conflict(sentence, problems=[problem("", "catalog_changed")])
        if row.status not in ("committing", "committed"):
            self._refuse_unless_phase(row, "committing")
            self._move(actor, id, ("prepared", "stopped"), "committing", error={})
        return self.get(actor, id)

    def undo(self, actor: Actor, id: int) -> dict[str, Any]:
        """Has all taken back that was written, also while it is still being written. Again changes nothing.

        Raises NotFound, and Conflict where nothing was written.
        """
        row = self._find(actor, id)
        if row.status == "stopped" and row.error.get("phase") == "undoing":
            self._move(actor, id, ("stopped",), "undoing", error={})
        elif row.status not in ("undoing", "undone"):
            self._move(actor, id, ("committing", "committed", "stopped"), "undoing", position=_BEHIND_ALL, error={})
        return self.get(actor, id)

    def step(self, id: int) -> int:
        """Does one batch of what is to be done, and answers of how many rows; 0 when nothing is left. Writes. Raises Busy.

        Whoever calls it, and however many do: each batch is done once, because the import is locked with it.
        """
        with self._transactions.reading() as conn:
            row = imports.find(conn, id)
        if row is None or row.status not in ("committing", "undoing"):
            return 0
        actor = self._actor(row)
        if actor is None:
            return self._stopped(row, Forbidden("Whoever began this import may no longer sign in."))

        def work(writing: Writing) -> int:
            locked = imports.find(writing.conn, id, lock=True)
            if locked is None or locked.status not in ("committing", "undoing"):
                return 0
            if locked.status == "undoing":
                return undo_batch(writing, locked)
            job = replace(read_options(locked.options)[0], type=locked.type)
            return commit_batch(writing, locked, job, self._folder(id))

        try:
            return self._transactions.transact(actor, lambda _: work)
        except (NotFound, Forbidden) as error:
            return self._stopped(row, error)
        except FileNotFoundError:
            return self._stopped(row, NotFound("The file of this import is gone."))

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
        self._find(actor, id)
        with self._transactions.writing() as conn:
            row = imports.find(conn, id, lock=True)
            if row is not None:
                _refuse_unless(row, ("preparing", "prepared", "refused"))
                imports.remove(conn, id)
        self._folder(id).remove()

    def tidy(self) -> None:
        """Forgets imports that were never committed, and the files of those that are done; what undoes them stays. Writes."""
        now = self._transactions.clock()
        with self._transactions.writing() as conn:
            old = imports.unused(conn, now - _UNUSED_FOR)
            for id in old:
                imports.remove(conn, id)
            done = imports.finished(conn, now - _FILES_KEPT_FOR)
        for id in (*old, *done):
            self._folder(id).remove()

    # --- within

    def _forget(self, id: int) -> None:
        with self._transactions.writing() as conn:
            imports.remove(conn, id)
        self._folder(id).remove()

    def _folder(self, id: int) -> ImportFolder:
        return ImportFolder(self._root, id)

    def _find(self, actor: Actor, id: int) -> ImportRow:
        with self._transactions.reading() as conn:
            row = imports.find(conn, id) if 0 < id < 2**63 else None
        if row is None or not (actor.is_owner or row.by == actor.id):
            raise NotFound("There is no such import.")
        return row

    def _actor(self, row: ImportRow) -> Actor | None:
        return Actor.system("import") if row.by == SYSTEM_ID else self._users.actor(row.by, "api")

    def _write(self, id: int, **values: Any) -> None:
        with self._transactions.writing() as conn:
            imports.change(conn, id, self._transactions.clock(), **values)

    def _move(self, actor: Actor, id: int, before: tuple[Status, ...], after: Status, **values: Any) -> None:
        with self._transactions.writing() as conn:
            row = imports.find(conn, id, lock=True)
            if row is not None:
                _refuse_unless(row, before)
                imports.change(conn, id, self._transactions.clock(), status=after, **values)

    def _refuse_unless_phase(self, row: ImportRow, phase: Status) -> None:
        if row.status == "stopped" and row.error.get("phase") != phase:
            raise _not_now(row)

    def _stopped(self, row: ImportRow, error: KartotekError) -> int:
        wire = {"phase": row.status, "code": error.code, "message": error.sentence}
        self._write(row.id, status="stopped", error=wire)
        return 0


def _refuse_unless(row: ImportRow, statuses: tuple[Status, ...]) -> None:
    if row.status not in statuses:
        raise _not_now(row)


def _not_now(row: ImportRow) -> Conflict:
    sentence = f"This import is {row.status}: that cannot be done now."
    return Conflict(sentence, problems=[problem("", "import_status", status=row.status)])


def _plain(name: str) -> str:
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(one for one in base if one.isprintable())[:200].strip() or "file"


def _wire(row: ImportRow) -> dict[str, Any]:
    return {
        "id": row.id, "type": row.type, "name": row.name, "by": row.by, "at": instant(row.at),
        "changed_at": instant(row.changed_at), "status": row.status, "options": dict(row.options),
        "counts": dict(row.counts), "error": dict(row.error) or None, "summary": dict(row.summary),
    }
