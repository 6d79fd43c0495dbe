"""Problems of declarations as text lines that editors and terminals can jump from, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable

from kartotek.model.problem import Place, Problem


def line(problem: Problem) -> str:
    """path:line:col: error [code] text"""
    return f"{problem.place or '-'}: {problem.severity} [{problem.code}] {problem.message}"


def text(problems: Iterable[Problem]) -> str:
    """One line for each problem, in the order of files and lines."""
    return "\n".join(line(problem) for problem in in_order(problems))


def as_json(problems: Iterable[Problem]) -> str:
    """A JSON list of {file, line, column, severity, code, message, path, params}."""
    return json.dumps([_entry(problem) for problem in in_order(problems)], ensure_ascii=False, indent=2, default=str)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """By file, line and column."""
    return tuple(sorted(problems, key=_position))


def _position(problem: Problem) -> tuple[str, int, int]:
    place = problem.place or Place("")
    return place.file, place.line, place.column


def _entry(problem: Problem) -> dict[str, object]:
    place = problem.place or Place("")
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "severity": problem.severity,
        "code": problem.code,
        "message": problem.message,
        "path": problem.path,
        "params": dict(problem.params),
    }
