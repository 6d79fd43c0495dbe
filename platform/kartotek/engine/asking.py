"""Asked formulas: what a reader filters and sorts by, checked against what this reader may see and nothing more."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kartotek.engine.compiled import Compiled, CompiledType, type_of
from kartotek.engine.moment import Moment
from kartotek.errors import Malformed
from kartotek.formula import FormulaError, Scope, check, quote
from kartotek.formula.scope import row_path
from kartotek.kinds.calendar import read_instant
from kartotek.kinds.choice import form_string
from kartotek.kinds.kind import Refused
from kartotek.kinds.registry import kind_of
from kartotek.model.field import Field
from kartotek.model.formula import Formula, Type
from kartotek.model.problem import Problem
from kartotek.model.query import Condition
from kartotek.model.view import View

_BOOL = Type("bool")
_COMPARING = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
_META_INTEGERS = ("id", "version", "created_by", "updated_by")
_META_INSTANTS = ("created_at", "updated_at")


@dataclass(frozen=True, slots=True)
class Target:
    """What a shorthand path leads to: its source, and how a text in the address becomes a literal."""

    source: str
    literal: Callable[[str], str]
    operators: tuple[str, ...]
    is_list: bool = False


def asked_formula(moment: Moment, record_type: str, source: str, *, parameter: str = "filter") -> Formula:
    """The filter over `record`, checked. Raises Malformed, alike for a hidden field and for one that does not exist."""
    return _checked(moment, record_type, source, parameter, wanted=_BOOL)


def sort_formula(moment: Moment, compiled: CompiledType, name: str) -> Formula:
    """The value of a sort key: a field's name or a system value as "meta.created_at". Raises Malformed."""
    source = name if name.startswith("meta.") else f"record[{json.dumps(name, ensure_ascii=False)}]"
    formula = _checked(moment, compiled.type.name, source, "sort", wanted=None)
    if formula.type.name in ("list", "row", "json", "user", "meta"):
        raise unknown_field(name, "sort", code="sort")
    return formula


def condition_source(moment: Moment, compiled: CompiledType, condition: Condition) -> str:
    """A shorthand condition as the source of a formula. Raises Malformed."""
    name = ".".join(condition.path)
    target = _target(moment, compiled, condition.path, name)
    if condition.operator not in target.operators:
        raise Malformed(
            f"{name} cannot be filtered by {condition.operator}.", problems=[Problem("", "operator", f"{name} has no {condition.operator}.")],
            parameter=name,
        )
    try:
        return _source(target, condition.operator, condition.text)
    except (Refused, ValueError) as exc:
        sentence = f"{name}: {condition.text[:80]!r} is not a value of this field."
        raise Malformed(sentence, problems=[Problem("", "filter_value", sentence)], parameter=name) from exc


def unknown_field(name: str, parameter: str, code: str = "unknown_field") -> Malformed:
    """The one answer for a field that does not exist and for one that may not be read."""
    sentence = f"There is no field {name}." if code == "unknown_field" else f"A list cannot be sorted by {name}."
    return Malformed(sentence, problems=[Problem("", code, sentence, {"name": name})], parameter=parameter)


def seen_scope(compiled: Compiled, seen: View, record_type: str) -> Scope:
    """The names of asked formulas; members that the view does not show are not there."""
    whole: Scope = compiled.scope({
        "record": Type("record", record=record_type), "meta": Type("meta", record=record_type),
        "user": Type("user"), "now": Type("instant"), "today": Type("date"),
    })

    hidden = _hidden_members(seen)

    def members(of: Type) -> Mapping[str, Any]:
        if of.name == "row":
            return {name: member for name, member in whole.members(of).items() if name not in hidden.get(of.record, ())}
        if of.name != "record":
            return whole.members(of)
        shown = seen.of(of.record).fields
        inverses = compiled.catalog.types[of.record].inverses
        return {
            name: member for name, member in whole.members(of).items()
            if name in shown or (name in inverses and _link_shown(seen, inverses[name].type, inverses[name].field))
        }

    return Scope(whole.names, members)


