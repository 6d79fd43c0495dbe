"""The four meanings of a formula over the orders of a small world, in one form that can be compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from formula_javascript import evaluated
from formula_world import ENV, ROOTS, World, type_of

from kartotek.formula.arithmetic import EXACT
from kartotek.formula.constants import parse_duration, parse_instant
from kartotek.formula.limits import INT_MAX, INT_MIN
from kartotek.formula.texts import written
from kartotek.model.formula import Formula, Type
from kartotek.model.view import View
from kartotek.storage.database import Database
from kartotek.storage.formula_sql import bind, compile_sql, compile_value

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Answer = tuple[Any, bool]


def in_python(world: World, formula: Formula) -> list[Answer]:
    """(value, whether it is true) for every order."""
    found = [world.value(formula, one) for one in world.orders]
    return [(shown(value, formula.type), value is True) for value in found]


def in_sql(world: World, database: Database, formula: Formula, *, view: View | None = None) -> list[Answer]:
    """The same from the database: the exact value, and the condition for a WHERE. Raises FormulaError where SQL cannot say it."""
    name = database.dialect.name
    value = compile_value(formula, catalog=world.catalog, dialect_name=name, roots=ROOTS, view=view)
    condition = compile_sql(formula, catalog=world.catalog, type_of=type_of, dialect_name=name, roots=ROOTS, view=view)
    with database.read() as conn:
        text = f'SELECT ({value.text}), ({condition.text}) FROM "order" record ORDER BY record.id'
        rows = conn.rows(text, [*bind(value.params, ENV), *bind(condition.params, ENV)])
    decoded = [_decoded(raw, formula.type, name) for raw, _ in rows]
    holds = [bool(held) if formula.type.name == "bool" else False for _, held in rows]
    return list(zip([shown(one, formula.type) for one in decoded], holds, strict=True))


def in_javascript(world: World, node: str, folder: Path, formulas: Sequence[Formula]) -> list[list[Answer]]:
    """The same from the browser's interpreter, for many formulas at once."""
    answers = evaluated(node, folder, formulas, world)
    return [
        [(shown(_parsed(value, formula.type), formula.type), held) for value, held in each]
        for formula, each in zip(formulas, answers, strict=True)
    ]


def storable(answers: Sequence[Answer], type: Type) -> list[Answer]:
    """What a database can give back: numbers that no column holds are NULL, durations are in whole seconds."""
    return [(_storable(value, type), held) for value, held in answers]


def shown(value: Any, type: Type) -> Any:
    """A value in a form that compares exactly and is readable in a message."""
    if value is None or isinstance(value, bool | str):
        return value
    if type.name == "decimal":
        return written(Decimal(value), type.scale)
    if type.name == "duration":
        return value // _MICROSECOND
    if type.name == "instant":
        return value.astimezone(UTC).isoformat()
    if type.name in ("date", "time"):
        return value.isoformat()
    return float(value) if type.name == "number" else getattr(value, "id", value)


def _storable(value: Any, type: Type) -> Any:
    if value is None or type.name not in ("int", "decimal", "duration"):
        return value
    if type.name == "duration":
        return abs(value) // 1_000_000 * 1_000_000 * (1 if value >= 0 else -1)
    scaled = int(Decimal(value).scaleb(type.scale, EXACT))
    return value if INT_MIN <= scaled <= INT_MAX else None


def _decoded(raw: Any, type: Type, dialect_name: str) -> Any:
    if raw is None:
        return None
    if type.name == "bool":
        return bool(raw)
    if type.name == "duration":
        return timedelta(seconds=int(raw))
    if type.name == "time":
        return time.fromisoformat(raw)
    if dialect_name == "postgresql":
        return raw.replace(tzinfo=UTC) if type.name == "instant" else int(raw) if type.name == "int" else raw
    if type.name == "decimal":
        return Decimal(raw).scaleb(-type.scale)
    if type.name == "date":
        return date.fromisoformat(raw)
    return _EPOCH + timedelta(microseconds=raw) if type.name == "instant" else raw


def _parsed(wire: Any, type: Type) -> Any:
    """What JavaScript answered as a Python value."""
    if wire is None:
        return None
    if type.name in ("int", "record"):
        return int(wire)
    if type.name == "number":
        return float(wire)
    return {"instant": parse_instant, "duration": parse_duration}.get(type.name, lambda one: one)(wire)
