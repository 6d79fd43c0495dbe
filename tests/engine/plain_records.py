"""Records as plain values, and what a change of the declarations does to them as the documentation tells it."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.engine.plain_conversion import EMPTY, Stays, conversion
from tests.engine.plain_types import HOLDERS, Plain, PlainSite, PlainType

Path = tuple[str, ...]
_numbers = itertools.count(1)


class UNKNOWN:
    """A past value of which the documentation does not say how it is shown today. The class stands for itself, also in copies."""



@dataclass
class Bag:
    """A record's or a row's values, and those that were set aside: {number of what is kept: value}.

    `once` are values that a field had before it changed its sort, and that it gets back when that is taken back.
    """

    values: dict[str, Any] = field(default_factory=dict)
    aside: dict[int, Any] = field(default_factory=dict)
    once: dict[str, list[Any]] = field(default_factory=dict)


@dataclass
class PlainRecord:
    """`past` is what people wrote, oldest first: {field, or number of what is kept: value}."""

    bag: Bag
    version: int = 1
    deleted: bool = False
    state: str = ""
    past: list[dict[Any, Any]] = field(default_factory=list)


@dataclass
class KeptField:
    """A field that was removed: where it stood, under today's names, and of what sort it was."""

    number: int
    above: Path
    name: str
    sort: Any


@dataclass(eq=False)
class Table:
    """One type with its records; `kept` are removed fields of it, `targets` what its links meant when it was removed."""

    declared: PlainType
    records: dict[int, PlainRecord] = field(default_factory=dict)
    kept: list[KeptField] = field(default_factory=list)
    targets: Mapping[str, Table] = field(default_factory=dict)
    next_id: int = 1


Targets = Mapping[str, Table]
Answers = Mapping[tuple[str, Path], Mapping[str, str | None]]


