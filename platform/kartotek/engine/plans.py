"""Plans: what a change of the declarations will do, told before it is done, and doing it; and all catalogs that were applied."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from kartotek.declaration.load import load
from kartotek.engine import kept, plan_making
from kartotek.engine.change_asking import Asking, Changes
from kartotek.engine.change_checks import refuse_reason
from kartotek.engine.change_runs import Runner
from kartotek.engine.compiled import Compiled
from kartotek.engine.holding import undisturbed
from kartotek.engine.plan_making import Asked, Told
from kartotek.engine.transaction import Once
from kartotek.engine.transactions import Transactions
from kartotek.errors import Conflict, Forbidden, NotFound, SetupInvalid
from kartotek.model.actor import SYSTEM_ID, Actor
from kartotek.model.audit import AuditEntry
from kartotek.model.catalog import Catalog
from kartotek.model.kept import Kept
from kartotek.model.plan import Answers, Plan
from kartotek.model.problem import Problem, problem
from kartotek.model.versions import CatalogVersion, RunningChange
from kartotek.storage import users, versions
from kartotek.storage.versions import VersionRow

Documents = Mapping[str, str]
NO_ANSWERS = Answers()


class Plans:
    """Safe to share by threads; for owners alone, so that every method that takes an actor raises Forbidden for others.

    `read` gives the declarations as they stand in the site's folder now, `back_up` makes a backup for a reason.
    """

    def __init__(
        self, transactions: Transactions, back_up: Callable[[str], Path], read: Callable[[], Documents] | None = None
    ) -> None:
        self._transactions = transactions
        self._read = read
        runner = Runner(transactions.database, transactions.catalogs, transactions.clock, back_up)
        self._changes = Changes(transactions, runner)

    # --- what would be, and doing it

    def plan(
        self, actor: Actor, documents: Documents | None = None, *, answers: Answers = NO_ANSWERS,
        problems: Iterable[Problem] = (), sql: bool = False, progress: Told | None = None,
    ) -> Plan:
        """What these documents, by default those of the folder, would do to the catalog in service and to the records.

        `problems` are those found before the documents could be read. With `sql` the steps have their statements.
        """
        asked = self._asked(actor, documents, answers=answers, problems=tuple(problems), sql=sql)
        made = plan_making.made(self._transactions.database, self._transactions.catalogs, asked, progress)[0]
        self._note_seen(actor, made)
        return made

    def apply(
        self, actor: Actor, documents: Documents | None = None, *, hash: str, confirm: Collection[str] = (),
        reason: str = "", answers: Answers = NO_ANSWERS, once: Once | None = None, progress: Told | None = None,
    ) -> RunningChange:
        """Does what the plan of that hash said, and answers when it is done.

        Raises Conflict where the files or the records have moved on, Invalid for refused steps and for what is to be
        confirmed and is not, Busy where somebody else is at it; a change that was begun is then gone on with by itself.
        """
        asked = self._asked(actor, documents, answers=answers, reason=reason)
        return self._changes.apply(Asking(asked, hash, confirm, once), progress)

    def accept(
        self, actor: Actor, documents: Documents | None = None, *, hash: str, confirm: Collection[str] = (),
        reason: str = "", answers: Answers = NO_ANSWERS, once: Once | None = None,
    ) -> RunningChange:
        """The same, but the background work does it. Raises as `apply` does."""
        asked = self._asked(actor, documents, answers=answers, reason=reason)
        return self._changes.accept(Asking(asked, hash, confirm, once))

    def _note_seen(self, actor: Actor, plan: Plan) -> None:
        """A plan shows values of some of the records that a step is about; where such are sensitive, they were read."""
        sensitive = self._transactions.catalogs.current().sensitive
        for step in plan.steps:
            names = {*step.path[:1], *step.former[:1]}
            for sample in step.finding.sample if step.finding is not None else ():
                if sample.value and (shown := names & sensitive.get(sample.type, frozenset())):
                    self._transactions.audit.saw(actor, sample.type, (sample.id,), tuple(shown))

    def latest(self, actor: Actor) -> RunningChange | None:
        """The change that was asked for last: how far it is, or how it ended; None where there never was one."""
        _refuse_others(actor)
        return self._changes.latest()

    def running(self) -> RunningChange | None:
        """The change that is being made now, for whoever watches the site."""
        found = self._changes.latest()
        return found if found is not None and found.is_open else None

    def run_due(self) -> RunningChange | None:
        """Goes on with a change that waits or was interrupted; the change, where it has ended by that."""
        return self._changes.run_due()

    def tidy(self) -> None:
        """Forgets how changes went that ended long ago."""
        self._changes.tidy()

    def documents(self) -> Documents:
        """The declarations in the site's folder. Raises SetupInvalid."""
        if self._read is None:
            raise SetupInvalid("The site's folder is not known here.")
        return self._read()

    # --- what was

    def versions(self, actor: Actor, *, before: int | None = None, limit: int = 50) -> list[CatalogVersion]:
        """The catalogs that were applied, newest first, without their documents; `before` is the last one seen."""
        _refuse_others(actor)
        with self._transactions.reading() as conn:
            return _told(conn, versions.listed(conn, before=before, limit=limit))

    def version(self, actor: Actor, number: int) -> CatalogVersion:
        """One of them with its documents. Raises NotFound."""
        _refuse_others(actor)
        with self._transactions.reading() as conn:
            found = versions.find(conn, number)
            if found is None:
                raise NotFound(f"There is no version {number} of the declarations.")
            return _told(conn, [found])[0]

    def between(self, actor: Actor, first: int, second: int) -> Plan:
        """What leads from one version to another by their declarations alone; no record is looked at. Raises NotFound."""
        catalogs = [_catalog(self.version(actor, number)) for number in (first, second)]
        before = Compiled(catalogs[0], self._transactions.database.dialect.name)
        return plan_making.between(before, catalogs[1], actor, self._transactions.clock())

    def documents_of(self, actor: Actor, number: int) -> Documents:
        """The documents that lead back to a version. Raises NotFound, and Conflict where its base was another one."""
        then, now = self.version(actor, number).documents, self._current().catalog.documents
        moved = sorted(name for name in {*then, *now} if name.startswith("@") and then.get(name) != now.get(name))
        if moved:
            wrong = [problem("", "base_moved", name=name) for name in moved]
            raise Conflict(f"Version {number} was made over another version of what the site extends.", problems=wrong)
        return then

    def kept(self, actor: Actor) -> tuple[Kept, ...]:
        """What was removed and can still be brought back."""
        _refuse_others(actor)
        with self._transactions.reading() as conn:
            return kept.kept(conn)

    def clean(self, actor: Actor, names: Collection[str] = ()) -> list[str]:
        """Drops for good what was removed long enough ago, or what is named; the names of all that went.

        Raises NotFound for a name under which nothing is kept, Busy.
        """
        _refuse_others(actor)
        with undisturbed(self._transactions.database, self._transactions.clock):
            gone = kept.clean(self._transactions.database, self._transactions.clock(), names=names)
        if gone:
            self._transactions.audit.note(actor, AuditEntry("kept_removed", body={"names": gone}))
        return gone

    def _asked(self, actor: Actor, documents: Documents | None, **more: Any) -> Asked:
        _refuse_others(actor)
        refuse_reason(more.get("reason", ""))
        return Asked(documents=self._folder() if documents is None else documents, by=actor, at=self._transactions.clock(), **more)

    def _folder(self) -> Documents:
        try:
            return self.documents()
        except SetupInvalid as error:
            wrong = problem("", "unreadable_folder", reason=error.sentence)
            raise Conflict("The site's folder cannot be read just now.", problems=[wrong]) from error

    def _current(self) -> Compiled:
        return self._transactions.catalogs.current(fresh=True)


def _refuse_others(actor: Actor) -> None:
    if not actor.is_owner:
        raise Forbidden("Only an owner may change what the site declares.")


def _catalog(version: CatalogVersion) -> Catalog:
    loaded = load(version.documents, notes=False)
    if loaded.catalog is None:
        raise NotFound(f"Version {version.version} cannot be read by this Kartotek any more.")
    return loaded.catalog


def _told(conn: Any, rows: list[VersionRow]) -> list[CatalogVersion]:
    names = {id: one.name for id, one in users.find_many(conn, sorted({row.by for row in rows} - {SYSTEM_ID})).items()}
    return [
        CatalogVersion(
            version=row.version, hash=row.hash, at=row.at, by=names.get(row.by, ""), reason=row.reason, steps=row.steps,
            ids=row.ids, documents=row.documents,
        )
        for row in rows
    ]
