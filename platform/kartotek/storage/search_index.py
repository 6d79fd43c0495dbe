"""Search index: the tokens of a type's records, in a table of its own; one interface, an implementation for each database."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from kartotek.model.matching import Match
from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import Layout
from kartotek.storage.select import ALIAS
from kartotek.storage.sql_text import SqlText

FOUND = "found"  # the name of the index in the statements that ask it


@dataclass(frozen=True, slots=True)
class Entry:
    """One record's tokens before, () where it had none or was not there, and after."""

    id: int
    before: Sequence[str]
    after: Sequence[str]


@dataclass(frozen=True, slots=True)
class Source:
    """Where records that match come from: a FROM with the record's table, a condition, and the id to order by."""

    tables: str
    condition: SqlText
    id: str


class SearchIndex(ABC):
    """Stateless. A token is a word without spaces, signs or capital letters; the same may be given twice."""

    @abstractmethod
    def create(self, conn: Connection, layout: Layout) -> None:
        """Makes an empty index, in the place of one that may be there."""

    @abstractmethod
    def write(self, conn: Connection, layout: Layout, entries: Sequence[Entry]) -> None:
        """Puts the tokens after in the place of those before, which must be the very ones that were written."""

    @abstractmethod
    def text(self, match: Match) -> str | None:
        """The question in the words of the index; None where nothing can match."""

    @abstractmethod
    def without(self, text: str, others: Sequence[str]) -> str:
        """A question for what matches the text and none of the others."""

    @abstractmethod
    def condition(self, layout: Layout, text: str) -> SqlText:
        """Holds where the selected record matches."""

    @abstractmethod
    def source(self, layout: Layout, text: str) -> Source:
        """The records that match, with the index in front."""

    @abstractmethod
    def plain(self, column: str) -> str:
        """A column's text folded, for what has neither case nor accents."""

    @abstractmethod
    def tokens(self, conn: Connection, layout: Layout, ids: tuple[int, int]) -> dict[int, set[str]]:
        """{id: its tokens} of all that is kept for records from one id to another. For checks: it reads the whole index."""

    @abstractmethod
    def tables(self, conn: Connection) -> set[str]:
        """The tables of all indexes that there are."""

    def drop(self, conn: Connection, table: str) -> None:
        """Removes an index."""
        conn.run(f'DROP TABLE IF EXISTS "{table}"')


def table_of(record_type: str) -> str:
    """The name of a type's index; the type's own name could be of any length and need not be one that tables may have."""
    return f"kartotek__find_{hashlib.sha256(record_type.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def joined(layout: Layout, join: str, id: str) -> str:
    """The tables of a Source: the index, joined with the records."""
    return f'"{table_of(layout.table)}" {FOUND} {join} {quote(layout.table)} {ALIAS} ON {ALIAS}."id" = {id}'

