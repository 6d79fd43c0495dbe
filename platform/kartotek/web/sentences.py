"""Sentences: a problem in the reader's words; what a declaration words itself comes in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.model.catalog import RecordType, Validation
from kartotek.model.problem import Problem
from kartotek.web import languages

_OF_RULES = frozenset({"validation", "confirm_needed", "warning"})


def told(problem: Problem, record_type: RecordType | None = None) -> str:
    """The sentence of a problem of a record of the type."""
    if record_type is not None and (found := _declared(problem, record_type)):
        return found
    return languages.sentence(problem)


def told_wire(wire: Mapping[str, Any], record_type: RecordType) -> str:
    """The sentence of a problem as the engine's answers carry it."""
    return told(Problem(wire.get("path", ""), wire["code"], wire.get("message", ""), wire.get("params") or {}), record_type)


def rule_sentence(record_type: RecordType, name: str) -> str:
    """What a declared validation says; its name where there is no such rule any more."""
    found = _rule(record_type, name)
    return found.sentence(languages.current()) if found else name


def _declared(problem: Problem, record_type: RecordType) -> str:
    name = str(problem.params.get("name", ""))
    if problem.code in _OF_RULES and (rule := _rule(record_type, name)):
        return rule.sentence(languages.current())
    if problem.code == "occupied":
        messages = [one.message(languages.current()) for one in record_type.occupancy if one.name == name]
        return messages[0] if messages else ""
    return str(problem.params.get("sentence", "")) if problem.code == "guard" else ""


def _rule(record_type: RecordType, name: str) -> Validation | None:
    return next((one for one in record_type.validations if one.name == name), None)
