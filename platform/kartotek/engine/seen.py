"""Seen: records as one reader may know them, for formulas that are shown to him: what he may not read is not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from kartotek.engine.envelopes import members_shown
from kartotek.engine.moment import Moment
from kartotek.engine.visible import names_shown, reachable
from kartotek.model.field import Field
from kartotek.model.record import Record, Row
from kartotek.rules.setting import Setting


class Seen:
    """Reaches what the setting's `related` reaches, if the moment's actor may come upon it, with the fields he may read."""

    def __init__(self, moment: Moment, setting: Setting) -> None:
        self._moment = moment
        self._setting = setting

    def one(self, record_type: str, id: int) -> Record | None:
        """The record as the reader sees it; None where he does not."""
        found = self._setting.related.one(record_type, id)
        return None if found is None else self.of(found)

    def many(self, record_type: str, relation: str, id: int) -> Sequence[Record]:
        """Those of the inverse list that the reader sees."""
        found = self._setting.related.many(record_type, relation, id)
        return tuple(shown for one in found if (shown := self.of(one)) is not None)

    def of(self, record: Record) -> Record | None:
        """The record with what the reader may know of it; None where he may not know of it."""
        if record.type not in self._moment.view.types or not reachable(self._moment, record, self._setting):
            return None
        compiled, seen = self._moment.compiled.type(record.type), self._moment.view.of(record.type)
        names = names_shown(compiled, seen, record, self._setting, asked=list(seen.fields))
        by_name = compiled.type.by_name
        values = {
            name: _without_hidden(by_name[name], record.values[name], {one.name for one in members_shown(seen, by_name[name])})
            for name in names if name in record.values
        }
        return replace(record, values=values)


def _without_hidden(field: Field, value: Any, shown: set[str]) -> Any:
    if not field.fields or value is None:
        return value
    if isinstance(value, tuple):
        return tuple(Row(_kept(row.values, shown), row.id) if isinstance(row, Row) else row for row in value)
    return _kept(value, shown) if isinstance(value, Mapping) else value


def _kept(values: Mapping[str, Any], shown: set[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in shown}
