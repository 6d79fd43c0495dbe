"""Each case of corpus.json means what it says in Python, on SQLite, on PostgreSQL and in JavaScript."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from formula_backends import Answer, in_javascript, in_python, in_sql, storable
from formula_world import ITEM, ORDER, PERSON, World

from kartotek.formula import FormulaError, check
from kartotek.kinds.registry import kind_of
from kartotek.kinds.schema import loader
from kartotek.model.catalog import RecordType
from kartotek.model.formula import Formula
from kartotek.model.record import Record
from kartotek.storage.database import Database

CORPUS = json.loads((Path(__file__).parent / "corpus.json").read_text(encoding="utf-8"))
CASES: list[Any] = CORPUS["cases"]
MOMENT = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def corpus_world() -> World:
    """One order for each case, in their order, and those that the corpus gives for all."""
    orders = [*[fields for _, _, fields, _ in CASES], *CORPUS["orders"]]
    return World({
        "person": {int(id): _record(PERSON, int(id), fields) for id, fields in CORPUS["people"].items()},
        "item": {int(id): _record(ITEM, int(id), fields) for id, fields in CORPUS["items"].items()},
        "order": {id: _record(ORDER, id, fields) for id, fields in enumerate(orders, 1)},
    })


@pytest.fixture(scope="module")
def formulas(corpus_world: World) -> list[Formula]:
    """The formulas of all cases."""
    return [check(source, corpus_world.scope) for _, source, _, _ in CASES]


def test_no_claim_stands_twice() -> None:
    assert len({claim for claim, _, _, _ in CASES}) == len(CASES)


def test_python_means_what_the_corpus_says(corpus_world: World, formulas: list[Formula]) -> None:
    answers = [in_python(corpus_world, one)[at] for at, one in enumerate(formulas)]
    assert not _wrong(answers)


def test_sql_means_what_the_corpus_says(corpus_world: World, database: Database, formulas: list[Formula]) -> None:
    corpus_world.fill(database)
    answers = []
    for at, formula in enumerate(formulas):
        try:
            answers.append(in_sql(corpus_world, database, formula)[at])
        except FormulaError as exc:
            assert exc.code == "not_in_sql" and (" / " in formula.source or "overlaps" in formula.source), str(exc)
            answers.append(storable(in_python(corpus_world, formula), formula.type)[at])
    assert not _wrong(answers)


def test_javascript_means_what_the_corpus_says(
    corpus_world: World, formulas: list[Formula], node: str, tmp_path: Path
) -> None:
    found = in_javascript(corpus_world, node, tmp_path, formulas)
    assert not _wrong([answers[at] for at, answers in enumerate(found)])


def _wrong(answers: list[Answer]) -> list[str]:
    return [
        f"{claim}: {source} gave {value!r} and not {expected!r}"
        for (claim, source, _, expected), (value, held) in zip(CASES, answers, strict=True)
        if value != expected or held != (expected is True)
    ]


def _record(record_type: RecordType, id: int, fields: dict[str, Any]) -> Record:
    deleted = MOMENT if fields.get("deleted") else None
    values, problems = loader(record_type.fields, kind_of)({name: wire for name, wire in fields.items() if name != "deleted"})
    assert not problems, problems
    return Record(
        type=record_type.name, id=id, values=values, created_at=MOMENT, created_by=7, updated_at=MOMENT, updated_by=7, deleted_at=deleted
    )
