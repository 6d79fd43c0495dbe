"""Token scopes: what a token is limited to, read from what was asked for and told again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.model.actor import Scope
from kartotek.model.catalog import ACTIONS, Catalog
from kartotek.model.problem import Problem, problem

KEYS = ("types", "actions", "fields")


def scope_of(wire: Mapping[str, Any], catalog: Catalog) -> tuple[Scope | None, list[Problem]]:
    """The scope that {"types", "actions", "fields": {type: names}} asks for, None where it limits nothing; what is wrong with it.

    Whoever names fields of some types and no types means these types alone.
    """
    problems = [problem(f"/scope/{key}", "unknown_key", name=key) for key in wire if key not in KEYS]
    fields = _names_of_fields(wire.get("fields"), catalog, problems)
    given = wire.get("types")
    types = _names(given, catalog.types, "/scope/types", problems) if given is not None else frozenset(fields) or None
    actions = None if wire.get("actions") is None else _names(wire["actions"], ACTIONS, "/scope/actions", problems)
    problems += [problem(f"/scope/fields/{name}", "choice") for name in fields if types is not None and name not in types]
    if problems or (types is None and actions is None):
        return None, problems
    return Scope(types, actions, tuple((name, fields[name]) for name in sorted(fields))), []


def scope_wire(scope: Scope | None) -> dict[str, Any] | None:
    """The scope as it is told; None for none."""
    if scope is None:
        return None
    return {
        "types": None if scope.types is None else sorted(scope.types),
        "actions": None if scope.actions is None else sorted(scope.actions),
        "fields": {name: sorted(fields) for name, fields in scope.fields},
    }


def _names(given: Any, known: Sequence[str] | Mapping[str, Any], path: str, problems: list[Problem]) -> frozenset[str]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        problems.append(problem(path, "type", expected="a list of names"))
        return frozenset()
    problems += [problem(f"{path}/{at}", "choice") for at, one in enumerate(given) if one not in known]
    return frozenset(given)


def _names_of_fields(given: Any, catalog: Catalog, problems: list[Problem]) -> dict[str, frozenset[str]]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        problems.append(problem("/scope/fields", "type", expected="an object of lists of names"))
        return {}
    problems += [problem(f"/scope/fields/{name}", "choice") for name in given if name not in catalog.types]
    return {
        name: _names(names, catalog.types[name].by_name, f"/scope/fields/{name}", problems)
        for name, names in given.items() if name in catalog.types
    }
