"""Matching: which records the rows of a batch mean, by id or by a key, looked up for all of them at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from kartotek.engine.bulk_rows import BulkRow
from kartotek.engine.compiled import CompiledType
from kartotek.engine.open_writing import Writing
from kartotek.errors import Invalid
from kartotek.model.problem import pointer, problem
from kartotek.storage.holders import holders
from kartotek.storage.sealing import found_by


class Matches:
    """`on` is the unique field whose value says which record a row means, None where ids do. Rows that name both are not for it."""

    def __init__(self, writing: Writing, compiled: CompiledType, rows: Sequence[BulkRow], on: str | None) -> None:
        self._rows = rows
        self._on = on
        self._keys: dict[int, Any] = {}
        self._errors: dict[int, Invalid] = {}
        self._ids: dict[Any, int] = {}
        self._expected: set[Any] = set()
        if on is not None:
            name = column = compiled.type.by_name[on].column
            for index, value in self._values(compiled, on):
                name, self._keys[index] = found_by(writing.conn, compiled.layout, column, value)
            found = holders(writing.conn, compiled.layout, (name,), [(one,) for one in self._keys.values()])
            self._ids = {key: id for (key,), id in found.items()}

    def of(self, row: int) -> int | None:
        """The id of the live record that the row means now, None for a new one; a hidden one counts. Raises Invalid."""
        if self._on is None:
            return self._rows[row].id
        if row in self._errors:
            raise self._errors[row]
        return self._ids.get(self._keys[row])

    def awaits(self, row: int) -> bool:
        """Whether its key is that of a row about to be written."""
        return self._keys.get(row) in self._expected

    def expect(self, row: int) -> None:
        """The row is about to be written."""
        if row in self._keys:
            self._expected.add(self._keys[row])

    def settle(self) -> None:
        """Nothing is about to be written any more."""
        self._expected.clear()

    def written(self, row: int, id: int) -> None:
        """The row's record is stored: whoever has the same key means it."""
        if row in self._keys:
            self._ids[self._keys[row]] = id

    def _values(self, compiled: CompiledType, on: str) -> Iterator[tuple[int, Any]]:
        for index, row in enumerate(self._rows):
            wire = row.fields.get(on)
            values, problems = compiled.load({on: wire}) if wire is not None else ({}, (problem(pointer(on), "required"),))
            if problems:
                self._errors[index] = Invalid([one.under("/fields") for one in problems])
            else:
                yield index, compiled.codec.columns(values, [on])[compiled.type.by_name[on].column]
