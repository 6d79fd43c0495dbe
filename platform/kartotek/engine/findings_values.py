"""What single values say to a change: whether they go over, keep the new limits, are there at all, have an option."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from kartotek.engine.conversion_tree import Going, Tree
from kartotek.engine.converted import NOT_GIVEN, Given
from kartotek.engine.findings_tally import Tally
from kartotek.engine.stored_wires import taker, taker_of_row
from kartotek.kinds.conversion_texts import written
from kartotek.kinds.equality import canonical
from kartotek.kinds.kind import Convert, Refused
from kartotek.kinds.registry import kind_of
from kartotek.kinds.unlimited import unlimited
from kartotek.migration.lineage import Path
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem
from kartotek.storage.stored import Stored


class Values:
    """Where the values of one field stand in a record as it is, and what becomes of each."""

    def __init__(self, chain: Sequence[Going], given: Callable[[int], Given] = lambda id: NOT_GIVEN) -> None:
        self.chain = chain
        self.given = given
        self.going = chain[-1]
        self.reads = frozenset({chain[0].old.name})
        self._each = self._inside() if len(chain) > 1 else self._own()

    def wires(self, stored: Stored) -> list[Any]:
        """Its old wires, MISSING where what it stands in is there without it; no more than one but within rows."""
        return [wire for _, wire in self._each(stored)]

    def converting(self, stored: Stored) -> tuple[list[Any], bool]:
        """(the old wires of what is converted, whether something gets back what it was)."""
        given, path = self.given(stored.id), self.going.path
        found = [wire for row, wire in self._each(stored) if (row, path) not in given and wire is not None and wire is not MISSING]
        return found, any(one == path for _, one in given)

    def gone_over(self, stored: Stored) -> Iterator[Any]:
        """The new wires of those that go over; MISSING where there is nothing, or nothing any more."""
        convert, given, path = self.going.convert, self.given(stored.id), self.going.path
        for row, wire in self._each(stored) or [(0, MISSING)] * ((0, path) in given):
            if (row, path) in given:
                yield given[row, path]
            elif convert is None or wire is None or wire is MISSING:
                yield wire
            else:
                try:
                    yield convert(wire)
                except Refused:
                    yield MISSING

    def _own(self) -> Callable[[Stored], list[tuple[int, Any]]]:
        take = taker(self.chain[0].old)
        return lambda stored: [(0, take(stored))]

    def _inside(self) -> Callable[[Stored], list[tuple[int, Any]]]:
        above, name = self.chain[0].old, self.going.old.name
        if above.kind == "rows":
            of_row = taker_of_row(self.going.old)
            return lambda stored: [(row.id or 0, of_row(row)) for row in stored.rows.get(above.name, ())]
        take = taker(above)

        def member(stored: Stored) -> list[tuple[int, Any]]:
            whole = take(stored)
            return [(0, whole.get(name, MISSING))] if isinstance(whole, dict) else []

        return member


def chain_to(found: Tree, path: Path) -> list[Going]:
    """The fields that lead to a new path, [] where it is of a field that does not go on."""
    chain: list[Going] = []
    among: Sequence[Going] = found.fields
    for at in range(len(path)):
        one = next((each for each in among if each.path == path[: at + 1]), None)
        if one is None:
            return []
        chain.append(one)
        among = one.members
    return chain


class _Judging:
    """What all judges of single values have."""

    def __init__(self, values: Values, tally: Tally, language: str) -> None:
        self.values = values
        self.tally = tally
        self.reads = values.reads
        self._field, self._language = values.going.old, language

    def end(self) -> None:
        """Each record was judged by itself."""

    def shown(self, wire: Any) -> str:
        """A value as a person reads it."""
        return kind_of(self._field).text(self._field, wire, self._language) if wire is not None else "null"

    def saying(self, wire: Any, problem: Problem | None = None) -> Callable[[], tuple[str, Problem | None]]:
        """What is shown of a record, worked out if there is room for it."""
        return lambda: (self.shown(wire), problem)

    def first(self, stored: Stored) -> str:
        """The first value of a record as a person reads it, "" where there is none."""
        there = [wire for wire in self.values.wires(stored) if wire is not MISSING]
        return self.shown(there[0]) if there else ""


class Retyped(_Judging):
    """Which records have values that cannot go over, and which will read otherwise."""

    def look(self, records: list[Stored]) -> None:
        convert, alters = self.values.going.convert, self.values.going.alters
        assert convert is not None
        for stored in records:
            there, returning = self.values.converting(stored)
            if returning:
                self.tally.note("returning", stored.id)
            elif not there:
                continue
            self.tally.note("concerned", stored.id, self.saying(there[0]) if there else None)
            problem, odd = _tried(there, convert, alters)
            if problem is not None:
                self.tally.note("failing", stored.id, self.saying(*problem))
            elif odd is not None:
                self.tally.note("altered", stored.id, self.saying(odd[0]))


class Limited(_Judging):
    """Which records have values that a narrower declaration would not take."""

    def __init__(self, values: Values, tally: Tally, language: str, parse: Convert) -> None:
        super().__init__(values, tally, language)
        self._parse = parse

    def look(self, records: list[Stored]) -> None:
        for stored in records:
            if stored.deleted_at is not None:
                continue
            there = [wire for wire in self.values.gone_over(stored) if wire is not None and wire is not MISSING]
            if there:
                self.tally.note("concerned", stored.id)
            broken = next((one for wire in there for one in _refused(self._parse, wire)), None)
            if broken is not None:
                self.tally.note("failing", stored.id, partial(self._told, *broken))

    def _told(self, wire: Any, problem: Problem) -> tuple[str, Problem]:
        return kind_of(self.values.going.new).text(self.values.going.new, wire, self._language), problem


class Nulls(_Judging):
    """Which records have a null that would not be taken any more."""

    def look(self, records: list[Stored]) -> None:
        for stored in records:
            if stored.deleted_at is None and any(wire is None for wire in self.values.wires(stored)):
                self.tally.note("concerned", stored.id)
                self.tally.note("failing", stored.id, lambda: ("null", None))


class Lacking(_Judging):
    """Which records have nothing where something will be required, or will have lost it by then."""

    def look(self, records: list[Stored]) -> None:
        nullable = self.values.going.new.nullable
        for stored in records:
            if stored.deleted_at is not None:
                continue
            found = list(self.values.gone_over(stored))
            if found:
                self.tally.note("concerned", stored.id)
            if any(wire is MISSING or (wire is None and not nullable) for wire in found):
                self.tally.note("failing", stored.id)


class Optionless(_Judging):
    """Which records have a value that is no option any more, and of those the ones nobody has said anything about."""

    def __init__(self, values: Values, tally: Tally, language: str, *, gone: Collection[Any], said: Collection[str]) -> None:
        super().__init__(values, tally, language)
        self._gone = {canonical(one) for one in gone}
        self._unsaid = {canonical(one) for one in gone if written(one) not in said}

    def look(self, records: list[Stored]) -> None:
        for stored in records:
            if stored.deleted_at is not None:
                continue
            wires = [one for wire in self.values.wires(stored) for one in (wire if isinstance(wire, list) else [wire])]
            used = [one for one in wires if not isinstance(one, dict) and canonical(one) in self._gone]
            if used:
                self.tally.note("concerned", stored.id, self.saying(used[0]))
            unsaid = [one for one in used if canonical(one) in self._unsaid]
            if unsaid:
                self.tally.note("failing", stored.id, self.saying(unsaid[0]))


def limiting(field: Field, keyword: str) -> Convert:
    """Reads wires of the field by one of its limits alone, and by all where none is named so."""
    plain = unlimited(field)
    keys = [key for key in field.settings if _camel(key) == keyword]
    if not keys:
        return kind_of(field).parse(field)
    settings = {**plain.settings, **{key: field.settings[key] for key in keys}}
    one = replace(plain, settings=MappingProxyType(settings))
    return kind_of(one).parse(one)


def _camel(key: str) -> str:
    head, *others = key.split("_")
    return head + "".join(one.title() for one in others)


def _tried(wires: list[Any], convert: Convert, alters: Any) -> tuple[tuple[Any, Problem] | None, tuple[Any] | None]:
    """((the first that cannot go, why), (the first that will read otherwise,)), None for either."""
    odd: tuple[Any] | None = None
    for wire in wires:
        try:
            gone = convert(wire)
        except Refused as exc:
            return (wire, exc.problems[0]), odd
        if odd is None and alters is not None and alters(wire, gone):
            odd = (wire,)
    return None, odd


def _refused(parse: Convert, wire: Any) -> Iterator[tuple[Any, Problem]]:
    try:
        parse(wire)
    except Refused as exc:
        yield wire, exc.problems[0]
