"""Search: the condition that finds records by a piece of text, whatever its case."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kartotek.storage.dialect import quote
from kartotek.storage.layout import Column, Layout
from kartotek.storage.select import ALIAS
from kartotek.storage.sql_text import SqlText

_MOST_WORDS = 8
_NEVER = re.compile("[\0\ud800-\udfff]")  # no text that is stored has any of these
_NUMBER = re.compile(r"[\d\s()+./-]+")


def search_sql(layout: Layout, fields: Sequence[str], text: str) -> SqlText:
    """Each word must stand within one of the fields; what looks like a telephone number may also stand unspaced."""
    wanted = set(fields)
    texts = [one for one in layout.columns if one.spec.type == "text" and len(one.path) == 1]
    columns = [one for one in texts if one.path[0] in wanted]
    words = text.casefold().split()[:_MOST_WORDS]
    if not words:
        return SqlText("1 = 1")
    if not columns or _NEVER.search(text):
        return SqlText("1 = 0")
    every = [_anywhere(columns, word) for word in words]
    digits = re.sub(r"\D", "", text)
    params = tuple(param for one in every for param in one.params)
    whole = SqlText(" AND ".join(f"({one.text})" for one in every), params)
    if len(digits) < 3 or not _NUMBER.fullmatch(text):
        return whole
    unspaced = _anywhere(columns, digits)
    return SqlText(f"({whole.text}) OR ({unspaced.text})", (*whole.params, *unspaced.params))


def _anywhere(columns: Sequence[Column], word: str) -> SqlText:
    pattern = "%" + re.sub(r"([%_!])", r"!\1", word) + "%"
    # Where the word has no case, the text need not be folded, which costs SQLite a call of Python for every row.
    fold = "kartotek_fold" if word.upper() != word.lower() else ""
    ways = [f"{fold}({ALIAS}.{quote(one.name)}) LIKE ? ESCAPE '!'" for one in columns]
    return SqlText(" OR ".join(ways), (pattern,) * len(ways))