def pairs(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """{new name: old name}: the same name, else an alias on either side."""
    found = {name: name for name in new if name in old}
    for name, one in new.items():
        waiting = [was for was in old if was not in found.values() and was not in new]
        if name not in found:
            by_alias = [was for was in one.aliases if was in waiting] or [was for was in waiting if name in old[was].aliases]
            found |= {name: by_alias[0]} if by_alias else {}
    return found


def sort_of(one: Plain, targets: Targets) -> Any:
    """What has to be the same for values to come back."""
    inside = tuple(sorted((name, sort_of(each, targets)) for name, each in one.members.items() if not each.formula))
    return one.sort, one.scale if one.sort == "decimal" else 0, targets.get(one.target, one.target), inside


class Move:
    """What becomes of the fields at one place of one type."""

    def __init__(self, table: Table, new: PlainType, type: str, *, targets: tuple[Targets, Targets], answers: Answers) -> None:
        self.table, self.new, self.type, self.answers = table, new, type, answers
        self.before, self.after = targets
        self.kept = list(table.kept)
        self.gone: list[KeptField] = []
        self.lost: set[int] = set()

    def run(self) -> None:
        """Does it to all records, those in the trash too."""
        levels = Level(self, self.table.declared.fields, self.new.fields, ((), ()))
        for record in self.table.records.values():
            levels.remember(record.bag)
            record.bag.values = levels.moved(record.bag, record.bag.values)
            record.past = [levels.past(change) for change in record.past]
            self._state(record)
        self.table.kept = [one for one in self.table.kept if one.number not in self.lost] + self.gone
        self.table.declared = self.new

    def _state(self, record: PlainRecord) -> None:
        names = [name for name, _ in self.new.states]
        if not names or record.state in names:
            return
        back = {was: name for was, aliases in self.table.declared.states for name in aliases if name in names and was not in names}
        known = back | {was: name for name, aliases in self.new.states for was in aliases}
        record.version += 1
        record.state = known.get(record.state) or self.new.removed.get(record.state) or (
            names[0] if not record.state else record.state)


class Level:
    """The fields of a type, or of a table or object in it."""

    def __init__(self, move: Move, old: Mapping[str, Plain], new: Mapping[str, Plain], paths: tuple[Path, Path]) -> None:
        self.move, self.old, self.new, (self.was_above, self.above) = move, old, new, paths
        self.inside: dict[str, Level] = {}
        self.ways: dict[str, tuple[str, Any]] = {}
        self.removed: dict[str, KeptField] = {}
        self.back: dict[str, KeptField] = {}
        self.clean = True  # nothing but names has changed in here
        for name, was in pairs(old, new).items():
            self._pair(name, was)
        for name, one in old.items():
            if not one.formula and name not in {was for was, _ in self.ways.values()}:
                kept = KeptField(next(_numbers), self.above, name, sort_of(one, move.before))
                self.removed[name] = kept
                move.gone.append(kept)
                self.clean = False
        self._move_kept()
        for name, (was, _) in self.ways.items():
            if self._goes_on_inside(name):
                self.inside[name] = Level(self.move, old[was].members, new[name].members, ((*self.was_above, was), (*self.above, name)))
                self.clean &= self.inside[name].clean
        for name, one in new.items():
            if not one.formula and name not in self.ways:
                self.clean = False
                self._bring_back(name, one)

    def _pair(self, name: str, was: str) -> None:
        one, other = self.new[name], self.old[was]
        if one.formula or other.formula:
            return
        same_target = self.move.before.get(other.target) is self.move.after.get(one.target)
        pointed = Plain(**{**vars(other), "target": one.target}) if same_target and one.target else other
        if other.target and not same_target and other.sort in ("reference", "references") and one.target:
            return
        convert = conversion((was, pointed), (name, one))
        if convert is None:
            return
        self.ways[name] = was, convert
        if one.sort != other.sort:
            self.clean = False

    def _goes_on_inside(self, name: str) -> bool:
        was = self.old[self.ways[name][0]]
        return was.sort == self.new[name].sort and was.sort in HOLDERS

    def _move_kept(self) -> None:
        """What is kept of a table or object goes on under its new name, or no more where that became something else."""
        for kept in self.move.kept:
            for name, (was, _) in self.ways.items():
                here = (*self.was_above, was)
                if kept.above[: len(here)] == here and self.old[was].sort in HOLDERS:
                    kept.above = (*self.above, name, *kept.above[len(here) :])
                    if not self._goes_on_inside(name):
                        self.move.lost.add(kept.number)

    def _bring_back(self, name: str, one: Plain) -> None:
        fitting = [each for each in self.move.kept if each.above == self.above and each.sort == sort_of(one, self.move.after)]
        for known in (name, *one.aliases):
            named = [each for each in fitting if each.name == known and each.number not in self.move.lost]
            if named:
                self.back[name] = max(named, key=lambda each: each.number)
                self.move.lost.add(self.back[name].number)
                return

    def remember(self, bag: Bag) -> None:
        """Notes the values of what changes its sort, here or inside."""
        bag.once = {name: bag.once[was] for name, (was, _) in self.ways.items() if was in bag.once}
        for name, (was, _) in self.ways.items():
            inside = self.inside.get(name)
            if was in bag.values and (self.old[was].sort != self.new[name].sort or (inside is not None and not inside.clean)):
                bag.once.setdefault(name, []).append(copy.deepcopy(plain_value(bag.values[was])))

    def moved(self, bag: Bag, values: Any) -> dict[str, Any]:
        """The values under the new declarations; what is set aside goes into the bag."""
        found: dict[str, Any] = {}
        for name, kept in self.removed.items():
            if name in values:
                bag.aside[kept.number] = values[name]
        for name in self.new:
            if name in self.ways and self.ways[name][0] in values:
                value = self._converted(bag, name, values[self.ways[name][0]])
                found |= {name: value} if value is not EMPTY else {}
            elif name in self.inside and self.new[name].sort == "object":
                made = self.inside[name].moved(bag, {})
                found |= {name: made} if made else {}
            elif name in self.back:
                found |= {name: bag.aside.pop(self.back[name].number)} if self.back[name].number in bag.aside else {}
            elif name not in self.ways and self.new[name].default is not None and not self.above:
                found[name] = self.new[name].default
        return found

    def _converted(self, bag: Bag, name: str, value: Any) -> Any:
        if value is None:
            return None
        if name in self.inside:
            if self.new[name].sort == "object":
                made = self.inside[name].moved(bag, value)
                return made if made or not value else EMPTY
            for row in value:
                row.values = self.inside[name].moved(row, row.values)
            return value
        plain = [row.values for row in value] if self.old[self.ways[name][0]].sort == "rows" else value
        try:
            made = self.ways[name][1](plain)
        except Stays:
            return EMPTY
        made = self._answered(name, made)
        return [Bag(row) for row in made] if self.new[name].sort == "rows" and made is not EMPTY else made

    def _answered(self, name: str, value: Any) -> Any:
        answers = self.move.answers.get((self.move.type, (*self.above, name)))
        if not answers or self.new[name].sort not in ("choice", "choices"):
            return value
        if isinstance(value, list):
            return list(dict.fromkeys(new for one in value if (new := answers.get(one, one)) is not None)) or (EMPTY if value else [])
        return EMPTY if answers.get(value, value) is None else answers.get(value, value)

    def past(self, change: Mapping[Any, Any]) -> dict[Any, Any]:
        """A change of earlier days under today's names."""
        forward = {was: name for name, (was, _) in self.ways.items()}
        found: dict[Any, Any] = {}
        for name, value in change.items():
            if name in self.removed:
                found[self.removed[name].number] = value
            elif name in forward:
                found[forward[name]] = self._past_value(forward[name], value)
            elif isinstance(name, int):
                found[next((each for each, kept in self.back.items() if kept.number == name), name)] = value
        return found

    def _past_value(self, name: str, value: Any) -> Any:
        rows = value if isinstance(value, list) else [value]
        sorts = {self.new[name].sort, self.old[self.ways[name][0]].sort}
        if len(sorts) > 1 and sorts & set(HOLDERS):
            return UNKNOWN
        if name not in self.inside or any(not isinstance(row, dict) for row in rows):
            return value  # nothing was renamed in it, or it is of a time when it was another sort of field
        if not self.inside[name].clean:
            return UNKNOWN
        level = self.inside[name]
        return level.past(value) if isinstance(value, dict) else [level.past(row) for row in value]


def shown(declared: PlainType, bag: Bag) -> dict[str, Any]:
    """What people see of a record: its values and what is worked out of them."""
    found = {name: plain_value(bag.values[name]) for name in declared.fields if name in bag.values}
    for name, one in declared.fields.items():
        if one.formula:
            value = _worked_out(one.formula, found)
            found |= {name: value} if value is not None else {}
    return found


def plain_value(value: Any) -> Any:
    """Rows as the wire has them."""
    return [row.values for row in value] if isinstance(value, list) and value and isinstance(value[0], Bag) else value


def _worked_out(formula: tuple[str, ...], values: Mapping[str, Any]) -> Any:
    if formula[0] == "upper":
        return values[formula[1]].upper() if values.get(formula[1]) is not None else None
    rows = values.get(formula[1]) or []
    return len(rows) if formula[0] == "count" else sum(row[formula[2]] for row in rows if row.get(formula[2]) is not None)


def duplicates(table: Table) -> Iterator[str]:
    """Unique fields of which live records have one value twice."""
    for name, one in table.declared.fields.items():
        values = [record.bag.values.get(name) for record in table.records.values() if not record.deleted]
        some = [repr(value) for value in values if value is not None]
        if one.unique and len(some) != len(set(some)):
            yield name
