"""SQLAlchemy's engine for the shell's tables: it waits where another writes, and survives a fork."""

from __future__ import annotations

import os
from typing import Any

from sqlalchemy import Connection, create_engine, event, make_url
from sqlalchemy.engine import Engine as Database, ExceptionContext

from kartotek.engine.busy import told_of


def open_database(url: str) -> Database:
    """SQLAlchemy's engine for the shell's tables, safe to fork."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    database = create_engine(parsed, pool_pre_ping=parsed.get_backend_name() == "postgresql")
    if parsed.get_backend_name() == "sqlite":
        event.listen(database, "connect", _prepare_sqlite)
        event.listen(database, "begin", _begin_immediate)
    event.listen(database, "handle_error", _say_full)
    os.register_at_fork(after_in_child=lambda: database.dispose(close=False))
    return database


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin by itself
    for setting in ("journal_mode = wal", "busy_timeout = 5000", "foreign_keys = on", "synchronous = full"):
        connection.execute(f"pragma {setting}")


def _say_full(context: ExceptionContext) -> None:
    """Raises NoRoom where the disk is full."""
    told_of(context.original_exception)


def _begin_immediate(connection: Connection) -> None:
    """A deferred transaction that turns into a writer fails at once when another wrote meanwhile; this one waits."""
    if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
