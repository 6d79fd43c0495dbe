"""Sightings: which sensitive fields of which records are about to be shown to somebody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class Seen:
    """Gathered while an answer is made, by one thread."""

    def __init__(self) -> None:
        self._ids: dict[tuple[str, tuple[str, ...]], dict[int, None]] = {}

    def add(self, record_type: str, fields: tuple[str, ...], ids: Iterable[int]) -> None:
        """Takes note that these fields of these records are shown."""
        self._ids.setdefault((record_type, fields), {}).update(dict.fromkeys(ids))

    def __iter__(self) -> Iterator[tuple[str, tuple[str, ...], list[int]]]:
        """(type, fields, ids), each type and set of fields once."""
        return ((name, fields, list(ids)) for (name, fields), ids in self._ids.items() if ids)
