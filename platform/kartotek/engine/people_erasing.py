"""Erasing: a person with all that belongs to her, or records whose time is over; and again in whatever is restored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from kartotek.engine.files import Files
from kartotek.engine.import_folder import ImportFolder
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.people_fates import Fates, fates, refuse_held, unheld
from kartotek.engine.people_graph import person
from kartotek.engine.people_scrubbing import Scrubbing
from kartotek.engine.transactions import Transactions
from kartotek.errors import Conflict
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.model.problem import problem
from kartotek.model.record import Record
from kartotek.storage import erasures, forgetting, imports, keys, scrubbing, versions
from kartotek.storage.catalogs import bump_security
from kartotek.storage.erasures import ErasureRow
from kartotek.storage.loading import load_many
from kartotek.storage.residue import sweep

Basis = Literal["request", "retention"]
_AT_WORK = frozenset({"preparing", "committing", "undoing", "received"})
_OPEN = frozenset({"prepared", "refused", "stopped"})
_ACTOR = Actor.system("people")


class Erasing:
    """What it removes is gone from every table, from the files, and from what is told of the past.

    `afterwards` is called when a person was erased: her key must not lie beside backups any longer.
    """

    def __init__(
        self, transactions: Transactions, files: Files, import_folder: Callable[[int], ImportFolder], *, afterwards: Callable[[], object],
    ) -> None:
        self._afterwards = afterwards
        self._transactions = transactions
        self._files = files
        self._import_folder = import_folder

    def erase(self, actor: Actor, record_type: str, id: int, *, basis: Basis = "request") -> dict[str, Any]:
        """{"erased": {type: how many}, "anonymised": {type: how many}}. Raises NotFound, Conflict (held), Busy."""

        def work(writing: Writing) -> Fates:
            moment = writing.moment
            root = person(moment, writing.conn, record_type, id)
            found = fates(moment, writing.conn, {record_type: [id]}, lock=True)
            refuse_held(moment, found)
            self._carry_out(writing, found)
            self._write_down(writing, root, found, basis)
            return found

        found = self._transactions.transact(actor, lambda _: work)
        self.clean(found)
        self._afterwards()
        return counted(found)

    def end(self, actor: Actor, roots: Mapping[str, Iterable[int]]) -> dict[str, Any]:
        """The same of records that are no people; what must stay stays. Raises Busy."""

        def work(writing: Writing) -> Fates:
            found = fates(writing.moment, writing.conn, roots, lock=True)
            if found.held:
                return Fates()
            self._carry_out(writing, found)
            for name, ids in sorted(found.counts().items()):
                _noted(writing, AuditEntry("records_ended", name, body={"count": ids}, also=tuple((name, one) for one in sorted(found.erased.get(name, ())))))
            return found

        found = self._transactions.transact(actor, lambda _: work)
        self.clean(found)
        return counted(found)

    def replay(self) -> int:
        """Carries out in this database what was decided before, and an older backup has brought back; how many people."""
        with self._transactions.reading() as conn:
            rows = erasures.waiting(conn)
        for row in rows:
            self.clean(self._transactions.transact(_ACTOR, lambda _, row=row: lambda writing: self._again(writing, row)))
        return len(rows)

    def clean(self, found: Fates) -> None:
        """Removes the files, and what the database keeps of rows that are gone."""
        while self._files.purge():
            pass
        compiled = self._transactions.catalogs.current()
        tables = [compiled.type(name).layout.table for name in found.counts() if name in compiled.types]
        if tables and not sweep(self._transactions.database, [*tables, "kartotek__history"]):
            with self._transactions.writing() as conn:
                scrubbing.owe(conn)  # the background work goes on until it is done

    def _again(self, writing: Writing, row: ErasureRow) -> Fates:
        name = _name_of(writing, row)
        compiled = writing.moment.compiled.types.get(name)
        stored = load_many(writing.conn, compiled.layout, [row.record_id], lock=True).get(row.record_id) if compiled is not None else None
        found = Fates()
        if stored is not None and stored.created_at == row.made_at:
            found = unheld(writing.moment, fates(writing.moment, writing.conn, {name: [row.record_id]}, lock=True))
            self._carry_out(writing, found)
            _noted(writing, AuditEntry("person_erased", name, row.record_id, body={"again": True, **counted(found)}))
        _destroy_key(writing, (row.type_id, row.record_id))
        erasures.done(writing.conn, row.id, writing.moment.now)
        return found

    def _carry_out(self, writing: Writing, found: Fates) -> None:
        folders = [id for name in found.counts() for id in self._forget_imports(writing.conn, name)]
        Scrubbing(writing, found).run()
        for id in folders:  # before the end, so that none is left where the process dies: at worst a file is gone too early
            self._import_folder(id).remove()

    def _forget_imports(self, conn: Any, name: str) -> list[int]:
        """The imports of a type whose files go: any may hold a person's row. What undoes them stays. Raises Conflict."""
        found = imports.of_type(conn, name)
        if any(one.status in _AT_WORK for one in found):
            sentence = "Records of this type are being imported: wait until that is done."
            raise Conflict(sentence, problems=[problem("", "import_at_work", type=name)])
        for one in found:
            if one.status in _OPEN:
                imports.remove(conn, one.id)
        forgetting.forget_import_rows(conn, name)
        return [one.id for one in found]

    def _write_down(self, writing: Writing, root: Record, found: Fates, basis: Basis) -> None:
        moment, number = writing.moment, type_number(writing.conn, writing.moment, root.type)
        _destroy_key(writing, (number, root.id))
        erasures.add(writing.conn, ErasureRow(
            type=root.type, type_id=number, record_id=root.id, made_at=root.created_at, at=moment.now, by=moment.actor.id,
            basis=basis, done_at=moment.now, counts=found.counts(),
        ))  # fmt: skip
        _noted(writing, AuditEntry("person_erased", root.type, root.id, body={"basis": basis, **counted(found)}))


def counted(found: Fates) -> dict[str, Any]:
    """How many records of each type are erased, and how many anonymised."""
    return {
        "erased": {name: len(ids) for name, ids in sorted(found.erased.items())},
        "anonymised": {name: len(ids) for name, ids in sorted(found.anonymised.items())},
    }


def type_number(conn: Any, moment: Moment, name: str) -> int:
    """The stable number of a type, which stays through every new name; 0 where none is known."""
    version = versions.find(conn, moment.compiled.catalog.version)
    return int(version.ids.get("types", {}).get(name, {}).get("id", 0)) if version is not None else 0


def _name_of(writing: Writing, row: ErasureRow) -> str:
    """What the type is called in this database, which may be older than the name."""
    version = versions.find(writing.conn, writing.moment.compiled.catalog.version)
    known: Mapping[str, Any] = version.ids.get("types", {}) if version is not None else {}
    return next((name for name, one in known.items() if row.type_id and one.get("id") == row.type_id), row.type)


def _destroy_key(writing: Writing, owner: tuple[int, int]) -> None:
    """What history and backups hold of hers is unreadable from now on, in every process."""
    if keys.destroy(writing.conn, owner, writing.moment.now):
        bump_security(writing.conn)
        _noted(writing, AuditEntry("key_destroyed", body={"owner": list(owner)}))


def _noted(writing: Writing, entry: AuditEntry) -> None:
    if writing.doings is not None:
        writing.doings.entries.append(entry)
