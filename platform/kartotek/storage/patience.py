"""Patience: how long a transaction waits for others, who would wait behind it."""

from __future__ import annotations

from kartotek.storage.connection import Connection

_SHORT, _LONGER = 200, 5000  # milliseconds


def hurry(conn: Connection) -> None:
    """Lets the transaction give up soon where somebody stands in its way: Collision."""
    _wait(conn, _SHORT)


def take_time(conn: Connection) -> None:
    """Lets it wait as long as is reasonable for one that nobody can overtake any more."""
    _wait(conn, _LONGER)


def _wait(conn: Connection, milliseconds: int) -> None:
    if conn.dialect.waits_for_locks:
        conn.control(f"SET LOCAL lock_timeout = '{milliseconds}ms'")
