"""Standing: what was wrong with a value before and is wrong with it in the same way now, so that it keeps nobody from saving."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from kartotek.kinds.equality import canonical
from kartotek.kinds.kind import Refused
from kartotek.kinds.registry import kind_of
from kartotek.kinds.schema import is_demanded
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer, problem
from kartotek.model.record import Row
from kartotek.rules.rows import matched
from kartotek.rules.ruleset import Ruleset

# What must never be stored, however it came to be there.
_NEVER = frozenset({"too_intricate", "nested_too_deeply", "long_name", "text_nul"})
_COUNTS = frozenset({"min_items", "max_items"})


def fresh(found: Sequence[Problem], known: Sequence[Problem], sides: tuple[Any, Any]) -> tuple[Problem, ...]:
    """Those of the problems found that were not there before; `sides` are the JSON value before and now, paths are within it.

    One stands where the same was wrong with the same value. What is wrong with an object as a whole stands while it goes on
    to be wrong: nobody can tell which of its members a composed schema minds.
    """
    old = {(one.path, one.code, one.message) for one in known}
    return tuple(one for one in found if not _stands(one, old, sides))


def _stands(one: Problem, known: set[tuple[str, str, str]], sides: tuple[Any, Any]) -> bool:
    path, was, now = _followed(steps_of(one.path), sides)
    if one.code in _NEVER or (path, one.code, one.message) not in known:
        return False
    if canonical(was) == canonical(now) or (isinstance(was, dict) and isinstance(now, dict)):
        return True
    return one.code in _COUNTS and isinstance(was, list) and isinstance(now, list) and len(was) == len(now)


def _followed(steps: Iterable[str], sides: tuple[Any, Any]) -> tuple[str, Any, Any]:
    """(the path in the value before, what stands there, what stands at the steps now)."""
    was, now = sides
    path = ""
    for step in steps:
        if isinstance(now, list) and step.isdecimal():
            at = _place(was, now, int(step))
            was = was[at] if isinstance(was, list) and at < len(was) else MISSING
            now = now[int(step)] if int(step) < len(now) else MISSING
            path += pointer(at)
        else:
            was = was.get(step, MISSING) if isinstance(was, dict) else MISSING
            now = now.get(step, MISSING) if isinstance(now, dict) else MISSING
            path += pointer(step)
    return path, was, now


def _place(was: Any, now: list[Any], at: int) -> int:
    """Where an element stood: at its own place, or wherever an equal one did before others came and went."""
    if not isinstance(was, list) or at >= len(now):
        return at
    wanted = canonical(now[at])
    if at < len(was) and canonical(was[at]) == wanted:
        return at
    return next((index for index, one in enumerate(was) if canonical(one) == wanted), at)


def altered_json(field: Field, sides: tuple[Any, Any], problems: Sequence[Problem]) -> tuple[Any, tuple[Problem, ...]]:
    """(value or MISSING, problems left) of a JSON value that was altered in some part; `problems` are those it has now."""
    was, now = sides
    at = pointer("fields", field.name)
    found = [replace(one, path=one.path.removeprefix(at)) for one in problems]
    left = tuple(one.under(at) for one in fresh(found, _known(field, was), (was, now)))
    return (MISSING if left else now), left


def _known(field: Field, wire: Any) -> tuple[Problem, ...]:
    try:
        kind_of(field).parse(field)(wire)
    except Refused as refused:
        return refused.problems
    return ()


def steps_of(path: str) -> list[str]:
    """The parts of a JSON Pointer."""
    return [one.replace("~1", "/").replace("~0", "~") for one in path.split("/")[1:]]


def composed_again(
    rules: Ruleset, field: Field, sides: tuple[Any, Any, Any], problems: Sequence[Problem], *, kept: frozenset[str]
) -> tuple[Any, tuple[Problem, ...]] | None:
    """(value or MISSING, problems left) of rows or a small object whose untouched members are not judged again.

    `sides` are the stored value, its wire and the wire that was sent; `problems` what is wrong with the latter. None where
    that would not do: something else is wrong with it than what it holds.
    """
    stored, was, now = sides
    if field.name not in rules.inside:
        return None
    if field.kind == "object":
        if not (isinstance(was, dict) and isinstance(now, dict)):
            return None
        values, found = _members(rules, field, (stored or {}, was, now))
        left = tuple(one.under(pointer("fields", field.name)) for one in found)
        return (MISSING if left else {**rules.inner_defaults(field), **values}), left
    if not (isinstance(was, list) and isinstance(now, list) and all(isinstance(one, dict) for one in now)):
        return None
    return _rows(rules, field, (stored or (), was, now), problems, kept=kept)


def _rows(
    rules: Ruleset, field: Field, sides: tuple[Sequence[Row], list[Any], list[Any]], problems: Sequence[Problem],
    *, kept: frozenset[str],
) -> tuple[Any, tuple[Problem, ...]]:
    stored, was, now = sides
    at = pointer("fields", field.name)
    left = [one for one in problems if one.path == at and not (one.code in _COUNTS and len(was) == len(now))]
    pairs = matched(field, [Row(one, index) for index, one in enumerate(was)], [Row(one) for one in now], kept)
    rows: list[Row] = []
    for index, pair in enumerate(pairs):
        before = (stored[pair.id].values, was[pair.id]) if pair.id is not None else ({}, None)
        values, found = _members(rules, field, (*before, now[index]))
        rows.append(Row(values))
        left += [one.under(at + pointer(index)) for one in found]
    return (MISSING if left else tuple(rows)), tuple(left)


def _members(rules: Ruleset, field: Field, sides: tuple[Any, Any, Any]) -> tuple[dict[str, Any], tuple[Problem, ...]]:
    """The values of one row or object: those that were sent as they stand are the stored ones."""
    stored, was, now = sides
    before = was or {}
    same = {name for name in now if name in stored and canonical(before.get(name, MISSING)) == canonical(now[name])}
    values, found = rules.inside[field.name]({name: wire for name, wire in now.items() if name not in same})
    lacking = [one.name for one in field.fields if is_demanded(one) and one.name not in now]
    # What a row has always lacked it may go on to lack; a new one has to have it.
    missing = [problem(pointer(name), "required") for name in lacking if was is None or name in before]
    return {**values, **{name: stored[name] for name in same}}, (*found, *missing)
