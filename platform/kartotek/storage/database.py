"""Database: a pool of connections to one SQLite file or PostgreSQL database; reading and writing."""

from __future__ import annotations

import os
import threading
import weakref
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from playhouse.pool import MaxConnectionsExceeded, PooledDatabase

from kartotek.errors import SetupInvalid
from kartotek.storage import postgresql, sqlite
from kartotek.storage.connection import Connection, Listener
from kartotek.storage.dialect import Dialect
from kartotek.storage.faults import Collision, Fault, Lost, StaleCatalog
from kartotek.storage.gate import Gate

__all__ = ["Collision", "Connection", "Database", "Fault", "StaleCatalog"]

_inherited: list[Any] = []  # pools of a parent process: closing them here would end the parent's connections


class Database(ABC):
    """Safe to share between threads, and to hold over a fork: the child makes connections of its own.

    `listeners` are told the text of each statement but those of transaction control.
    """

    def __init__(self, url: str, dialect: Dialect) -> None:
        self.url = url
        self.dialect = dialect
        self.listeners: list[Listener] = []
        self._writing = threading.local()
        self.vault: Any = None  # what opens encrypted values, see storage.vault
        self.audit: Any = None  # what is told of another catalog, see engine.audit; no site of anybody has none
        self._closed = False
        self._pool = self._new_pool()
        whole = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _forked(whole()))

    @staticmethod
    def open(url: str) -> Database:
        """The database of `sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://…`.

        Raises SetupInvalid when it cannot be reached.
        """
        if url.startswith("sqlite:///"):
            return SqliteDatabase(url)
        if url.startswith("postgresql://"):
            return PostgresqlDatabase(url)
        raise SetupInvalid(f"The database {url.partition(':')[0]!r} is not known: use sqlite:///… or postgresql://….")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection whose statements all see one moment of the database. Never waits for a writer."""
        with self._connection(self._reading_turn()) as conn:
            conn.control(self._begin_read)
            yield conn
            conn.control("COMMIT")

    @contextmanager
    def read_after(self, question: str, guard: str = "") -> Iterator[tuple[Connection, tuple[Any, ...] | None]]:
        """The same, begun by asking something: (connection, first row or None). See Connection.begin for the guard."""
        with self._connection(self._reading_turn()) as conn:
            first = conn.begin(self._begin_read, question, guard)
            yield conn, first
            conn.control("COMMIT")

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection whose statements are committed together, or undone when an exception leaves the block.

        Raises Collision when another transaction stands in the way: run the whole block again.
        """
        with self._writing_alone() as conn:
            conn.control(self._begin_write)
            yield conn
            conn.control("COMMIT")

    @contextmanager
    def write_after(self, question: str) -> Iterator[tuple[Connection, tuple[Any, ...] | None]]:
        """The same, begun by asking something: (connection, first row or None)."""
        with self._writing_alone() as conn:
            first = conn.begin(self._begin_write, question)
            yield conn, first
            conn.control("COMMIT")

    @contextmanager
    def outside(self) -> Iterator[Connection]:
        """A connection without a transaction, for what a database does only outside of one."""
        with self._connection() as conn:
            yield conn

    def close(self) -> None:
        """Closes all connections, those in use too."""
        self._closed = True
        self._pool.close_all()

    @property
    def open_connections(self) -> int:
        """How many connections are handed out now."""
        return len(self._pool._in_use)

    _begin_read = "BEGIN"
    _begin_write = "BEGIN"

    @abstractmethod
    def _new_pool(self) -> PooledDatabase: ...

    def _write_gate(self) -> Any:
        return nullcontext()

    def _reading_turn(self) -> Any:
        return nullcontext()

    @contextmanager
    def _writing_alone(self) -> Iterator[Connection]:
        if getattr(self._writing, "on", False):
            raise RuntimeError("This thread is writing already: hand the connection down.")
        self._writing.on = True
        try:
            with self._write_gate(), self._connection() as conn:
                yield conn
        finally:
            self._writing.on = False

    @contextmanager
    def _connection(self, turn: Any = nullcontext()) -> Iterator[Connection]:
        pool = self._pool
        raw = _checked_out(pool, self.dialect)
        try:
            conn = Connection(raw, self.dialect, self.listeners, turn)
            conn.vault = self.vault
            yield conn
        except Lost:
            pool.close_idle()  # a server that went away took the idle ones too
            raise
        finally:
            pool._close(raw)  # which undoes a transaction that is still open

    def _after_fork(self) -> None:
        _inherited.append(self._pool)
        self._writing = threading.local()
        self._pool = self._new_pool()


class SqliteDatabase(Database):
    """Readers see the last commit while one writer at a time, over all processes, holds the gate."""

    _begin_write = "BEGIN IMMEDIATE"

    def __init__(self, url: str) -> None:
        self.path = path_of(url)
        self._lock_path = self.path.with_name(self.path.name + ".lock")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))  # nobody else's to read
            self._gate = Gate(self._lock_path, sqlite.BUSY_SECONDS)
        except OSError as error:
            raise SetupInvalid(f"The database's folder {self.path.parent} cannot be written: {error}.") from error
        self._turn = threading.Lock()
        super().__init__(url, sqlite.SqliteDialect())
        with self._gate.passed(), self._connection():
            pass  # the first connection switches a new file to WAL, which two may not do at once

    def close(self) -> None:
        super().close()
        self._gate.close()

    def _new_pool(self) -> PooledDatabase:
        return sqlite.open_pool(self.path)

    def _write_gate(self) -> Any:
        return self._gate.passed()

    def _reading_turn(self) -> Any:
        return self._turn

    def _after_fork(self) -> None:
        super()._after_fork()
        self._gate.close()
        self._gate = Gate(self._lock_path, sqlite.BUSY_SECONDS)
        self._turn = threading.Lock()


class PostgresqlDatabase(Database):
    """Writers lock rows, not the database; a reader's statements share one snapshot."""

    _begin_read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    _begin_write = "BEGIN ISOLATION LEVEL READ COMMITTED"

    def __init__(self, url: str) -> None:
        dialect = postgresql.PostgresqlDialect()
        try:
            super().__init__(url, dialect)
            with self._connection():
                pass
        except (Collision, *dialect.errors) as error:
            raise SetupInvalid(f"The database cannot be reached: {error}") from error

    def _new_pool(self) -> PooledDatabase:
        return postgresql.open_pool(self.url)


def path_of(url: str) -> Path:
    """The file that a URL of SQLite names."""
    return Path(unquote(url.removeprefix("sqlite:///"))).absolute()


def _checked_out(pool: PooledDatabase, dialect: Dialect) -> Any:
    """A raw connection. The pool's own connect() would allow one for each thread only."""
    try:
        return pool._connect()
    except MaxConnectionsExceeded as error:
        raise Collision(str(error)) from error
    except dialect.errors as error:
        raise dialect.translate(error) or error from error


def _forked(database: Database | None) -> None:
    if database is not None and not database._closed:
        database._after_fork()
