"""Audit changes: what a transaction did to records, gathered while it runs, as one entry at its end."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, cast

from kartotek.model.audit import AuditAction, AuditEntry
from kartotek.storage.history import HistoryRow

_UNDECLARED = "*"  # what a person called something himself may tell of a person


class Doings:
    """What one transaction does. `entries` are those that somebody adds by himself; they are appended with the rest."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []
        self._changes: dict[tuple[str, str, str, tuple[str, ...]], list[tuple[int, int]]] = {}
        self._told: dict[str, Any] = {}

    def add(self, row: HistoryRow, declared: Collection[str]) -> None:
        """Takes note of one row of history; `declared` are the names that may be told."""
        names = (one if one in declared else _UNDECLARED for one in (*row.was, *row.now))
        key = row.type, row.action, row.transition, tuple(sorted(dict.fromkeys(names)))
        self._changes.setdefault(key, []).append((row.record_id, row.version))
        if "import" in row.note:
            self._told["import"] = row.note["import"]

    def all(self) -> tuple[AuditEntry, ...]:
        """What is to be appended: nothing where nothing was changed."""
        return (*self._changed(), *self.entries)

    def _changed(self) -> Iterable[AuditEntry]:
        if not self._changes:
            return ()
        ((record_type, action, transition, fields), records), *others = self._changes.items()
        (id, version), *rest = records
        body: dict[str, Any] = {"version": version, **self._told}
        if transition:
            body["transition"] = transition
        if rest:
            body["records"] = rest
        if others:
            body["more"] = [_wire(*key, records=each) for key, each in others]
        also = [(record_type, one) for one, _ in rest] + [(key[0], one) for key, each in others for one, _ in each]
        about = tuple(one for one in dict.fromkeys(also) if one != (record_type, id))
        return [AuditEntry(cast(AuditAction, action), record_type, id, fields, body, about)]


def _wire(
    record_type: str, action: str, transition: str, fields: tuple[str, ...], *, records: list[tuple[int, int]]
) -> dict[str, Any]:
    told = {"type": record_type, "action": action, "fields": list(fields), "records": records}
    return {**told, "transition": transition} if transition else told
