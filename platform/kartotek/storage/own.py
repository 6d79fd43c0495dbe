"""Own: brings Kartotek's own tables to the newest number at start, backed up first, and refuses a newer one."""

from __future__ import annotations

from kartotek.errors import SetupInvalid
from kartotek.storage import own_tables, sqlite
from kartotek.storage.audit_guards import guard
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database, SqliteDatabase
from kartotek.storage.ddl import column_names
from kartotek.storage.functions import postgresql_functions

_TABLE = "kartotek__schema"
_LOCK = 0x6B617274  # "kart": the advisory lock that lets one process at a time prepare a PostgreSQL database


def prepare(database: Database) -> None:
    """Makes or migrates the own tables; does nothing where they are up to date.

    Raises SetupInvalid when the data was written by a newer Kartotek.
    """
    with database.read() as conn:
        number = number_of(conn)
    if number == own_tables.NEWEST:
        return
    if 0 < number < own_tables.NEWEST and isinstance(database, SqliteDatabase):
        sqlite.back_up(database.path, database.path.with_name(f"{database.path.name}.before-{own_tables.NEWEST}"))
    with database.write() as conn:
        if conn.dialect.name == "postgresql":
            conn.rows("SELECT pg_advisory_xact_lock(?)", (_LOCK,))
        migrate(conn)


def number_of(conn: Connection) -> int:
    """The number of the own tables there are, 0 for none. Raises SetupInvalid for one we do not know."""
    if not column_names(conn, _TABLE):
        return 0
    row = conn.row(f'SELECT "number" FROM "{_TABLE}"')
    number = int(row[0]) if row else 0
    if number > own_tables.NEWEST:
        raise SetupInvalid(
            f"The data was written by a newer Kartotek (data version {number}, this one knows {own_tables.NEWEST}): "
            "install that version, or restore a backup made before it."
        )
    return number


def migrate(conn: Connection) -> None:
    """Makes or migrates the own tables in the open transaction, which nobody else may do at the same time."""
    number = number_of(conn)  # again: another process may have been faster
    if not number:
        conn.run(f'CREATE TABLE IF NOT EXISTS "{_TABLE}" ("number" INTEGER NOT NULL)')
        conn.run(f'INSERT INTO "{_TABLE}" ("number") VALUES (0)')
        make_functions(conn)
    for following in range(number + 1, own_tables.NEWEST + 1):
        for statement in own_tables.statements(following, conn.dialect):
            conn.run(statement)
    guard(conn)
    conn.run(f'UPDATE "{_TABLE}" SET "number" = ?', (own_tables.NEWEST,))


def make_functions(conn: Connection) -> None:
    """Makes the text functions that indexes and queries use, in the words of this very server; SQLite has them by connection."""
    if conn.dialect.name != "postgresql":
        return
    encoding = conn.rows("SHOW server_encoding")[0][0]
    if encoding != "UTF8":
        raise SetupInvalid(f"The PostgreSQL database has the encoding {encoding}: make one with the encoding UTF8.")
    version = conn.rows("SHOW server_version_num")[0][0]
    collations = frozenset(name for (name,) in conn.rows("SELECT collname::text FROM pg_collation"))
    for statement in postgresql_functions(int(version), collations):
        conn.run(statement)
