"""Occasions: what has been done once and is not to be done again within its period."""

from __future__ import annotations

from datetime import datetime

from kartotek.storage.connection import Connection
from kartotek.storage.layout import INSTANT


def take(conn: Connection, key: str, at: datetime) -> bool:
    """Notes that it is done now; False where it was done before. A key that ends with "/ever" is never purged."""
    sql = 'INSERT INTO "kartotek__occasion" ("key", "at") VALUES (?, ?) ON CONFLICT ("key") DO NOTHING'
    return conn.run(sql, (key, conn.dialect.encode(INSTANT, at))) == 1


def purge(conn: Connection, before: datetime) -> int:
    """Forgets what was done before that instant; answers how much."""
    sql = """DELETE FROM "kartotek__occasion" WHERE "at" < ? AND "key" NOT LIKE '%/ever'"""
    return conn.run(sql, (conn.dialect.encode(INSTANT, before),))
