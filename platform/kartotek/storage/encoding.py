"""Encoding: from Stored to the parameters of the driver."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kartotek.storage.dialect import Dialect
from kartotek.storage.layout import INSTANT, JSON, SYSTEM, Column
from kartotek.storage.stored import Stored

WRITTEN = tuple(one.name for one in SYSTEM if one.name != "id")  # the order of `system_values`


def values_writer(dialect: Dialect, columns: Sequence[Column]) -> Callable[[Mapping[str, Any]], list[Any]]:
    """A function from {column: abstract value} to driver values in the order of the columns, None where absent."""
    encoders = [(one.name, dialect.encoder(one.spec)) for one in columns]

    def write(values: Mapping[str, Any]) -> list[Any]:
        get = values.get
        return [
            get(name) if convert is None else None if (value := get(name)) is None else convert(value)
            for name, convert in encoders
        ]

    return write


def system_values(dialect: Dialect, stored: Stored) -> list[Any]:
    """The driver values of the system columns but the id, in the order of WRITTEN."""
    return [
        stored.version, stored.state, dialect.encode(INSTANT, stored.created_at), stored.created_by,
        dialect.encode(INSTANT, stored.updated_at), stored.updated_by, dialect.encode(INSTANT, stored.deleted_at),
        stored.deleted_group, rest_value(dialect, stored.rest),
    ]


def rest_value(dialect: Dialect, rest: Mapping[str, Any]) -> Any:
    """The driver value of a rest column; an empty one is NULL."""
    return dialect.encode(JSON, dict(rest)) if rest else None


def same(left: Any, right: Any) -> bool:
    """Whether two column values are the same to the last; Python alone would take true for 1 inside JSON."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return left.keys() == right.keys() and all(same(value, right[key]) for key, value in left.items())
    if isinstance(left, list | tuple) and isinstance(right, list | tuple):
        return len(left) == len(right) and all(map(same, left, right))
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)
