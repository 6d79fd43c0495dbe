"""Busy: connections for single pieces of work, and what a lost one means to those who ask."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kartotek.errors import Busy
from kartotek.storage.catalogs import Pulse, read_pulsed
from kartotek.storage.connection import Connection
from kartotek.storage.database import Collision, Database
from kartotek.storage.room import is_full, no_room


@contextmanager
def reading_from(database: Database) -> Iterator[Connection]:
    """A connection to read from. Raises Busy where the database does not answer."""
    try:
        with database.read() as conn:
            yield conn
    except Collision as exc:
        raise _busy() from exc


@contextmanager
def pulsed_from(database: Database) -> Iterator[tuple[Connection, Pulse]]:
    """The same, with the pulse of the very moment that it sees. Raises Busy where the database does not answer."""
    try:
        with read_pulsed(database) as (conn, found):
            yield conn, found
    except Collision as exc:
        raise _busy() from exc


@contextmanager
def writing_to(database: Database) -> Iterator[Connection]:
    """A transaction, committed at the end. Raises Busy where the database does not answer."""
    try:
        with database.write() as conn:
            yield conn
    except Collision as exc:
        raise _busy() from exc


@contextmanager
def busy_instead() -> Iterator[None]:
    """For work that opens connections by itself. Raises Busy where the database does not answer."""
    try:
        yield
    except Collision as exc:
        raise _busy() from exc


def told_of(error: BaseException) -> None:
    """For errors of a database that somebody else has opened. Raises NoRoom where one means that the disk is full."""
    if is_full(error):
        raise no_room() from error


def _busy() -> Busy:
    return Busy("The database does not answer; try again in a moment.", retry_after=1)
