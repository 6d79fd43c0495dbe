"""Trial on PostgreSQL: an archive laid into a schema of its own, compared, and never committed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kartotek.errors import SetupInvalid
from kartotek.storage import copying_postgresql
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database
from kartotek.storage.dialect import quote

_SCHEMA = "kartotek_trial"
Members = Iterator[tuple[str, Iterator[bytes]]]


class _Undone(Exception):
    """What ends the transaction."""


def tried(database: Database, head: Mapping[str, Any], members: Members, look: Callable[[Connection], None]) -> dict[str, int]:
    """{table: rows} of what came back. `look` may look at it before it is undone. Raises SetupInvalid where bytes differ.

    Takes memory and disk of the database as a restore would, and gives them back; nobody else sees anything of it.
    """
    found: dict[str, int] = {}
    digests: dict[str, str] = {}
    try:
        with database.write() as conn:
            conn.control(f"CREATE SCHEMA {quote(_SCHEMA)}")
            conn.control(f"SET LOCAL search_path = {quote(_SCHEMA)}")
            conn.control("SET LOCAL synchronize_seqscans = off")
            found |= copying_postgresql.lay(conn, head, _digested(members, digests))
            _compare(conn, head, digests)
            copying_postgresql.finish(conn, head)
            look(conn)
            raise _Undone
    except _Undone:
        return found


def _digested(members: Members, digests: dict[str, str]) -> Members:
    for name, chunks in members:
        digest = hashlib.sha256()
        yield name, _passing(chunks, digest)
        digests[name] = digest.hexdigest()


def _passing(chunks: Iterator[bytes], digest: Any) -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk


def _compare(conn: Connection, head: Mapping[str, Any], digests: Mapping[str, str]) -> None:
    """What the tables give must be the very bytes that they were filled with."""
    for number, table in enumerate(head["tables"]):
        digest = hashlib.sha256()
        for row in copying_postgresql.rows_of(conn, table):
            digest.update(row)
        if digests.get(f"tables/{number:04d}") != digest.hexdigest():
            raise SetupInvalid(f"What came back of the table {table['name']} is not what is in the backup.")
