"""Plans: what a change of the declarations will do, told before it is done; and the catalogs that were applied, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from kartotek.declaration.load import load
from kartotek.engine import plan_making
from kartotek.engine.compiled import Compiled
from kartotek.engine.plan_making import Asked, Told
from kartotek.engine.transactions import Transactions
from kartotek.errors import Forbidden, NotFound, SetupInvalid
from kartotek.model.actor import SYSTEM_ID, Actor
from kartotek.model.catalog import Catalog
from kartotek.model.plan import Answers, Plan
from kartotek.model.problem import Problem
from kartotek.model.versions import CatalogVersion
from kartotek.storage import users, versions
from kartotek.storage.versions import VersionRow

Documents = Mapping[str, str]


class Plans:
    """Safe to share by threads; for owners alone, so that every method raises Forbidden for anybody else.

    `read` gives the declarations as they stand in the site's folder now.
    """

    def __init__(self, transactions: Transactions, read: Callable[[], Documents] | None = None) -> None:
        self._transactions = transactions
        self._read = read

    def plan(
        self, actor: Actor, documents: Documents | None = None, *, answers: Answers = Answers(),
        problems: Iterable[Problem] = (), sql: bool = False, progress: Told | None = None,
    ) -> Plan:
        """What these documents, by default those of the folder, would do to the catalog in service and to the records.

        `problems` are those found before the documents could be read. With `sql` the steps have their statements.
        """
        _refuse_others(actor)
        asked = Asked(
            documents=self.documents() if documents is None else documents, by=actor, at=self._transactions.clock(),
            answers=answers, problems=tuple(problems), sql=sql,
        )
        return plan_making.made(self._transactions.database, self._current(), asked, progress)[0]

    def documents(self) -> Documents:
        """The declarations in the site's folder. Raises SetupInvalid."""
        if self._read is None:
            raise SetupInvalid("The site's folder is not known here.")
        return self._read()

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
        catalogs = [self._catalog(self.version(actor, number)) for number in (first, second)]
        before = Compiled(catalogs[0], self._transactions.database.dialect.name)
        return plan_making.between(before, catalogs[1], actor, self._transactions.clock())

    def _current(self) -> Compiled:
        return self._transactions.catalogs.current(fresh=True)

    @staticmethod
    def _catalog(version: CatalogVersion) -> Catalog:
        loaded = load(version.documents, notes=False)
        if loaded.catalog is None:
            raise NotFound(f"Version {version.version} cannot be read by this Kartotek any more.")
        return loaded.catalog


def _refuse_others(actor: Actor) -> None:
    if not actor.is_owner:
        raise Forbidden("Only an owner may change what the site declares.")


def _told(conn: Any, rows: list[VersionRow]) -> list[CatalogVersion]:
    names = {id: one.name for id, one in users.find_many(conn, sorted({row.by for row in rows} - {SYSTEM_ID})).items()}
    return [
        CatalogVersion(
            version=row.version, hash=row.hash, at=row.at, by=names.get(row.by, ""), reason=row.reason, steps=row.steps,
            ids=row.ids, documents=row.documents,
        )
        for row in rows
    ]