def _hidden_members(seen: View) -> Mapping[str, set[str]]:
    """{the type of a sub-table's rows or of a small object: names of its members that are not for this reader}."""
    found: dict[str, set[str]] = {}
    for name, one in seen.types.items():
        for (outer, inner), rules in one.inner.items():
            if rules is not True:
                found.setdefault(row_path(name, outer), set()).add(inner)
    return found


def _link_shown(seen: View, record_type: str, field: str) -> bool:
    return field in seen.of(record_type).fields


def _checked(moment: Moment, record_type: str, source: str, parameter: str, *, wanted: Type | None) -> Formula:
    try:
        return check(source, seen_scope(moment.compiled, moment.view, record_type), wanted=wanted)
    except FormulaError as exc:
        code = exc.code if exc.code == "unknown_field" else "formula"
        params = {"start": exc.start, "end": exc.end}
        raise Malformed(f"{parameter}: {exc}", problems=[Problem("", code, str(exc), params)], parameter=parameter) from exc


def _source(target: Target, operator: str, text: str) -> str:
    if operator == "empty":
        if text not in ("true", "false"):
            raise ValueError(text)
        return f"{'!' if text == 'true' else ''}isSet({target.source})"
    if operator == "in":
        literals = [target.literal(one) for one in text.split(",")]
        if target.is_list:
            return "(" + " || ".join(f"{one} in {target.source}" for one in literals) + ")"
        return f"{target.source} in [{', '.join(literals)}]"
    if operator == "contains":
        if target.is_list:
            return f"{target.literal(text)} in {target.source}"
        return f"lower({target.source}).contains(lower({quote(text)}))"
    if operator == "startsWith":
        return f"{target.source}.startsWith({quote(text)})"
    return f"{target.source} {_COMPARING[operator]} {target.literal(text)}"


def _target(moment: Moment, compiled: CompiledType, path: Sequence[str], name: str) -> Target:
    if path[0] == "meta" and "meta" not in compiled.type.by_name and len(path) == 2:
        return _meta_target(path[1], name)
    types = moment.compiled.catalog.types
    record_type, source, field = compiled.type, "record", None
    for index, part in enumerate(path):
        if field is not None and field.kind == "object":
            hidden = moment.view.of(record_type.name).inner.get((field.name, part), True) is not True
            field = None if hidden else next((one for one in field.fields if one.name == part), None)
        else:
            if field is not None:
                if field.reference is None or field.kind == "references":
                    raise unknown_field(name, name)
                record_type = types[field.reference.target]
            field = record_type.by_name.get(part) if part in moment.view.of(record_type.name).fields else None
        if field is None:
            raise unknown_field(name, name)
        source += f"[{json.dumps(part, ensure_ascii=False)}]"
    assert field is not None
    return Target(source, _literal(field), kind_of(field).operators(field), type_of(field).name == "list")


def _literal(field: Field) -> Callable[[str], str]:
    def literal(text: str) -> str:
        if field.reference is not None:
            return quote(int(text))
        member = type_of(field).of or type_of(field)
        if field.kind in ("choice", "choices"):
            return quote(_choice(field, text))
        if member.name == "bool":
            return quote({"true": True, "false": False}[text.lower()]) if text.lower() in ("true", "false") else _refused(text)
        wire: Any = {"int": int, "number": float}.get(member.name, str)(text)
        return quote(kind_of(field).parse(field)(wire))

    return literal


def _choice(field: Field, text: str) -> Any:
    return next((one.value for one in field.options if text in (str(one.value), form_string(field, one.value))), text)


def _instant_literal(text: str) -> str:
    instant = read_instant(text)
    return quote(instant) if instant is not None else _refused(text)


def _refused(text: str) -> str:
    raise ValueError(text)


def _meta_target(part: str, name: str) -> Target:
    ordered = ("eq", "ne", "lt", "lte", "gt", "gte", "in", "empty")
    if part in _META_INTEGERS:
        return Target(f"meta.{part}", lambda text: quote(int(text)), ordered)
    if part in _META_INSTANTS:
        return Target(f"meta.{part}", _instant_literal, ordered)
    if part == "state":
        return Target("meta.state", quote, ("eq", "ne", "in", "empty"))
    raise unknown_field(name, name)
