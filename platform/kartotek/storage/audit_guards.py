"""Audit guards: triggers that refuse to change the audit, or to remove what is not yet to go; other tools meet them too.

Whoever owns the database can take them away. That is what the macs are for.
"""

from __future__ import annotations

from kartotek.storage.connection import Connection
from kartotek.storage.ddl import column_names

_TABLES = ("kartotek__audit", "kartotek__audit_record")
_SENTENCE = "The audit is only added to."
_SQLITE = (
    """CREATE TRIGGER IF NOT EXISTS "{table}_unchanged" BEFORE UPDATE ON "{table}"
        BEGIN SELECT RAISE(ABORT, '{sentence}'); END""",
    """CREATE TRIGGER IF NOT EXISTS "{table}_unremoved" BEFORE DELETE ON "{table}"
        WHEN OLD."seq" > (SELECT "trimmed" FROM "kartotek__audit_head")
        BEGIN SELECT RAISE(ABORT, '{sentence}'); END""",
)
_FUNCTION = f"""CREATE OR REPLACE FUNCTION "kartotek__audit_kept"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD."seq" <= (SELECT "trimmed" FROM "kartotek__audit_head") THEN RETURN OLD; END IF;
    END IF;
    RAISE EXCEPTION '{_SENTENCE}'; END $$"""
_POSTGRESQL = (
    'DROP TRIGGER IF EXISTS "{table}_kept" ON "{table}"',
    """CREATE TRIGGER "{table}_kept" BEFORE UPDATE OR DELETE ON "{table}"
        FOR EACH ROW EXECUTE FUNCTION "kartotek__audit_kept"()""",
    'DROP TRIGGER IF EXISTS "{table}_whole" ON "{table}"',
    """CREATE TRIGGER "{table}_whole" BEFORE TRUNCATE ON "{table}"
        FOR EACH STATEMENT EXECUTE FUNCTION "kartotek__audit_kept"()""",
)


def guard(conn: Connection) -> None:
    """Makes the triggers, where they are not there yet; nothing where there is no audit yet."""
    if not column_names(conn, _TABLES[0]):
        return
    on_postgresql = conn.dialect.name == "postgresql"
    if on_postgresql:
        conn.control(_FUNCTION)
    for table in _TABLES:
        for statement in _POSTGRESQL if on_postgresql else _SQLITE:
            conn.run(statement.format(table=table, sentence=_SENTENCE))


def let_go(conn: Connection) -> None:
    """Lets the whole of it be removed in this transaction, from a copy that is to have one of its own."""
    conn.run('UPDATE "kartotek__audit_head" SET "trimmed" = (SELECT coalesce(max("seq"), 0) FROM "kartotek__audit")')
