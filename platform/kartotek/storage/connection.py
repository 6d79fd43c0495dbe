"""Connection: statements with `?` placeholders, run inside the transaction of Database.read() or .write()."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, NoReturn

from kartotek.storage.dialect import Dialect

Listener = Callable[[str], None]
_NO_TURN: AbstractContextManager[Any] = nullcontext()


class Late(ABC):
    """A parameter that is worked out when a statement is run."""

    @abstractmethod
    def value(self, conn: Connection) -> Any:
        """The driver's value."""


class Connection:
    """Of one thread at a time. Values are the driver's: see Dialect.encode and Dialect.decode.

    `turn` is held while a reader runs a statement: threads that read at once would otherwise pass the interpreter's
    lock to and fro for every row.
    """

    def __init__(
        self, raw: Any, dialect: Dialect, listeners: Sequence[Listener], turn: AbstractContextManager[Any] = _NO_TURN
    ) -> None:
        self.raw = raw
        self.dialect = dialect
        self._listeners = listeners
        self._turn = turn
        self._depth = 0
        self.kept: dict[Any, Any] = {}  # what was found out within this transaction
        self.vault: Any = None  # what opens encrypted values, see storage.vault

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows that a statement gives. Raises a Fault."""
        if any(isinstance(one, Late) for one in params):
            params = [one.value(self) if isinstance(one, Late) else one for one in params]
        with self._turn, self._translated(sql):
            cursor = self.raw.execute(self.dialect.statement(sql), params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return rows

    def row(self, sql: str, params: Sequence[Any] = ()) -> tuple[Any, ...] | None:
        """The first row or None. Raises a Fault."""
        found = self.rows(sql, params)
        return found[0] if found else None

    def run(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Runs a statement; answers how many rows it changed. Raises a Fault."""
        with self._translated(sql):
            cursor = self.raw.execute(self.dialect.statement(sql), params)
            return int(cursor.rowcount)

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Runs a statement once for each row of parameters, told to listeners as one. Raises a Fault."""
        with self._translated(sql):
            cursor = self.raw.cursor()
            try:
                cursor.executemany(self.dialect.statement(sql), rows)
            finally:
                cursor.close()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What runs inside is undone alone when it raises; PostgreSQL needs one around what may be refused."""
        self._depth += 1
        name = f"kartotek_{self._depth}"
        self.control(f"SAVEPOINT {name}")
        whole = False
        try:
            yield
            whole = True
        finally:
            self._depth -= 1
            if not whole:
                self.kept.clear()
                self.control(f"ROLLBACK TO SAVEPOINT {name}")
            self.control(f"RELEASE SAVEPOINT {name}")

    def control(self, sql: str) -> None:
        """Runs a statement of transaction control, which listeners are not told. Raises a Fault."""
        try:
            self.raw.execute(sql)
        except self.dialect.errors as error:
            self._raise(error)

    def begin(self, sql: str, question: str, guard: str = "") -> tuple[Any, ...] | None:
        """Begins a transaction by asking it something: the first row or None. In one round trip where the driver can.

        `guard` is waited for before the transaction takes its snapshot, where one is taken that could be older than a lock.
        """
        try:
            if self.dialect.asks_with_begin:
                cursor = self.raw.execute("; ".join(filter(None, (sql, guard, question))))
                while cursor.nextset():
                    pass
            else:
                self.raw.execute(sql)
                cursor = self.raw.execute(question)
            first: tuple[Any, ...] | None = cursor.fetchone()
            return first
        except self.dialect.errors as error:
            self._raise(error)

    @contextmanager
    def _translated(self, sql: str) -> Iterator[None]:
        for listener in self._listeners:
            listener(sql)
        try:
            yield
        except self.dialect.errors as error:
            self._raise(error)

    def _raise(self, error: Exception) -> NoReturn:
        fault = self.dialect.translate(error)
        if fault is None:
            raise error
        raise fault from error
