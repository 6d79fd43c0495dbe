"""Terminal: how commands answer people and programs."""

from __future__ import annotations

import getpass
import json
import os
import secrets
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kartotek.declaration import report
from kartotek.errors import KartotekError
from kartotek.model.problem import Problem

OK, PROBLEMS, USAGE = 0, 1, 2
PASSWORD_VARIABLE = "KARTOTEK_PASSWORD"


def say(text: str) -> None:
    """One line or more for whoever called the command."""
    print(text, flush=True)


def say_json(value: Any) -> None:
    """A value for programs."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=str), flush=True)


def complain(error: KartotekError) -> None:
    """An error and its problems, one a line, where errors belong."""
    print(f"kartotek: {error.sentence}", file=sys.stderr)
    for one in error.problems:
        print(f"  {line(one)}", file=sys.stderr)


def line(one: Problem) -> str:
    """A problem with its place in a file, or with the value it is about."""
    return report.line(one) if one.place else f"{one.path.lstrip('/') or 'value'}: {one.message}"


def say_table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Columns as wide as they must be."""
    lines = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(cells[column]) for cells in lines) for column in range(len(head))]
    for cells in lines:
        say("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())


def wanted_password(environment: Mapping[str, str] = os.environ) -> tuple[str, bool]:
    """A password and whether it was generated: from KARTOTEK_PASSWORD, typed at a terminal, or made up."""
    if given := environment.get(PASSWORD_VARIABLE):
        return given, False
    typed = getpass.getpass("Password (empty: have one made): ") if sys.stdin.isatty() else ""
    return (typed, False) if typed else (secrets.token_urlsafe(12), True)
