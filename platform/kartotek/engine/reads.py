"""Reads: the half of the engine that changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kartotek.engine import changes, options, reading, sight
from kartotek.engine.catalogs import Catalogs
from kartotek.engine.envelopes import Envelope
from kartotek.engine.files import Files
from kartotek.engine.moment import Moment
from kartotek.engine.sight import Sight
from kartotek.engine.titles import titles
from kartotek.engine.transactions import Transactions
from kartotek.model.actor import Actor
from kartotek.model.catalog import Catalog
from kartotek.model.query import Page, Query


class Reads:
    """What engine.Engine can tell. Every method pins one catalog and one instant for its whole length."""

    transactions: Transactions
    files: Files
    _catalogs: Catalogs
    _secret: bytes

    def catalog(self) -> Catalog:
        """The catalog in service, at most half a second old; version 0 before the first was applied."""
        return self._catalogs.current().catalog

    def ready(self) -> int:
        """The number of the catalog in service, asked of the database now. Raises Busy."""
        return self._catalogs.current(fresh=True).catalog.version

    def get(
        self, actor: Actor, record_type: str, id: int, *, fields: Sequence[str] | None = None,
        expand: Sequence[str] = (), as_of: datetime | None = None, trash: bool = False, titles: bool = False,
    ) -> Envelope:
        """One record. Raises NotFound, Malformed, and Forbidden for the trash."""
        with self.transactions.at(actor) as (moment, conn):
            if as_of is not None:
                return changes.as_of(moment, conn, record_type, id, at=as_of, fields=fields, expand=expand)
            found = reading.get(
                moment, conn, record_type, id, fields=fields, expand=expand, trash=trash, titles=titles
            )
            if titles:
                self.files.add_names(moment, conn, record_type, found)
            return found

    def select(self, actor: Actor, record_type: str, query: Query) -> Page:
        """A page of records. Raises NotFound, Malformed, and Forbidden for the trash."""
        with self.transactions.at(actor) as (moment, conn):
            return reading.page(moment, conn, record_type, query, secret=self._secret)

    def history(
        self, actor: Actor, record_type: str, id: int, *, cursor: str = "", limit: int = 50
    ) -> Page:
        """The changes of a record, newest first. Raises NotFound, Malformed."""
        with self.transactions.at(actor) as (moment, conn):
            return changes.history(
                moment, conn, record_type, id, cursor=cursor, limit=limit, secret=self._secret
            )

    def inverses(self, actor: Actor, record_type: str, id: int, *, limit: int = 10) -> list[dict[str, Any]]:
        """The lists of records that refer to this one. Raises NotFound."""
        with self.transactions.at(actor) as (moment, conn):
            return options.inverses(moment, conn, record_type, id, limit=limit, secret=self._secret)

    def types(self, actor: Actor) -> list[dict[str, Any]]:
        """The types the actor may read; no query."""
        return sight.types(self._begin(actor))

    def describe(self, actor: Actor, record_type: str) -> dict[str, Any]:
        """One type, its fields and the actor's rights. Raises NotFound."""
        return sight.describe(self._begin(actor), record_type)

    def sight(self, actor: Actor, record_type: str) -> Sight:
        """What the actor may do with a type in principle. Raises NotFound."""
        return sight.sight(self._begin(actor), record_type)

    def title(self, actor: Actor, record_type: str, ids: Iterable[int]) -> dict[int, str]:
        """{id: title} of the records the actor may see."""
        with self.transactions.at(actor) as (moment, conn):
            return titles(moment, record_type, ids, moment.setting(conn))

    def draft(self, actor: Actor, record_type: str, *, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The wire values a new record begins with. Raises NotFound."""
        with self.transactions.at(actor) as (moment, conn):
            return sight.draft(moment, conn, record_type, given or {})

    def options(
        self, actor: Actor, record_type: str, path: Sequence[str], *, search: str = "", limit: int = 20,
        ids: Sequence[int] = (),
    ) -> list[dict[str, Any]]:
        """What a reference field may point to: [{"id", "title"}]; `ids` are given whether they may be chosen or not."""
        with self.transactions.at(actor) as (moment, conn):
            return options.options(moment, conn, record_type, path, search=search, limit=limit, ids=ids)

    def _begin(self, actor: Actor) -> Moment:
        return self.transactions.begin(actor)
