"""The table: every case with its aim, what it cost us and the floor, and by how much."""

from __future__ import annotations

import platform
import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from cases import Case
from processes import machine
from wrk import Measured

README = Path(__file__).with_name("README.md")


@dataclass
class Results:
    """Of one run: {case: rounds}, ours and the floor's, and lines about the whole."""

    number: int
    database: str
    ours: dict[str, list[Measured]] = field(default_factory=dict)
    floor: dict[str, list[Measured]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def written(results: Results, cases: Sequence[Case]) -> str:
    """Markdown. Milliseconds are of CPU of all the server's processes; of rounds the middle one counts."""
    lines = [
        f"{results.number:,} people, {results.database}. {machine()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.",
        "",
        "| request | aim ms | ms | of the database | floor ms | times the floor | requests/s | floor's | middle ms | 99 of 100 ms |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_line(one, results.ours[one.name], results.floor.get(one.name, [])) for one in cases if one.name in results.ours]
    return "\n".join([*lines, "", *(f"- {one}" for one in results.notes)])


def put(text: str, command: str, place: str) -> None:
    """Puts the table into the README, in place of an earlier one of the same place, with date and command."""
    whole = README.read_text(encoding="utf-8")
    marked = f"<!-- {place} -->\n### {place}\n\nOn {datetime.now(UTC):%d %B %Y}, with `{command}`:\n\n{text}\n<!-- end -->\n"
    old = re.compile(f"<!-- {re.escape(place)} -->.*?<!-- end -->\n", re.DOTALL)
    whole = old.sub(lambda _: marked, whole) if old.search(whole) else f"{whole.rstrip()}\n\n{marked}"
    README.write_text(whole, encoding="utf-8")


def _line(case: Case, ours: Sequence[Measured], floor: Sequence[Measured]) -> str:
    cpu, rate = _middle(ours, "cpu"), _middle(ours, "rate")
    aim = "" if case.aim is None else f"{case.aim:.1f}{'' if cpu <= case.aim else ' missed'}"
    base = _middle(floor, "cpu") if floor else 0.0
    cells: Mapping[str, str] = {
        "request": case.name, "aim": aim, "ms": f"{cpu:.2f}", "database": f"{_middle(ours, 'database'):.2f}",
        "floor": f"{base:.2f}" if floor else "", "times": f"{cpu / base:.1f}" if base else "", "rate": f"{rate:.0f}",
        "base": f"{_middle(floor, 'rate'):.0f}" if floor else "", "middle": f"{_middle(ours, 'middle'):.1f}",
        "late": f"{_middle(ours, 'late'):.1f}",
    }  # fmt: skip
    failed = sum(one.failed for one in (*ours, *floor))
    return "| " + " | ".join(cells.values()) + " |" + (f" {failed} were refused" if failed else "")


def _middle(rounds: Sequence[Measured], name: str) -> float:
    return median(getattr(one, name) for one in rounds)
