"""Converted: one record's values under another catalog, and how each field's come there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from kartotek.engine.conversion_tree import Going
from kartotek.engine.stored_wires import Put, putter, taker_of_row
from kartotek.kinds.kind import Refused
from kartotek.migration.lineage import Path
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem
from kartotek.storage.stored import Stored, StoredRow


Given = Mapping[tuple[int, Path], Any]  # {(row id or 0, new path): the wire that it gets, whatever it holds now}
NOT_GIVEN: Given = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Refusal:
    """A value that cannot go over: its new place stays empty. `path` is the new one, `row` the row's id or 0."""

    path: Path
    row: int
    wire: Any
    problem: Problem


@dataclass(slots=True)
class Converted:
    """What is new of one record; what is not named stays as it is in its column, its sub-table or its join.

    `columns` has a key for each of the converter's columns that gets a value. `rows` are those of its parts, with their ids
    and the converted columns alone, and those of its tables, whole and without ids; `links` the joins among its tables.
    `rest` is the record's whole new rest, `row_rest` {field: {row id: its whole new rest}} of sub-tables that go on. `left`
    is {(row id or 0, dotted old path): wire} of what stood in the rest and does not go on as it is.
    """

    columns: dict[str, Any] = field(default_factory=dict)
    rows: dict[str, tuple[StoredRow, ...]] = field(default_factory=dict)
    links: dict[str, tuple[int, ...]] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)
    row_rest: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    left: dict[tuple[int, str], Any] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    changes_rest: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """Where the values of a record, or of one of its rows, are put."""

    out: Converted
    row: int
    columns: dict[str, Any]
    rest: dict[str, Any]
    given: Given = field(default_factory=lambda: NOT_GIVEN)

    def gives(self, path: Path) -> bool:
        """Whether the field, or something in it, gets a value of its own."""
        return any(row == self.row and one[: len(path)] == path for row, one in self.given)


Move = Callable[[Any, Target], None]  # from a Stored or a StoredRow
Takes = Callable[[Any], Callable[[Any], Any]]


def mover(going: Going, taker: Takes) -> Move:
    """What puts one field's values into their new places; `taker` makes what reads them, of a record or of a row."""
    if going.convert is None and not going.moves:
        return _keeping(going)
    if going.convert is None and going.new.kind == "rows":
        return _moving_rows(going)
    return _moving(going, taker) if going.convert is not None or going.members else _keeping(going)


def _keeping(going: Going) -> Move:
    old, new = going.old.name, going.new.name

    def move(source: Any, target: Target) -> None:
        if old in source.rest:
            target.rest[new] = source.rest[old]

    return move


def _moving(going: Going, taker: Takes) -> Move:
    old, new, take, turn = going.old.name, going.new.name, taker(going.old), _turner(going)

    def move(source: Any, target: Target) -> None:
        wire = take(source)
        if (wire is None or wire is MISSING) and not (target.given and target.gives(going.path)):
            if wire is None:
                target.rest[new] = None
            return
        gone, held = turn(wire, target, old in source.rest)
        if gone is not MISSING and not held:
            target.rest[new] = gone

    return move


# (old wire, target, whether it stood in the rest) → (new wire, whether columns give it back)
Turn = Callable[[Any, Target, bool], tuple[Any, bool]]


def _turner(going: Going) -> Turn:
    if going.convert is not None:
        return _converting(going)
    if going.members and going.new.kind == "object":
        return _object(going)
    return lambda wire, target, in_rest: (wire, not in_rest)


def _converting(going: Going) -> Turn:
    convert, put, name, old = going.convert, putter(going.new), going.new.name, ".".join(going.was)
    assert convert is not None

    def turn(wire: Any, target: Target, in_rest: bool) -> tuple[Any, bool]:
        if in_rest and wire is not None and wire is not MISSING:
            target.out.left[target.row, old] = wire
        try:
            at = target.row, going.path
            gone = target.given[at] if at in target.given else convert(wire)
            found = put(gone) if gone is not MISSING else Put()
        except Refused as exc:
            target.out.refused.append(Refusal(going.path, target.row, wire, exc.problems[0]))
            return MISSING, True
        target.columns.update(found.columns)
        if found.rows is not None:
            target.out.rows[name] = found.rows
        if found.links is not None:
            target.out.links[name] = found.links
        return gone, not found.rest

    return turn


def _object(going: Going) -> Turn:
    members = [(one.old.name, one.new.name, one.path, _turner(one)) for one in going.members]
    gone_names, old = going.gone, ".".join(going.was)

    def turn(wire: Any, target: Target, in_rest: bool) -> tuple[Any, bool]:
        if not isinstance(wire, dict):
            if not target.gives(going.path):
                return wire, not in_rest
            wire = {}
        found: dict[str, Any] = {}
        all_held = not in_rest
        for before, after, path, inner in members:
            value = wire.get(before, MISSING)
            turns = (value is not None and value is not MISSING) or (target.given and target.gives(path))
            gone, held = inner(value, target, in_rest) if turns else (value, value is MISSING)
            if gone is not MISSING:
                found[after] = gone
                all_held = all_held and held
        if in_rest:
            target.out.left.update({(target.row, f"{old}.{name}"): wire[name] for name in gone_names if name in wire})
        return (found if found or not wire else MISSING), all_held and bool(found)

    return turn


def _moving_rows(going: Going) -> Move:
    old, new = going.old.name, going.new.name
    movers = [mover(one, taker_of_row) for one in going.members]
    names, keep = {one.old.name for one in going.members}, _keeping(going)
    fills = going.converts

    def move(source: Stored, target: Target) -> None:
        keep(source, target)
        if old in source.rest:
            return
        rows: list[StoredRow] = []
        for row in source.rows.get(old, ()):
            inside = Target(target.out, row.id or 0, {}, {}, target.given)
            for one in movers:
                one(row, inside)
            for name, wire in row.rest.items():
                if name not in names:
                    target.out.left[inside.row, f"{old}.{name}"] = wire
            rows.append(StoredRow(row.id, inside.columns, inside.rest))
            target.out.row_rest.setdefault(new, {})[inside.row] = inside.rest
        if fills and rows:
            target.out.rows[new] = tuple(rows)

    return move
