"""Foreign form: how a record of a foreign schema stands in controls, and what of them goes back into its fields.

Properties that the schema does not declare stand together in one JSON editor; on demand the whole record does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import request
from flask_babel import gettext

from kartotek.kinds.equality import canonical
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field, Option
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer, problem
from kartotek.web.structures import structured, tells

OTHERS = "\ue000"  # the control's name; of a private character, so that no property has it
WHOLE = "~whole"  # the address's parameter for the whole record as JSON
TYPED = "~json"  # the paths whose value was typed as JSON


def is_whole() -> bool:
    """Whether the request is about the record as one JSON text."""
    return request.values.get(WHOLE) == "1"


def laid_out(record_type: RecordType, fields: Sequence[Field], stored: Mapping[str, Any], timezone: str) -> list[Field]:
    """The controls' fields for these fields of a foreign type."""
    if is_whole():
        return [_others(gettext("The record as JSON"), record_type.schema)]
    typed = request.form.getlist(TYPED)
    found = [
        one if pointer(one.name) in typed else _three_valued(structured(one, record_type.schema, stored.get(one.name), timezone))
        for one in fields
    ]
    return found + ([_others(gettext("Other values"), {})] if record_type.extras is not None else [])


def for_reading(record_type: RecordType, fields: Iterable[Field], values: Mapping[str, Any], timezone: str) -> list[Field]:
    """The fields of a foreign record as its page shows them: in parts where the parts tell all of the value."""
    made = [(one, structured(one, record_type.schema, values.get(one.name), timezone)) for one in fields]
    found = [shown if one.name in values and tells(shown, values[one.name]) else one for one, shown in made]
    return found + ([_others(gettext("Other values"), {})] if OTHERS in values else [])


def spread(record_type: RecordType, fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields of a record by their controls."""
    whole = is_whole()
    others = {name: value for name, value in fields.items() if whole or name not in record_type.by_name}
    return {**{name: value for name, value in fields.items() if name not in others}, **({OTHERS: others} if others else {})}


def gathered(wire: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record out of its controls."""
    return {**{name: value for name, value in wire.items() if name != OTHERS}, **wire.get(OTHERS, {})}


def gathered_change(
    changed: Mapping[str, Any], emptied: Iterable[str], stored: Mapping[str, Any]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(the fields that are to be set, the names of those to be removed), `stored` by their controls as well."""
    left = [name for name in emptied if name != OTHERS]
    if OTHERS not in changed and OTHERS not in emptied:
        return dict(changed), tuple(left)
    before, after = stored.get(OTHERS, {}), changed.get(OTHERS, {})
    new = {name: value for name, value in after.items() if name not in before or canonical(value) != canonical(before[name])}
    return gathered({**changed, OTHERS: new}), (*left, *(name for name in before if name not in after))


def clashes(record_type: RecordType, wire: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the JSON of the other values itself."""
    path, others = "/fields" + pointer(OTHERS), wire.get(OTHERS, {})
    if not isinstance(others, Mapping):
        return [problem(path, "type", expected="an object")]
    return [] if is_whole() else [problem(path, "duplicate_key", name=name) for name in others if name in record_type.by_name]


def placed(fields: Sequence[Field], problems: Iterable[Problem]) -> list[Problem]:
    """Problems of properties without a control of their own, at the control of the other values."""
    known = {pointer(field.name) for field in fields}
    if pointer(OTHERS) not in known:
        return list(problems)
    return [one if _top(one.path) in known else replace(one, path=_below(one.path)) for one in problems]


def _below(path: str) -> str:
    return "/fields" + pointer(OTHERS) + path.removeprefix("/fields") if path.startswith("/fields") else path


def _top(path: str) -> str:
    return "/" + path.removeprefix("/fields").split("/")[1] if path.startswith("/fields/") else ""


def _others(title: str, schema: Mapping[str, Any]) -> Field:
    return Field(name=OTHERS, kind="json", column="", title=title, fragment=schema)


def _three_valued(field: Field) -> Field:
    """A boolean that is absent is another than false; where null is allowed, it is an answer of its own."""
    if field.kind == "boolean" and field.nullable:
        options = (Option(True, gettext("Yes")), Option(False, gettext("No")), _null())
        return replace(field, kind="choice", options=options, default=MISSING)
    if field.kind == "choice" and field.nullable:
        return replace(field, options=(*field.options, _null()))
    return replace(field, required=False, default=MISSING) if field.kind == "boolean" else field


def _null() -> Option:
    return Option(None, gettext("None (null)"))
