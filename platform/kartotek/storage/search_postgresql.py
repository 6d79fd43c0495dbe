"""Search index on PostgreSQL: a table of token vectors, and an index over them."""

from __future__ import annotations

from collections.abc import Sequence

from kartotek.model.matching import Every, Inside, Match, Token
from kartotek.storage.connection import Connection
from kartotek.storage.layout import Layout
from kartotek.storage.search_index import FOUND, Entry, SearchIndex, Source, joined, table_of
from kartotek.storage.select import ALIAS
from kartotek.storage.sql_text import SqlText


class PostgresqlSearch(SearchIndex):
    """A record's row is replaced as a whole, so writers and one who builds the index may both write it, in any order.

    Nothing here is beyond what CockroachDB says it can do, but `array_to_tsvector`: there the text is cast.
    """

    def create(self, conn: Connection, layout: Layout) -> None:
        table = table_of(layout.table)
        conn.run(f'CREATE TABLE IF NOT EXISTS "{table}" ("record_id" bigint PRIMARY KEY, "terms" tsvector NOT NULL)')
        conn.run(f'CREATE INDEX IF NOT EXISTS "i_{table}" ON "{table}" USING gin ("terms")')
        conn.run(f'DELETE FROM "{table}"')  # not TRUNCATE: somebody may be reading it

    def write(self, conn: Connection, layout: Layout, entries: Sequence[Entry]) -> None:
        rows = [(one.id, list(one.after)) for one in entries if one.after or one.before]
        if rows:
            conn.run_many(
                f'INSERT INTO "{table_of(layout.table)}" ("record_id", "terms") VALUES (?, array_to_tsvector(?::text[])) '
                'ON CONFLICT ("record_id") DO UPDATE SET "terms" = excluded."terms"', rows,
            )

    def text(self, match: Match) -> str | None:
        if isinstance(match, Token):
            return f"'{match.text}':*" if match.prefix else f"'{match.text}'"
        if isinstance(match, Inside):
            return self.text(match.tokens)
        parts = [self.text(one) for one in match.parts]
        if isinstance(match, Every):
            return None if None in parts else _together(" & ", parts)
        return _together(" | ", [one for one in parts if one is not None])

    def without(self, text: str, others: Sequence[str]) -> str:
        return " & ".join([f"({text})", *(f"!({one})" for one in others)])

    def condition(self, layout: Layout, text: str) -> SqlText:
        asked = f'SELECT "record_id" FROM "{table_of(layout.table)}" WHERE "terms" @@ ?::tsquery'
        return SqlText(f'{ALIAS}."id" IN ({asked})', (text,))

    def source(self, layout: Layout, text: str) -> Source:
        id = f'{FOUND}."record_id"'
        return Source(joined(layout, "JOIN", id), SqlText(f'{FOUND}."terms" @@ ?::tsquery', (text,)), id)

    def plain(self, column: str) -> str:
        return f"normalize(regexp_replace(normalize({column}, NFKC), '[\\u0300-\\u036f]+', '', 'g'), NFKC)"

    def tokens(self, conn: Connection, layout: Layout, ids: tuple[int, int]) -> dict[int, set[str]]:
        sql = f'SELECT "record_id", tsvector_to_array("terms") FROM "{table_of(layout.table)}" WHERE "record_id" BETWEEN ? AND ?'
        return {id: set(terms) for id, terms in conn.rows(sql, ids) if terms}

    def tables(self, conn: Connection) -> set[str]:
        found = conn.rows(
            "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE 'kartotek!_!_find!_%' ESCAPE '!'"
        )
        return {name for (name,) in found}


def _together(operator: str, parts: Sequence[str | None]) -> str | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return f"({operator.join(str(one) for one in parts)})"
