"""What files that were sent say to a field that takes fewer: of other types, or smaller ones."""

from __future__ import annotations

from functools import partial
from typing import Any

from kartotek.engine.findings_tally import Tally
from kartotek.engine.findings_values import Values
from kartotek.kinds.media import accepts
from kartotek.model.problem import Problem, problem
from kartotek.storage.connection import Connection
from kartotek.storage.files import FileRow, find_many
from kartotek.storage.stored import Stored

LIMITS = frozenset({"accept", "maxSize"})
_AT_ONCE = 500


class Filed:
    """Which records have files that would not be taken any more; asked of the index of files, page by page."""

    def __init__(self, values: Values, tally: Tally, conn: Connection, keyword: str) -> None:
        self.values = values
        self.tally = tally
        self.reads = values.reads
        self._conn = conn
        self._keyword = keyword
        self._settings = values.going.new.settings

    def look(self, records: list[Stored]) -> None:
        """Judges one page."""
        named = {one.id: self._files(one) for one in records if one.deleted_at is None}
        wanted = sorted({id for ids in named.values() for id in ids})
        known: dict[str, FileRow] = {}
        for at in range(0, len(wanted), _AT_ONCE):
            known |= find_many(self._conn, wanted[at : at + _AT_ONCE])
        for id, files in named.items():
            if files:
                self.tally.note("concerned", id)
            odd = next((known[one] for one in files if one in known and not self._takes(known[one])), None)
            if odd is not None:
                self.tally.note("failing", id, partial(self._said, odd))

    def end(self) -> None:
        """Each record was judged by itself."""

    def _files(self, stored: Stored) -> list[str]:
        wires: list[Any] = [one for one in self.values.gone_over(stored) if one]
        return [each for one in wires for each in (one if isinstance(one, list) else [one]) if isinstance(each, str)]

    def _takes(self, row: FileRow) -> bool:
        if self._keyword == "accept":
            return accepts(self._settings.get("accept", ()), row.type, row.name)
        return bool(row.size <= self._settings.get("max_size", row.size))

    def _said(self, row: FileRow) -> tuple[str, Problem]:
        if self._keyword == "accept":
            return row.name, problem("", "file_type")
        return row.name, problem("", "file_size", limit=self._settings.get("max_size"))
