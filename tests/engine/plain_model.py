"""A site as plain values: what is declared, all records, what is kept, and every change by the words of the documentation."""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.engine.plain_conversion import EMPTY
from tests.engine.plain_records import Answers, Bag, Move, PlainRecord, Table, duplicates, pairs, plain_value, shown, sort_of
from tests.engine.plain_types import Plain, PlainSite, PlainType, places


class Refused(Exception):
    """The plan of such a change is refused, and nothing of it happens."""


@dataclass
class PlainModel:
    """`versions` is what was declared in each version, `removed` the types that can come back, the last one last."""

    site: PlainSite = field(default_factory=dict)
    tables: dict[str, Table] = field(default_factory=dict)
    removed: list[tuple[str, Table]] = field(default_factory=list)
    versions: dict[int, PlainSite] = field(default_factory=dict)

    def changed(self, site: PlainSite, answers: Answers) -> PlainModel:
        """The same after these declarations came into service. Raises Refused."""
        model = copy.deepcopy(self)
        model._change(site, answers)
        return model

    def _change(self, site: PlainSite, answers: Answers) -> None:
        self._refuse_options(site, answers)
        before, going_on = dict(self.tables), pairs(self.site, site)
        after = {name: self.tables[going_on[name]] if name in going_on else self._again(name, one) for name, one in site.items()}
        for name, one in site.items():
            if name not in going_on:
                after[name] = self._fitting(after[name], one, after)
        for name, table in self.tables.items():
            if name not in going_on.values():
                table.targets = before
                self.removed.append((name, table))
        for name, one in site.items():
            table = after[name]
            targets = before if name in going_on else table.targets
            doubled = set(duplicates(table)) if name in going_on else set()
            Move(table, one, name, targets=(targets, after), answers=answers).run()
            if set(duplicates(table)) - doubled:
                raise Refused(f"{name}: unique")
            known = [state for state, _ in one.states]
            if any(record.state not in known for record in table.records.values() if known):
                raise Refused(f"{name}: states")
        self.removed = [one for one in self.removed if one[1] not in after.values()]
        self.site, self.tables = site, after

    def _again(self, name: str, one: PlainType) -> Table:
        """The type that was removed under this name, or else under a former one; or one without records."""
        for known in (name, *one.aliases):
            found = [table for was, table in self.removed if was == known]
            if found:
                return found[-1]
        return Table(PlainType({}))

    def _fitting(self, table: Table, one: PlainType, after: Mapping[str, Table]) -> Table:
        """It only comes back where every field it had is declared, of the same sort."""
        fields = {name: each for name, each in table.declared.fields.items() if not each.formula}
        fits = all(
            name in one.fields and not one.fields[name].formula
            and sort_of(each, table.targets) == sort_of(one.fields[name], after) for name, each in fields.items())
        return table if fits else Table(PlainType({}))

    def _refuse_options(self, site: PlainSite, answers: Answers) -> None:
        """An option that is gone must not be in use, unless it is said what becomes of it."""
        for name, was in pairs(self.site, site).items():
            for path, one in places(site[name].fields):
                old = self._former(was, site[name].fields, path)
                if old is None or not {old.sort, one.sort} <= {"choice", "choices"}:
                    continue
                gone = set(old.options) - set(one.options) - set(answers.get((name, path), {}))
                if gone & self._used(was, site[name].fields, path):
                    raise Refused(f"{name}.{path}: options")

    def _former(self, type: str, new: Mapping[str, Plain], path: tuple[str, ...]) -> Plain | None:
        """What stood there before."""
        old: Mapping[str, Plain] = self.site[type].fields
        found = None
        for name in path:
            was = pairs(old, new).get(name)
            if was is None:
                return None
            found, old, new = old[was], old[was].members, new[name].members
        return found

    def _used(self, type: str, new: Mapping[str, Plain], path: tuple[str, ...]) -> set[str]:
        """The options that records have there, those in the trash too."""
        found: list[Any] = []
        for record in self.tables[type].records.values():
            values: list[Any] = [record.bag.values]
            old, now = self.site[type].fields, new
            for name in path:
                was = pairs(old, now)[name]
                values = [one[was] for one in values if one.get(was) is not None]
                values = [each for one in values for each in (plain_value(one) if isinstance(one, list) else [one])]
                old, now = old[was].members, now[name].members
            found += values
        return set(map(str, found))

    # --- what people write

    def created(self, type: str, id: int, values: Mapping[str, Any]) -> None:
        """A new record with these values and the defaults."""
        table = self.tables[type]
        first = table.declared.states[0][0] if table.declared.states else ""
        record = PlainRecord(Bag(), state=first)
        full = {name: one.default for name, one in table.declared.fields.items() if one.default is not None} | dict(values)
        _write(table.declared, record, full)
        table.records[id] = record

    def updated(self, type: str, id: int, values: Mapping[str, Any]) -> None:
        """A record with other values; EMPTY takes one away."""
        table = self.tables[type]
        record = table.records[id]
        if _write(table.declared, record, values):
            record.version += 1

    def shown(self, type: str) -> dict[int, dict[str, Any]]:
        """What people see of all records of a type."""
        table = self.tables[type]
        return {id: shown(table.declared, record.bag) for id, record in table.records.items()}

    def adopt(self, type: str, id: int, found: Mapping[str, Any]) -> None:
        """Takes over what a field that is again of a former sort has got back; what was never its value is not taken."""
        table = self.tables[type]
        bag = table.records[id].bag
        for name, former in bag.once.items():
            one, wire = table.declared.fields[name], found.get(name, EMPTY)
            expected = plain_value(bag.values.get(name, EMPTY))
            known = {repr(part) for each in former for part in _parts(each)}
            if wire is not EMPTY and repr(wire) != repr(expected) and _was_there(wire, expected, known):
                bag.values[name] = wire if one.sort != "rows" else _again(bag.values.get(name, EMPTY), wire)

    def pointed_at(self, type: str, id: int) -> tuple[bool, bool]:
        """Whether a live record links to this one, and whether anything else does, be it in the trash or set aside."""
        live = other = False
        for name, table in [*self.tables.items(), *self.removed]:
            for record in table.records.values():
                top = {each: one for each, one in table.declared.fields.items()}
                here = name in self.tables and not record.deleted and any(
                    _links(record.bag.values.get(each), one, type, id) for each, one in top.items())
                live |= here
                other |= not here and str(id) in repr(record.bag)
        return live, other


