"""Walking in Python: names, fields of records and rows, system values, references and inverse lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from typing import Any

from kartotek.formula.arithmetic import LONGEST, SHORTEST, floating
from kartotek.formula.limits import INT_MAX, INT_MIN
from kartotek.formula.related import Related
from kartotek.model.formula import Member, Name, Type
from kartotek.model.record import Record, Row

Meaning = Callable[[Mapping[str, Any], Related], Any]


def name(node: Name) -> Meaning:
    """The value a name has in the environment; `meta` is of the record.

    `now` becomes UTC: Python reckons with the clock on the wall where two instants carry one zone.
    """
    if node.type.name == "instant":
        return lambda env, related: env[node.name].astimezone(UTC)
    wanted = "record" if node.name == "meta" else node.name
    return lambda env, related: env[wanted]


def member(node: Member, target: Meaning) -> Meaning:
    """The member of whatever the target is."""
    owner = node.target.type
    if owner.name == "meta":
        return _system_value(node.name, target)
    if owner.name == "user":
        return _user_value(node, target)
    if owner.name == "row":
        return _row_value(node, target)
    return _inverse(node, target) if node.type.record and node.type.name == "list" else _field(node, target)


def found_record(value: Any, record_type: str, related: Related) -> Record | None:
    """The record behind a value that is one or refers to one; a deleted one cannot be reached."""
    if value is None or isinstance(value, Record):
        return value
    reached = related.one(record_type, value)
    return None if reached is None or reached.deleted_at is not None else reached


def _system_value(wanted: str, target: Meaning) -> Meaning:
    def value(env: Mapping[str, Any], related: Related) -> Any:
        record = target(env, related)
        return None if record is None else getattr(record, wanted)

    return value


def _user_value(node: Member, target: Meaning) -> Meaning:
    wanted = node.name
    if node.type.name == "list":
        return lambda env, related: target(env, related).get(wanted) or ()
    return lambda env, related: target(env, related).get(wanted)


def _row_value(node: Member, target: Meaning) -> Meaning:
    wanted, kept = node.name, _kept(node.type)

    def value(env: Mapping[str, Any], related: Related) -> Any:
        row = target(env, related)
        if row is None:
            return kept(None)
        return kept((row.values if isinstance(row, Row) else row).get(wanted))

    return value


def _field(node: Member, target: Meaning) -> Meaning:
    wanted, kept, record_type = node.name, _kept(node.type), node.target.type.record

    def value(env: Mapping[str, Any], related: Related) -> Any:
        record = found_record(target(env, related), record_type, related)
        return kept(None if record is None else record.values.get(wanted))

    return value


def _inverse(node: Member, target: Meaning) -> Meaning:
    wanted, record_type = node.name, node.target.type.record

    def value(env: Mapping[str, Any], related: Related) -> Any:
        record = found_record(target(env, related), record_type, related)
        if record is None:
            return ()
        return [one for one in related.many(record_type, wanted, record.id) if one.deleted_at is None]

    return value


def _kept(type: Type) -> Callable[[Any], Any]:
    """The value as every database would give it back: what a column cannot hold is unknown, a missing list is empty."""
    if type.name == "int":
        return lambda value: value if value is not None and INT_MIN <= value <= INT_MAX else None
    if type.name == "number":
        return lambda value: value if value is None or isinstance(value, float) else _double(value)
    if type.name == "duration":
        return lambda value: value if value is not None and SHORTEST <= value <= LONGEST else None
    if type.name == "list":
        return lambda value: () if value is None else value
    return lambda value: value


def _double(value: int) -> float | None:
    """A whole number that no double equals has no column either."""
    found = floating(value)
    return found if found == value else None
