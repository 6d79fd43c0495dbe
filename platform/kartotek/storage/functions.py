"""The text functions that both databases know: full Unicode lower case, upper case and case folding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from kartotek.kinds.plain_text import plain

FUNCTIONS: Mapping[str, Callable[[str | None], str | None]] = MappingProxyType(
    {
        "kartotek_lower": lambda text: None if text is None else str(text).lower(),
        "kartotek_upper": lambda text: None if text is None else str(text).upper(),
        "kartotek_fold": lambda text: None if text is None else str(text).casefold(),
        "kartotek_plain": lambda text: None if text is None else plain(str(text)),
    }
)
"""For SQLite, whose own lower() knows ASCII alone: {name: function of one argument}. `kartotek_plain` is for search, on SQLite alone."""

_BUILT_IN = {"kartotek_lower": "lower", "kartotek_upper": "upper", "kartotek_fold": "casefold"}
_OLDER = {"kartotek_lower": "lower", "kartotek_upper": "upper", "kartotek_fold": "lower"}


def postgresql_functions(server_version: int, collations: frozenset[str]) -> tuple[str, ...]:
    """The statements that make the same functions on PostgreSQL; before 18 folding is lower case (ß stays ß)."""
    full = "pg_unicode_fast" in collations
    names = _BUILT_IN if full and server_version >= 180000 else _OLDER
    found = [one for one in ("pg_unicode_fast", "pg_c_utf8", "und-x-icu") if one in collations]
    collation = f' COLLATE "{found[0]}"' if found else ""
    return tuple(
        f"CREATE OR REPLACE FUNCTION {name}(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE "
        f"RETURN {function}($1{collation}) COLLATE \"C\""
        for name, function in names.items()
    )
