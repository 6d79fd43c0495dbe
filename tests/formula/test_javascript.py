"""The browser's interpreter: safe under a strict policy, and calm before half-filled forms."""

from __future__ import annotations

import json
import re
import subprocess
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from formula_javascript import INTERPRETER, SCRIPT
from formula_world import World

from kartotek.formula import check, to_json

CALM: list[tuple[str, dict[str, Any], Any]] = [
    ("record.total > 5", {"total": ""}, None),
    ("record.total > 5", {"total": "6."}, None),
    ("record.total > 5", {"total": "abc"}, None),
    ("record.total > 5", {"total": "6"}, True),
    ("record.total + 1", {"total": "1.50"}, "2.50"),
    ("record.quantity + 1", {"quantity": 1.5}, None),
    ("record.quantity + 1", {"quantity": "41"}, 42),
    ("record.large + 1", {"large": "9223372036854775807"}, "9223372036854775808"),
    ("record.weight > 1.0", {"weight": "2"}, None),
    ("record.day < today", {"day": "2026-02-30"}, None),
    ("record.day < today", {"day": "2026-02-3"}, None),
    ("record.due < now", {"due": "2026-02-03T10:00"}, None),
    ("record.span > duration('1h')", {"span": "90"}, None),
    ("record.paid", {"paid": "true"}, None),
    ("record.number == null", {}, True),
    ("size(record.lines)", {"lines": None}, 0),
    ("record.lines.exists(l, l.quantity > 1)", {"lines": [{"quantity": None}, {"quantity": 2}]}, True),
    ("record.person.name", {"person": 1}, None),
    ("size(record.person.orders)", {"person": 1}, 0),
    ("record.number", {"__proto__": {"number": "x"}}, None),
    ("record[\"odd name\"]", {"odd name": "x"}, "x"),
    ("meta.state", {}, None),
    ("now", {}, "2026-11-21T22:30:00Z"),
    ("today", {}, "2026-11-21"),
    ("duration('90m')", {}, "PT5400S"),
]


def test_no_code_is_made_of_texts() -> None:
    for path in (INTERPRETER, INTERPRETER.with_name("formula_values.js")):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\b(?!\.)\s*\(|\bFunction\s*\(|innerHTML|document\.|setTimeout|import\(", source), path.name


def test_half_filled_forms_are_unknown_and_never_an_error(world: World, node: str, tmp_path: Path) -> None:
    formulas = [to_json(check(source, world.scope)) for source, _, _ in CALM]
    common = {"user": {"id": 7, "roles": []}, "now": "2026-11-21T22:30:00Z", "today": "2026-11-21"}
    envs = [{**common, "record": {"fields": fields}} for _, fields, _ in CALM]
    answers = _evaluated(node, tmp_path, formulas, envs)
    wrong = [(case, answers[at][at][0]) for at, case in enumerate(CALM) if answers[at][at][0] != case[2]]
    assert not wrong


def test_letters_change_case_as_on_the_server(world: World, node: str, tmp_path: Path) -> None:
    """But for letters whose other case came to Unicode later than this Python's tables."""
    letters = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000 and chr(code).isalpha()]
    cased = [one for one in letters if one.lower() != one or one.upper() != one] + ["ΑΣ", "ΟΔΟΣ.", "Σ", "straße", "İI", "Σ\u0301"]
    formulas = [to_json(check(source, world.scope)) for source in ("lower(record.number)", "upper(record.number)")]
    envs = [{"record": {"fields": {"number": one}}} for one in cased]
    for convert, answers in zip((str.lower, str.upper), _evaluated(node, tmp_path, formulas, envs), strict=True):
        wrong = [(one, found) for one, (found, _) in zip(cased, answers, strict=True) if found != convert(one)]
        assert not [pair for pair in wrong if unicodedata.category(pair[1][0]) != "Cn"]


def _evaluated(node: str, folder: Path, formulas: list[Any], envs: list[Any]) -> Any:
    path = folder / "cases.json"
    path.write_text(json.dumps({"formulas": formulas, "envs": envs, "records": {}, "inverses": {}}), encoding="utf-8")
    run = subprocess.run([node, str(SCRIPT), str(INTERPRETER), str(path)], capture_output=True, text=True, timeout=100, check=False)
    assert run.returncode == 0, run.stderr[:1000]
    return json.loads(run.stdout)


@pytest.mark.parametrize("source", ["record.total > 5 && 'a' in user.roles"])
def test_the_tree_is_plain_json(world: World, source: str) -> None:
    found = to_json(check(source, world.scope))
    assert found == {"type": "bool", "scale": 0, "tree": [
        "&&", [">", ["field", ["name", "record"], "total", "decimal", "order"], ["decimal", ["constant", "int", "5"]]],
        ["in", ["constant", "string", "a"], ["user", ["name", "user"], "roles", "list of string"], "id"],
    ]}
