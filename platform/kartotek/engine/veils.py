"""Veils: fields of which a reader knows a mask, or whether they have a value; put beside what he may read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.engine.compiled import CompiledType
from kartotek.model.record import Record
from kartotek.model.view import Rules, TypeView
from kartotek.rules.access import beyond
from kartotek.rules.demanded import is_empty
from kartotek.rules.partial import part

Lay = Callable[[Record, ZoneInfo], dict[str, dict[str, Any]]]  # {"masked": …, "flags": …} of one record, each where there are any

_MASKED, _FLAGGED = 1, 2  # the places of their rules; those at 0 show the value itself


class Veils:
    """Of records that one of `rows` shows. `names` are the fields; what is over them depends on which rules hold."""

    def __init__(self, compiled: CompiledType, seen: TypeView, names: Collection[str], rows: Rules) -> None:
        self._compiled = compiled
        self.names = tuple(one.name for one in compiled.type.fields if one.name in names and (one.name in seen.masked or one.name in seen.flagged))
        levels = (seen.fields, seen.masked, seen.flagged)
        self._levels = {name: tuple(beyond(rows, one.get(name, ())) for one in levels) for name in self.names}

    @property
    def rules(self) -> Iterator[Rules]:
        """All that decides what is over which field."""
        for levels in self._levels.values():
            yield from levels

    def laid(self, holds: Callable[[Rules], bool]) -> Lay | None:
        """How records in which these rules hold are shown; None where nothing is to be put beside them."""
        first = {name: next((at for at, rules in enumerate(levels) if holds(rules)), None) for name, levels in self._levels.items()}
        masks = [(name, self._mask(name)) for name, at in first.items() if at == _MASKED]
        flags = [name for name, at in first.items() if at == _FLAGGED]

        def lay(record: Record, zone: ZoneInfo) -> dict[str, dict[str, Any]]:
            values = record.values
            masked = {name: mask(value, zone) for name, mask in masks if not is_empty(value := values.get(name))}
            found: dict[str, dict[str, Any]] = {"masked": masked} if masked else {}
            if flags:
                found["flags"] = {name: not is_empty(values.get(name)) for name in flags}
            return found

        return lay if masks or flags else None

    def _mask(self, name: str) -> Callable[[Any, ZoneInfo], str]:
        field, codec = self._compiled.type.by_name[name], self._compiled.codec
        return lambda value, zone: part(field, codec.wire_of(name, value), zone)
