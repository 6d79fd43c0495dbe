"""Random formulas mean the same in Python, on SQLite, on PostgreSQL and in JavaScript.

KARTOTEK_FORMULAS sets how many, KARTOTEK_FORMULA_SEED from where; 2,000 in CI, 300 elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from formula_backends import Answer, in_javascript, in_python, in_sql, storable
from formula_generator import Generator
from formula_world import World
from lengths import rounds

from kartotek.formula import FormulaError, check
from kartotek.model.formula import Formula
from kartotek.storage.database import Database

COUNT = int(os.environ.get("KARTOTEK_FORMULAS") or (2000 if os.environ.get("CI") == "true" else rounds(300, 10_000)))
SEED = int(os.environ.get("KARTOTEK_FORMULA_SEED", "20261121"))


@pytest.fixture(scope="module")
def formulas(world: World) -> list[Formula]:
    """The random formulas; every one of them passes the checker, unless it is too large."""
    generator, found = Generator(SEED), list[Formula]()
    while len(found) < COUNT:
        try:
            found.append(check(generator.formula(), world.scope))
        except FormulaError as exc:
            assert exc.code == "limit", str(exc)
    return found


@pytest.fixture(scope="module")
def expected(world: World, formulas: list[Formula]) -> list[list[Answer]]:
    """What Python says."""
    return [in_python(world, one) for one in formulas]


def test_sql_and_python_agree(
    world: World, world_database: Database, formulas: list[Formula], expected: list[list[Answer]]
) -> None:
    differences, unsaid = [], 0
    for formula, wanted in zip(formulas, expected, strict=True):
        try:
            given = in_sql(world, world_database, formula)
        except FormulaError as exc:
            assert exc.code == "not_in_sql", str(exc)
            unsaid += 1
            continue
        differences += _differences(formula, storable(wanted, formula.type), given)
    assert not differences, "\n".join(differences[:5])
    assert unsaid < COUNT / 20


def test_javascript_and_python_agree(
    world: World, node: str, tmp_path: Path, formulas: list[Formula], expected: list[list[Answer]]
) -> None:
    given = in_javascript(world, node, tmp_path, formulas)
    differences = []
    for formula, wanted, answers in zip(formulas, expected, given, strict=True):
        differences += _differences(formula, wanted, answers)
    assert not differences, "\n".join(differences[:5])


def test_the_answers_are_of_every_sort(expected: list[list[Answer]]) -> None:
    """A generator whose formulas were all unknown would prove nothing."""
    values = [value for answers in expected for value, _ in answers]
    assert all(values.count(one) > len(values) / 20 for one in (True, False, None))


def _differences(formula: Formula, wanted: Sequence[Answer], given: Sequence[Answer]) -> list[str]:
    for at, (one, other) in enumerate(zip(wanted, given, strict=True)):
        if one != other:
            return [f"{formula.source}\n  order {at + 1}: Python {one!r}, here {other!r}"]
    return []
