"""Asked formulas: what a reader filters and sorts by, checked against what this reader may see and nothing more."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.engine.comparing import Today, comparison, operators_of
from kartotek.engine.compiled import Compiled, CompiledType
from kartotek.engine.moment import Moment
from kartotek.engine.places import find_place
from kartotek.errors import Malformed
from kartotek.formula import FormulaError, Scope, check
from kartotek.formula.scope import row_path
from kartotek.kinds.kind import Refused
from kartotek.model.conditions import written_path
from kartotek.model.formula import Formula, Type
from kartotek.model.problem import Problem
from kartotek.model.query import Condition
from kartotek.model.view import View

_BOOL = Type("bool")
_MOST_SCOPES = 500


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
    name = written_path(condition.path)
    place = find_place(moment, compiled.type.name, condition.path)
    if place is None:
        raise unknown_field(name, name)
    if condition.operator not in operators_of(place):
        raise Malformed(
            f"{name} cannot be filtered by {condition.operator}.", problems=[Problem("", "operator", f"{name} has no {condition.operator}.")],
            parameter=name,
        )
    settings = moment.compiled.catalog.settings
    try:
        return comparison(place, condition.operator, condition.text, Today(moment.env["today"], ZoneInfo(settings.timezone)))
    except (Refused, ValueError) as exc:
        sentence = f"{name}: {condition.text[:80]!r} is not a value of this field."
        raise Malformed(sentence, problems=[Problem("", "filter_value", sentence)], parameter=name) from exc


def unknown_field(name: str, parameter: str, code: str = "unknown_field") -> Malformed:
    """The one answer for a field that does not exist and for one that may not be read."""
    sentence = f"There is no field {name}." if code == "unknown_field" else f"A list cannot be sorted by {name}."
    return Malformed(sentence, problems=[Problem("", code, sentence, {"name": name})], parameter=parameter)


def seen_scope(compiled: Compiled, seen: View, record_type: str) -> Scope:
    """The names of asked formulas; members that the view does not show are not there. Made once for each view and type."""
    key = (id(seen), record_type)
    known = compiled.scopes.get(key)
    if known is None or known[0] is not seen:
        if len(compiled.scopes) > _MOST_SCOPES:
            compiled.scopes.clear()
        known = compiled.scopes[key] = (seen, _seen_scope(compiled, seen, record_type))
    scope: Scope = known[1]
    return scope


def _seen_scope(compiled: Compiled, seen: View, record_type: str) -> Scope:
    whole: Scope = compiled.scope({
        "record": Type("record", record=record_type), "meta": Type("meta", record=record_type),
        "user": Type("user"), "now": Type("instant"), "today": Type("date"),
    })

    hidden = _hidden_members(seen)

    @cache
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

    return Scope(whole.names, members, takes_former=True)


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
