"""What whole records say to a change: rules over the record, what is required under a condition, what must be unique, times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from hashlib import blake2b
from typing import Any

from kartotek.engine.findings_tally import Tally
from kartotek.engine.foresight import Foresight
from kartotek.engine.related import record_paths
from kartotek.formula import compile_python
from kartotek.kinds.calendar import write_instant
from kartotek.model.catalog import Unique, Validation
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.problem import Problem, problem
from kartotek.model.process import Occupancy
from kartotek.model.record import Record, Row
from kartotek.rules.occupancy import claims, formulas_of
from kartotek.rules.setting import Setting
from kartotek.storage.layout import Layout
from kartotek.storage.occupancy import by_key
from kartotek.storage.scratch import Scratch
from kartotek.storage.stored import Stored

WHOLE: frozenset[str] = frozenset({"*"})  # of a record everything must be known
MOST = 2**62  # more room than anything takes


class _Foreseeing:
    """What all judges of whole records have: the records of a page as they will be, with what the formulas reach."""

    reads = WHOLE

    def __init__(self, foresight: Foresight, tally: Tally, record_type: str, formulas: Iterable[Formula]) -> None:
        self.tally = tally
        self._foresight = foresight
        self._type = record_type
        self._rules = foresight.wanted.type(record_type).rules
        self._paths = record_paths(formulas)

    def end(self) -> None:
        """Each record was judged by itself."""

    def records(self, page: list[Stored]) -> list[Record]:
        """The live records of the page, with their live values."""
        found = [self._foresight.record(self._type, one) for one in page if one.deleted_at is None]
        self._foresight.related.prefetch(self._type, found, self._paths)
        return [self._foresight.lived(one) for one in found]

    def about(self, record: Record) -> Setting:
        """Where its formulas are evaluated: nobody has changed anything."""
        return self._foresight.setting.about(record, record)


class Ruled(_Foreseeing):
    """Which records break a rule."""

    def __init__(self, foresight: Foresight, tally: Tally, record_type: str, rule: Validation) -> None:
        super().__init__(foresight, tally, record_type, [rule.rule])
        self._rule = rule
        self._language = foresight.change.by.language

    def look(self, records: list[Stored]) -> None:
        for record in self.records(records):
            self.tally.note("concerned", record.id)
            about = self.about(record)
            if self._rules.broken(self._rule, about):
                self.tally.note("failing", record.id, self._said)

    def _said(self) -> tuple[str, Problem]:
        return "", problem("", "validation", sentence=self._rule.sentence(self._language))


class Demanded(_Foreseeing):
    """Which records lack what a condition demands of them, in themselves or in a row."""

    def __init__(self, foresight: Foresight, tally: Tally, record_type: str, chain: Sequence[Field]) -> None:
        named = (one for one in (chain[-1].required_if, chain[-1].show_if) if one is not None)
        super().__init__(foresight, tally, record_type, named)
        self._chain = chain

    def look(self, records: list[Stored]) -> None:
        for record in self.records(records):
            self.tally.note("concerned", record.id)
            about = self.about(record)
            if any(self._lacks(values, about.also(row=row) if row else about) for values, row in self._places(record)):
                self.tally.note("failing", record.id)

    def _places(self, record: Record) -> list[tuple[Any, Row | None]]:
        if len(self._chain) == 1:
            return [(record.values, None)]
        inside = record.values.get(self._chain[0].name)
        if self._chain[0].kind == "rows":
            return [(row.values, row) for row in inside or ()]
        return [(inside or {}, None)]

    def _lacks(self, values: Any, setting: Setting) -> bool:
        field = self._chain[-1]
        value = values.get(field.name)
        if field.required_if is None or not (value is None or value in ("", ())):
            return False
        shown = field.show_if is None or self._rules.holds(field.show_if, setting)
        return shown and self._rules.holds(field.required_if, setting)


class Alike(_Foreseeing):
    """Which live records would share what is to be unique. They are put aside on the disk, not kept in mind."""

    def __init__(
        self, foresight: Foresight, tally: Tally, record_type: str, rule: Unique, *, scratch: Scratch
    ) -> None:
        super().__init__(foresight, tally, record_type, [rule.where] if rule.where is not None else [])
        compiled = foresight.wanted.type(record_type)
        self._scratch = scratch
        self._codec, layout = compiled.codec, compiled.layout
        self._where = compile_python(rule.where) if rule.where is not None else None
        self._columns = [_column(layout, name) for name in rule.fields]

    def look(self, records: list[Stored]) -> None:
        found: list[tuple[bytes, int, str]] = []
        for record in self.records(records):
            about = self.about(record)
            if self._where is not None and self._where(about.env, about.related) is not True:
                continue
            columns = self._codec.stored(record).columns
            values = [columns.get(one) for one in self._columns]
            if all(value is not None for value in values):
                self.tally.note("concerned", record.id)
                written = "\0".join(map(_alike, values))
                found.append((blake2b(written.encode("utf-8", "surrogatepass"), digest_size=16).digest(), record.id, ", ".join(map(str, values))[:200]))
        self._scratch.add(found)

    def end(self) -> None:
        """Counts those that stand more than once."""
        self.tally.failing, found = self._scratch.repeated(20)
        for _, id, shown in found:
            self.tally.show("failing", id, shown)


class Timed(_Foreseeing):
    """Which records would be at a time that is taken, by an occupancy that is new or another."""

    def __init__(
        self, foresight: Foresight, tally: Tally, record_type: str, occupancy: Occupancy, *, scratch: Scratch
    ) -> None:
        super().__init__(foresight, tally, record_type, formulas_of(occupancy))
        self._occupancy = occupancy
        self._scratch = scratch
        if occupancy.space:
            self._scratch.add(self._of_others(occupancy.space))

    def _of_others(self, space: str) -> Iterator[tuple[Any, ...]]:
        """What records of other types take there already."""
        was = self._foresight.change.lineage.former_type(self._type)
        for some in by_key(self._foresight.related.conn, {space}):
            for one in some:
                if one.type != was:
                    yield one.key, write_instant(one.start), write_instant(one.end), one.weight, MOST, 0

    def look(self, records: list[Stored]) -> None:
        rows: list[tuple[Any, ...]] = []
        for record in self.records(records):
            found = claims(self._rules, record, self.about(record), [self._occupancy])
            if found:
                self.tally.note("concerned", record.id)
            rows += [
                (one.taken.key, write_instant(one.taken.start), write_instant(one.taken.end), one.taken.weight, one.capacity, record.id)
                for one in found
            ]
        self._scratch.add(rows)

    def end(self) -> None:
        """Goes through the times of each key in order, and finds where they are more than there is room for."""
        clashing: set[int] = set()
        running: list[tuple[Any, ...]] = []
        for row in self._scratch.ordered():
            running = [*(one for one in running if one[0] == row[0] and row[1] < one[2]), row]
            if sum(one[3] for one in running) > min(one[4] for one in running):
                for id in sorted({one[5] for one in running} - clashing - {0}):
                    clashing.add(id)
                    self.tally.note("failing", id, partial(_span, row[1], min(one[2] for one in running)))


def _alike(value: Any) -> str:
    """The same for values that the database takes for the same: there is only one nought."""
    return repr(value + 0.0) if isinstance(value, float) else repr(value)


def _span(start: str, end: str) -> tuple[str, Problem]:
    return f"{start} – {end}", problem("", "occupied")


def _column(layout: Layout, name: str) -> str:
    return next(one.name for one in layout.columns if one.path == (name,))
