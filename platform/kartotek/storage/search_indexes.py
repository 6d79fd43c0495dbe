"""Search indexes: which implementation a database has."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from kartotek.storage.dialect import Dialect
from kartotek.storage.search_index import SearchIndex
from kartotek.storage.search_postgresql import PostgresqlSearch
from kartotek.storage.search_sqlite import SqliteSearch

_INDEXES: Mapping[str, SearchIndex] = MappingProxyType({"sqlite": SqliteSearch(), "postgresql": PostgresqlSearch()})


def search_index(dialect: Dialect) -> SearchIndex:
    """The implementation for a database."""
    return _INDEXES[dialect.name]