def _parts(value: Any) -> Iterator[Any]:
    """The value and all that is in it."""
    yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _parts(one)


def _was_there(found: Any, expected: Any, known: Collection[str]) -> bool:
    """Whether each part of what is there is what it should be, or once was there."""
    if repr(found) == repr(expected) or repr(found) in known:
        return True
    if isinstance(found, dict) and (isinstance(expected, dict) or expected is EMPTY):
        other = {} if expected is EMPTY else expected
        return set(other) <= set(found) and all(_was_there(each, other.get(name, EMPTY), known) for name, each in found.items())
    if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        return all(_was_there(one, other, known) for one, other in zip(found, expected, strict=True))
    return False


def _again(before: Any, wire: Any) -> Any:
    """The rows with what they have got back."""
    if not isinstance(before, list) or wire is None or len(before) != len(wire):
        return [Bag(dict(row)) for row in wire] if wire is not None else None
    for row, values in zip(before, wire, strict=True):
        row.values = dict(values)
    return before


def _links(value: Any, one: Plain, type: str, id: int) -> bool:
    if value is None:
        return False
    if one.target == type:
        return bool(id in value) if isinstance(value, list) else bool(value == id)
    inside = plain_value(value) if one.sort == "rows" else [value] if one.sort == "object" else []
    return any(_links(row.get(name), each, type, id) for row in inside for name, each in one.members.items())


def _write(declared: PlainType, record: PlainRecord, values: Mapping[str, Any]) -> bool:
    """Whether anything changed; rows that are the same, or else stand at the same place, go on as they were."""
    change: dict[Any, Any] = {}
    for name, value in values.items():
        before = record.bag.values.get(name, EMPTY)
        if repr(plain_value(before)) == repr(value):
            continue
        change[name] = copy.deepcopy(value)
        if value is EMPTY:
            record.bag.values.pop(name)
        elif declared.fields[name].sort == "rows" and value is not None:
            record.bag.values[name] = _rows([] if before is EMPTY or before is None else before, value)
        else:
            record.bag.values[name] = copy.deepcopy(value)
    if change:
        record.past.append(change)
    return bool(change)


def _rows(before: list[Bag], wanted: list[dict[str, Any]]) -> list[Bag]:
    left = list(before)
    made: list[Bag | None] = []
    for row in wanted:
        same = next((one for one in left if one.values == row), None)
        if same is not None:
            left.remove(same)
        made.append(same)
    for at, row in enumerate(wanted):
        if made[at] is None and at < len(before) and any(before[at] is one for one in left):
            left = [one for one in left if one is not before[at]]
            made[at] = before[at]
            before[at].values = dict(row)
    return [one if one is not None else Bag(dict(wanted[at])) for at, one in enumerate(made)]
