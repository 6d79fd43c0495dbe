"""Search index on SQLite: an FTS5 table that keeps tokens and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from kartotek.model.matching import Every, Inside, Match, Token
from kartotek.storage.connection import Connection
from kartotek.storage.layout import Layout
from kartotek.storage.search_index import FOUND, Entry, SearchIndex, Source, joined, table_of
from kartotek.storage.select import ALIAS
from kartotek.storage.sql_text import SqlText

_KNOWN = 'EXISTS (SELECT 1 FROM "kartotek__search" WHERE "type" = ? AND "through" >= ?)'


class SqliteSearch(SearchIndex):
    """The table has no texts to look its tokens up in: to take a record out it is told all that was put in.

    There is one writer at a time, so a record that an index under construction has not come to can be left to it.
    """

    def create(self, conn: Connection, layout: Layout) -> None:
        table = table_of(layout.table)
        self.drop(conn, table)
        # The tokenizer takes words apart at spaces and leaves what is not ASCII as it is, whatever SQLite knows of Unicode.
        conn.run(
            f"CREATE VIRTUAL TABLE \"{table}\" USING fts5(terms, content='', detail=none, columnsize=0, tokenize='ascii')"
        )

    def write(self, conn: Connection, layout: Layout, entries: Sequence[Entry]) -> None:
        table = table_of(layout.table)
        gone = [(one.id, " ".join(one.before), layout.table, one.id) for one in entries if one.before]
        come = [(one.id, " ".join(one.after), layout.table, one.id) for one in entries if one.after]
        if gone:
            conn.run_many(f'INSERT INTO "{table}" ("{table}", rowid, terms) SELECT \'delete\', ?, ? WHERE {_KNOWN}', gone)
        if come:
            conn.run_many(f'INSERT INTO "{table}" (rowid, terms) SELECT ?, ? WHERE {_KNOWN}', come)

    def text(self, match: Match) -> str | None:
        if isinstance(match, Token):
            return f'"{match.text}"*' if match.prefix else f'"{match.text}"'
        if isinstance(match, Inside):
            return self.text(match.tokens)
        parts = [self.text(one) for one in match.parts]
        if isinstance(match, Every):
            return None if None in parts else _together(" AND ", parts)
        return _together(" OR ", [one for one in parts if one is not None])

    def without(self, text: str, others: Sequence[str]) -> str:
        return f"({text}) NOT ({' OR '.join(f'({one})' for one in others)})" if others else text

    def condition(self, layout: Layout, text: str) -> SqlText:
        table = table_of(layout.table)
        return SqlText(f'{ALIAS}."id" IN (SELECT rowid FROM "{table}" WHERE "{table}" MATCH ?)', (text,))

    def source(self, layout: Layout, text: str) -> Source:
        id = f"{FOUND}.rowid"
        # CROSS JOIN keeps the index in front, whose rows come in the order of ids.
        tables = joined(layout, "CROSS JOIN", id)
        return Source(tables, SqlText(f'{FOUND}."{table_of(layout.table)}" MATCH ?', (text,)), id)

    def plain(self, column: str) -> str:
        return f"kartotek_plain({column})"

    def tokens(self, conn: Connection, layout: Layout, ids: tuple[int, int]) -> dict[int, set[str]]:
        table = table_of(layout.table)
        conn.run(f"CREATE VIRTUAL TABLE IF NOT EXISTS temp.\"{table}_all\" USING fts5vocab(main, '{table}', instance)")
        sql = f"SELECT doc, group_concat(term, ' ') FROM temp.\"{table}_all\" WHERE doc BETWEEN ? AND ? GROUP BY doc"
        return {id: set(text.split()) for id, text in conn.rows(sql, ids)}

    def tables(self, conn: Connection) -> set[str]:
        found = conn.rows("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE \"kartotek!_!_find!_%' ESCAPE '!'")
        return {name for (name,) in found}


def _together(operator: str, parts: Sequence[str | None]) -> str | None:
    if len(parts) < 2:
        return parts[0] if parts else None
    return f"({operator.join(str(one) for one in parts)})"
