"""The language's README is complete, and its examples are formulas."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from formula_world import World

from kartotek.formula import FUNCTIONS, FormulaError, check
from kartotek.formula.limits import LIMITS, MAX_HOPS
from kartotek.formula.parser import PRECEDENCE
from kartotek.formula.scope import with_names
from kartotek.model.formula import Type

HERE = Path(__file__).parent
README = (HERE.parent.parent / "platform" / "kartotek" / "formula" / "README.md").read_text(encoding="utf-8")
CORPUS = (HERE / "corpus.json").read_text(encoding="utf-8")
GENERATOR = (HERE.parent / "formula_generator.py").read_text(encoding="utf-8")
INTERPRETER = (HERE.parent.parent / "platform/kartotek/web/static/kartotek/formula.js").read_text(encoding="utf-8")
CODE = re.findall(r"`([^`\n]+)`", README)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_documented_with_its_meaning(name: str) -> None:
    function = FUNCTIONS[name]
    usage = " or ".join(f"`{part}`" for part in function.usage.split(" or "))
    assert f"| {usage} | {function.meaning} |" in README


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_tried_in_all_back_ends(name: str) -> None:
    used = re.compile(rf"\b{name}\(")
    assert any(used.search(source) for _, source, _, _ in json.loads(CORPUS)["cases"]), "not in the corpus"
    assert used.search(GENERATOR) or re.search(rf"[\"']{name}[\"']", GENERATOR), "no random formula has it"


def test_every_operator_and_name_is_documented() -> None:
    for operator in PRECEDENCE:
        assert any(operator in one for one in CODE) or f'"{operator}"' in README
    for name in ("record", "old", "meta", "user", "now", "today", "row", "item"):
        assert f"| `{name}`" in README or f", `{name}`" in README


def test_the_limits_are_the_documented_ones() -> None:
    assert (LIMITS.length, LIMITS.nodes, LIMITS.depth, MAX_HOPS) == (2000, 300, 40, 3)
    assert "2,000 characters, 300 parts, and 40 brackets" in README
    assert "three references" in README


@pytest.mark.parametrize("source", [one for one in CODE if one.startswith(("record.", "size(record", "0.1", "[", "date(", "duration('", "meta."))])
def test_examples_are_formulas(world: World, source: str) -> None:
    scope = with_names(world.scope, old=Type("record", record="order"))
    if source in ("record.a == record.b", "duration * 3"):
        return
    try:
        check(source, scope)
    except FormulaError as exc:
        raise AssertionError(exc.pretty(source)) from exc
