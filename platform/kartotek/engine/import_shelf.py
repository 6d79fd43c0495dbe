"""The shelf of imports: their rows and folders, and who may see which."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from kartotek.engine.import_folder import ImportFolder
from kartotek.engine.keyring import Keyring
from kartotek.engine.transactions import Transactions
from kartotek.engine.users import Users
from kartotek.errors import Conflict, KartotekError, NotFound
from kartotek.model.actor import SYSTEM_ID, Actor
from kartotek.model.problem import Problem, problem
from kartotek.storage import imports
from kartotek.storage.imports import ImportRow, Status


class Shelf:
    """Everybody sees his own imports, the owner all."""

    def __init__(self, transactions: Transactions, users: Users, folder: Path, ring: Keyring) -> None:
        self._transactions = transactions
        self._users = users
        self._root = folder
        self._ring = ring

    def folder(self, id: int) -> ImportFolder:
        """Where the files of an import are."""
        return ImportFolder(self._root, id, self._ring)

    def find(self, actor: Actor, id: int) -> ImportRow:
        """One import; a token with limits finds those that were begun within the same ones. Raises NotFound."""
        row = self.row(id) if 0 < id < 2**63 else None
        if row is None or not (actor.is_owner or row.by == actor.id) or not _is_within(actor, row):
            raise NotFound("There is no such import.")
        return row

    def row(self, id: int) -> ImportRow | None:
        """One import, for the background work."""
        with self._transactions.reading() as conn:
            return imports.find(conn, id)

    def actor(self, row: ImportRow) -> Actor | None:
        """Who began it, with the rights of now, within the limits of his token; None for one who may no longer sign in."""
        if row.by == SYSTEM_ID:
            return Actor.system("import")
        found = self._users.actor(row.by, "import")
        return found if found is None else replace(found, scope=row.scope)

    def write(self, id: int, **values: Any) -> None:
        """Changes some columns."""
        with self._transactions.writing() as conn:
            imports.change(conn, id, self._transactions.clock(), **values)

    def move(self, id: int, before: tuple[Status, ...], after: Status, **values: Any) -> None:
        """From one status to another. Raises Conflict where it has none of those before."""
        with self._transactions.writing() as conn:
            row = imports.find(conn, id, lock=True)
            if row is not None:
                refuse_unless(row, before)
                imports.change(conn, id, self._transactions.clock(), status=after, **values)

    def stop(self, row: ImportRow, error: KartotekError) -> None:
        """Says why the work does not go on."""
        told = error.problems[0] if error.problems else Problem("", error.code, error.sentence)
        wire = {"phase": row.status, "code": told.code, "message": told.message, "params": dict(told.params)}
        self.write(row.id, status="refused" if row.status == "received" else "stopped", error=wire)

    def forget(self, id: int, *, only: tuple[Status, ...] = ()) -> None:
        """Removes an import with its files. Raises Conflict where `only` names other statuses."""
        with self._transactions.writing() as conn:
            row = imports.find(conn, id, lock=True)
            if row is not None:
                if only:
                    refuse_unless(row, only)
                imports.remove(conn, id)
        self.folder(id).remove()


def _is_within(actor: Actor, row: ImportRow) -> bool:
    """Whether the actor is limited by nothing, or as whoever began the import was, in whatever order that is said."""
    return actor.scope is None or imports.limits_text(actor.scope) == imports.limits_text(row.scope)


def refuse_unless(row: ImportRow, statuses: tuple[Status, ...]) -> None:
    """Raises Conflict where the import has none of the statuses."""
    if row.status not in statuses:
        sentence = f"This import is {row.status}: that cannot be done now."
        raise Conflict(sentence, problems=[problem("", "import_status", status=row.status)])
