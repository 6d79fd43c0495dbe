"""Search checks: what tokens alone cannot tell of a match, asked of the records themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kartotek.model.matching import Every, Inside, Match, Some, Token, Wanted
from kartotek.storage.connection import Connection
from kartotek.storage.dialect import quote
from kartotek.storage.layout import Column, Layout
from kartotek.storage.search_indexes import search_index
from kartotek.storage.select import ALIAS
from kartotek.storage.sql_text import SqlText

NOTHING = SqlText("1 = 0")
_ALWAYS = SqlText("1 = 1")


def checks(conn: Connection, layout: Layout, wanted: Wanted) -> list[SqlText]:
    """The conditions by which records that have the tokens are told from those that match."""
    check = _Check(conn, layout)
    return [check.sql(one) for one in wanted.every if _is_inexact(one)]


def _is_inexact(match: Match) -> bool:
    return isinstance(match, Inside) or (isinstance(match, Every | Some) and any(map(_is_inexact, match.parts)))


class _Check:
    """Puts a match into SQL: what tokens can tell is asked of the index, for the few records of which the rest does not hold."""

    def __init__(self, conn: Connection, layout: Layout) -> None:
        self._dialect = conn.dialect
        self._index = search_index(conn.dialect)
        self._layout = layout
        self._columns: Mapping[str, Column] = {one.path[0]: one for one in layout.columns if len(one.path) == 1}

    def sql(self, match: Match) -> SqlText:
        """Holds where the match does."""
        if isinstance(match, Inside):
            return self._inside(match)
        if isinstance(match, Token) or not _is_inexact(match):
            text = self._index.text(match)
            return NOTHING if text is None else self._index.condition(self._layout, text)
        exact = tuple(one for one in match.parts if not _is_inexact(one))
        others = [self.sql(one) for one in match.parts if _is_inexact(one)]
        if isinstance(match, Every):
            return _joined(" AND ", [*others, *([self.sql(Every(exact))] if exact else [])])
        return _joined(" OR ", [*others, *([self.sql(Some(exact))] if exact else [])])

    def _inside(self, match: Inside) -> SqlText:
        column = self._columns.get(match.field)
        if column is None:
            return NOTHING
        name = f"{ALIAS}.{quote(column.name)}"
        if match.values is not None:
            params = tuple(self._dialect.encode(column.spec, one) for one in match.values)
            return SqlText(f"{name} IN ({', '.join('?' * len(params))})", params) if params else NOTHING
        # Neither digits nor characters of a script without spaces are signs of LIKE's.
        return SqlText(f"{self._index.plain(name) if match.folded else name} LIKE ?", (f"%{match.text}%",))


def _joined(operator: str, parts: Sequence[SqlText]) -> SqlText:
    text = operator.join(f"({one.text})" for one in parts)
    return SqlText(text, tuple(param for one in parts for param in one.params)) if parts else _ALWAYS
