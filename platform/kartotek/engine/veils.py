"""Veils: fields of which a reader knows a mask, or whether they have a value; put beside what he may read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.engine.compiled import CompiledType
from kartotek.model.formula import Formula
from kartotek.model.missing import MISSING
from kartotek.model.record import Record
from kartotek.model.view import Rules, TypeView
from kartotek.rules.access import beyond
from kartotek.rules.demanded import is_empty
from kartotek.rules.partial import part
from kartotek.rules.setting import Setting


class Veils:
    """Of records that one of `rows` shows. `names` are the fields, `formulas` what decides in each record."""

    def __init__(self, compiled: CompiledType, seen: TypeView, names: Collection[str], rows: Rules) -> None:
        self._compiled = compiled
        levels = [{name: beyond(rows, granted) for name, granted in one.items()} for one in (seen.fields, seen.masked, seen.flagged)]
        self._full, self._masked, self._flagged = levels
        self.names = tuple(one.name for one in compiled.type.fields if one.name in names and _is_veiled(seen, one.name))
        asked = [rules for one in levels for name, rules in one.items() if name in self.names and rules is not True]
        self.formulas: Sequence[Formula] = tuple({id(one): one for rules in asked for one in rules}.values())

    def shown(self, record: Record, setting: Setting) -> Mapping[str, Mapping[str, Any]]:
        """{"masked": {field: text}, "flags": {field: whether it has a value}} of one record, each where there are any."""
        about = setting.about(record, None)
        answers = {id(one): self._compiled.rules.holds(one, about) for one in self.formulas}

        def holds(granted: Mapping[str, Rules], name: str) -> bool:
            rules = granted.get(name, ())
            return rules is True or any(answers[id(one)] for one in rules)

        hidden = [name for name in self.names if not holds(self._full, name)]
        masked = {name: record.values.get(name, MISSING) for name in hidden if holds(self._masked, name)}
        flags = {name: _has(record, name) for name in hidden if name not in masked and holds(self._flagged, name)}
        masks = {name: self._mask(name, value, setting) for name, value in masked.items() if _has(record, name)}
        return ({"masked": masks} if masks else {}) | ({"flags": flags} if flags else {})

    def _mask(self, name: str, value: Any, setting: Setting) -> str:
        zone = setting.env["now"].tzinfo
        wire = self._compiled.codec.wire_of(name, value)
        return part(self._compiled.type.by_name[name], wire, zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC"))


def _is_veiled(seen: TypeView, name: str) -> bool:
    return name in seen.masked or name in seen.flagged


def _has(record: Record, name: str) -> bool:
    value = record.values.get(name, MISSING)
    return value is not MISSING and not is_empty(value)
