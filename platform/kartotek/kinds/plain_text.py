"""Plain text: what two texts have in common when case, accents and widths of letters do not count."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_PLAIN = re.compile("[ 0-9a-z\u4e00-\u9fff]+")
_MARKS = re.compile("[\u0300-\u036f]+")
# Letters that Unicode does not take apart, as people type them who have no such key.
_LETTERS = str.maketrans({
    "ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ŧ": "t", "ŋ": "n",
    "ĸ": "k", "ə": "e",
})  # fmt: skip


def plain(text: str) -> str:
    """The text folded: Müller, MULLER and Ｍüller are alike, ß is ss; a space stays a space."""
    if text.isascii():
        return text.lower()
    return text if _PLAIN.fullmatch(text) else _folded(text)


@lru_cache(maxsize=1024)
def _folded(text: str) -> str:
    wide = unicodedata.normalize("NFKC", text).casefold()
    bare = _MARKS.sub("", unicodedata.normalize("NFD", wide)).translate(_LETTERS)
    return unicodedata.normalize("NFKC", bare)
