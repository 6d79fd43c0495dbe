"""Copying of accounts: who may sign in, into the database of a copy; masked, nobody can be known again or signs in as before."""

from __future__ import annotations

from typing import Any

from flask_appbuilder import Model
from sqlalchemy import Connection, Sequence, Table, cast, func, insert, select
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.engine import Engine as Database

from kartotek.identity.accounts import NO_PASSWORD
from kartotek.identity.database import open_database

_BATCH = 500
# What a masked copy has of the shell's tables: people without their names, and what they may do.
_MASKED = frozenset({
    "ab_user", "ab_role", "ab_user_role", "ab_group", "ab_user_group", "ab_group_role", "ab_permission", "ab_view_menu",
    "ab_permission_view", "ab_permission_view_role",
})  # fmt: skip


def copy_accounts(source: Database, target_url: str, *, mask: bool) -> None:
    """Fills the shell's tables, which the target does not have yet, in one transaction."""
    target = open_database(target_url)
    try:
        with source.connect() as reading, target.begin() as writing:
            Model.metadata.create_all(writing)
            for table in Model.metadata.sorted_tables:
                if not mask or table.name in _MASKED:
                    _copy(table, reading, writing, mask=mask)
    finally:
        target.dispose()


def _copy(table: Table, reading: Connection, writing: Connection, *, mask: bool) -> None:
    for rows in reading.execute(select(table).order_by(*table.primary_key)).mappings().partitions(_BATCH):
        ready = [dict(row) for row in rows]
        if table.name == "ab_user":
            ready = [_masked(row) if mask else _orderless(row) for row in ready]
        writing.execute(insert(table), ready)
    _go_on(table, writing)


def _masked(row: dict[str, Any]) -> dict[str, Any]:
    id = row["id"]
    return {
        **_orderless(row), "username": f"user{id}", "first_name": f"User {id}", "last_name": "", "email": f"user{id}@users.invalid",
        "password": NO_PASSWORD, "last_login": None, "login_count": None, "fail_login_count": None,
    }  # fmt: skip


def _orderless(row: dict[str, Any]) -> dict[str, Any]:
    """Without who made and changed it, whose own row may come later; the trail tells that too."""
    return {**row, "created_by_fk": None, "changed_by_fk": None}


def _go_on(table: Table, writing: Connection) -> None:
    """Lets the next number be a later one than those that came along."""
    column = table.autoincrement_column
    if writing.dialect.name != "postgresql" or column is None:
        return
    last = writing.execute(select(func.max(column))).scalar()
    given = column.default.name if isinstance(column.default, Sequence) else func.pg_get_serial_sequence(table.name, column.name)
    if last is not None:
        writing.execute(select(func.setval(cast(given, REGCLASS), last)))
