"""Finding: what a search asks of a type's index under its reader's eyes, and the order in which records are found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kartotek.engine.compiled import CompiledType
from kartotek.engine.moment import Moment
from kartotek.model.matching import Wanted
from kartotek.model.query import Query
from kartotek.rules.search_terms import wanted
from kartotek.storage import search_states
from kartotek.storage.search import search_sql
from kartotek.storage.search_checks import NOTHING
from kartotek.storage.search_hits import Hits, Place, hits, matches
from kartotek.storage.sql_text import SqlText


class Search:
    """One text looked for in one type. Only fields that the actor may read in every row he sees are looked into.

    Without an index that is complete the records themselves are read, in the declared order.
    """

    def __init__(self, moment: Moment, conn: Any, compiled: CompiledType, query: Query) -> None:
        self._conn = conn
        self._env = moment.env
        self._compiled = compiled
        self._text = query.search
        shown = moment.compiled.view_within(moment.actor).of(compiled.type.name).fields
        self._names = frozenset(name for name in compiled.type.search if shown.get(name) is True)
        self._indexed = bool(compiled.searched) and _is_complete(conn, compiled)
        self.ranked = self._indexed and not query.sort
        self._wanted = self._asked() if self._indexed else None

    def where(self) -> tuple[SqlText, ...]:
        """The conditions that hold for what is found."""
        if self._indexed:
            return matches(self._conn, self._compiled.layout, self._wanted)
        names = [name for name in self._compiled.type.search if name in self._names]
        return (search_sql(self._compiled.layout, names, self._text),) if names else (NOTHING,)

    def places(self, where: Sequence[SqlText], *, deleted: bool, after: Place | None, limit: int) -> list[Place]:
        """Of a search that is ranked: the next places behind one, among the records that meet the conditions."""
        if self._wanted is None:
            return []
        asked = Hits(layout=self._compiled.layout, wanted=self._wanted, where=tuple(where), deleted=deleted)
        return hits(self._conn, asked, self._env, after=after, limit=limit)

    def _asked(self) -> Wanted | None:
        return wanted(self._text, [one for one in self._compiled.searched if one.name in self._names])


def _is_complete(conn: Any, compiled: CompiledType) -> bool:
    state = search_states.find(conn, compiled.layout.table)
    return state is not None and state.is_complete and state.signature == compiled.signature
