"""The third definition of Kartotek's own tables: what the search index and imports need."""

from __future__ import annotations

_SEARCH: tuple[str, ...] = ()

_IMPORTS: tuple[str, ...] = ()

INPUT: tuple[str, ...] = (*_SEARCH, *_IMPORTS)
