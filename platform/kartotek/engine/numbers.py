"""Auto-numbers: drawn inside the transaction that uses them, so that none is lost and none given twice."""

from __future__ import annotations

from datetime import date
from typing import Any

from kartotek.engine.compiled import CompiledType
from kartotek.engine.open_writing import Writing
from kartotek.kinds.autonumber import counter_key, numbered
from kartotek.model.field import Field
from kartotek.storage import counters


class Numbers:
    """The auto-numbers of many new records: seen ahead, drawn together at the end, so that a refused one takes none."""

    def __init__(self, writing: Writing, compiled: CompiledType) -> None:
        self._writing = writing
        self._compiled = compiled
        self._fields = [one for one in compiled.type.fields if one.kind == "autonumber"]
        self._lasts: dict[str, int] = {}
        self._used = 0

    @property
    def are_drawn(self) -> bool:
        """Whether records of the type have numbers at all."""
        return bool(self._fields)

    def next(self) -> dict[str, Any]:
        """{field name: number} for the next record; the same again until `use` is called."""
        today = self._writing.setting.env["today"]
        found = {}
        for field in self._fields:
            # Nobody else gets one before this transaction ends: asking locks the counter.
            name = _counter(self._compiled, field, today)
            if name not in self._lasts:
                self._lasts[name] = counters.last(self._writing.conn, name)
            found[field.name] = numbered(field.settings["auto_number"], self._lasts[name] + self._used + 1, today)
        return found

    def use(self) -> None:
        """The numbers seen last are taken."""
        self._used += 1

    def draw(self) -> None:
        """Draws all that were used. Writes."""
        for name in self._lasts if self._used else ():
            counters.take(self._writing.conn, name, self._used)
        self.forget()

    def forget(self) -> None:
        """None was drawn after all."""
        self._lasts.clear()
        self._used = 0


def _counter(compiled: CompiledType, field: Field, today: date) -> str:
    return f"{compiled.type.name}.{field.column}.{counter_key(field.settings['auto_number'], today)}"


def drawn(writing: Writing, compiled: CompiledType) -> dict[str, Any]:
    """{field name: number} for each auto-number of the type; the date parts are of today in the site's zone."""
    today = writing.setting.env["today"]
    found = {}
    for field in compiled.type.fields:
        if field.kind == "autonumber":
            number = counters.next(writing.conn, _counter(compiled, field, today))
            found[field.name] = numbered(field.settings["auto_number"], number, today)
    return found
