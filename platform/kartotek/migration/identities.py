"""Identities: a number for each type, field and state that stays with it through every rename and is never given twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kartotek.migration.keeping import found_again, found_type, renamed
from kartotek.migration.lineage import Lineage, Path, pairs
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.field import Field
from kartotek.model.frozen import EMPTY
from kartotek.model.kept import Kept
from kartotek.model.naming import row_path

Ids = Mapping[str, Any]
_HOLDERS = frozenset({"rows", "object"})


def carried(
    before: Ids, old: Catalog | None, new: Catalog, lineage: Lineage | None, *, kept: Sequence[Kept] = ()
) -> dict[str, Any]:
    """The numbers of the new catalog: {"next": n, "types": {name: {"id", "fields": {"a.b": n}, "states": {name: n}, "past"}}, "past"}.

    `before` are those of the old catalog, {} where none were kept. What comes back from `kept` has its old number again.
    "past" remembers the states a type has lost, and beside the types those that are gone, by number.
    """
    kept = renamed(kept, lineage) if lineage is not None else kept
    numbers = _Numbers(int(before.get("next", 1)))
    known: Mapping[str, Any] = before.get("types", {})
    past = dict(before.get("past", {}))
    found: dict[str, Any] = {}
    for one in new.types.values():
        if one.builtin:
            continue
        was = lineage.former_type(one.name) if lineage is not None else ""
        if was and old is not None and was in known and lineage is not None:
            found[one.name] = _gone_on(numbers, known[was], (old.types[was], one), lineage=lineage, kept=kept)
        else:
            found[one.name] = _come(numbers, one, past, kept)
    left = {each["id"] for each in found.values()}
    past |= {str(each["id"]): {"fields": each["fields"], "states": each["states"]} for each in known.values() if each["id"] not in left}
    past = {number: each for number, each in past.items() if int(number) not in left}
    return {"next": numbers.next, "types": found, **({"past": past} if past else {})}


def key_of(path: Path) -> str:
    """How a path is written among the numbers: "lines.price"; a name with a dot of its own stands in brackets."""
    first, *others = path
    found = first if "." not in first and '"' not in first else f'["{first}"]'
    for name in others:
        found = row_path(found, name)
    return found


@dataclass
class _Numbers:
    next: int

    def new(self) -> int:
        self.next += 1
        return self.next - 1


def _gone_on(
    numbers: _Numbers, known: Ids, sides: tuple[RecordType, RecordType], *, lineage: Lineage, kept: Sequence[Kept]
) -> dict[str, Any]:
    old, new = sides
    fields: dict[str, int] = {}
    backs: dict[Path, Kept] = {}
    for path, field in _paths(new.fields):
        former = lineage.former(new.name, path)
        number = known["fields"].get(key_of(former)) if former else _inside(backs, path)
        if not former and not number and (back := found_again(new.name, path, field, kept)) is not None:
            backs[path], number = back, back.stable_id
        fields[key_of(path)] = number or numbers.new()
    states, lost = _states(numbers, known, old, new)
    return {"id": known["id"], "fields": fields, "states": states, **({"past": lost} if lost else {})}


def _states(numbers: _Numbers, known: Ids, old: RecordType, new: RecordType) -> tuple[dict[str, int], dict[str, int]]:
    """(numbers of today's states, those of states that were)."""
    was, now = ([*one.workflow.states.values()] if one.workflow is not None else [] for one in (old, new))
    before: Mapping[str, int] = known["states"]
    lost: dict[str, int] = {**known.get("past", {}), **before}
    former = {one.name: other.name for one, other in pairs(was, now)}
    states = {one.name: before.get(former.get(one.name, "")) or lost.get(one.name) or numbers.new() for one in now}
    return states, {name: number for name, number in lost.items() if number not in states.values()}


def _come(numbers: _Numbers, new: RecordType, past: Ids, kept: Sequence[Kept]) -> dict[str, Any]:
    """A new type, or one that is brought back with all the numbers it had."""
    back = found_type(new, kept)
    number = back.stable_id if back is not None and back.stable_id else numbers.new()
    had: Ids = past.get(str(number), EMPTY)
    fields = {key_of(path): had.get("fields", {}).get(key_of(path)) or numbers.new() for path, _ in _paths(new.fields)}
    states = {
        name: had.get("states", {}).get(name) or numbers.new()
        for name in (new.workflow.states if new.workflow is not None else ())
    }
    return {"id": number, "fields": fields, "states": states}


def _inside(backs: Mapping[Path, Kept], path: Path) -> int:
    """The number of a member that comes back with what it stands in, 0 for none."""
    above = next((path[:length] for length in range(len(path) - 1, 0, -1) if path[:length] in backs), ())
    return int(backs[above].declared.get("numbers", EMPTY).get(key_of(path[len(above):]), 0)) if above else 0


def _paths(fields: Sequence[Field], above: Path = ()) -> Iterator[tuple[Path, Field]]:
    for one in fields:
        yield (*above, one.name), one
        if one.kind in _HOLDERS:
            yield from _paths(one.fields, (*above, one.name))
