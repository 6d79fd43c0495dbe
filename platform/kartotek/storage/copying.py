"""Copying: a database as it is at one moment, written into an archive, whichever of the two it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

from kartotek.storage.archive import ArchiveWriter
from kartotek.storage.catalogs import latest
from kartotek.storage.connection import Connection
from kartotek.storage.own import number_of


class Snapshot(ABC):
    """One moment of a database, held until it is left. Writers are not kept waiting."""

    conn: Connection  # which sees that moment

    @abstractmethod
    def head(self) -> Mapping[str, Any]:
        """What an archive says of the database before its rows."""

    @abstractmethod
    def write(self, archive: ArchiveWriter) -> Mapping[str, int]:
        """Writes all rows; answers {table: how many there are}, as the database itself counted them."""

    def places(self) -> Iterator[str]:
        """Where the files of that moment lie, see blobs.py."""
        return places(self.conn)


_PLACES = 'SELECT "place" FROM "kartotek__file" WHERE "place" > ? ORDER BY "place" LIMIT 1000'


def places(conn: Connection) -> Iterator[str]:
    """Where the files lie that a connection sees."""
    last = ""
    while rows := conn.rows(_PLACES, (last,)):
        yield from (place for (place,) in rows)
        last = rows[-1][0]


def described(conn: Connection) -> dict[str, Any]:
    """Which sort of database it is, the number of its own tables, and the catalog that is applied."""
    applied = latest(conn)
    return {
        "database": conn.dialect.name, "data_version": number_of(conn),
        "catalog": {"version": applied.version, "hash": applied.hash} if applied else {"version": 0, "hash": ""},
    }
