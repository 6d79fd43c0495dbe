"""The process that reads: what it answers, and what becomes of files that would harm it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sheet_world import csv_bytes, read_file, target

from kartotek.errors import Invalid
from kartotek.model.catalog import RecordType
from kartotek.model.formula import Formula
from kartotek.sheets import child
from kartotek.sheets.limits import Limits
from kartotek.sheets.plan import Options
from kartotek.sheets.target import Target


def _refused(folder: Path, source: Path, **limits: Any) -> Mapping[str, Any]:
    """The problem for which the file was refused; nothing is left of the attempt."""
    before = sorted(folder.iterdir())
    with pytest.raises(Invalid) as refused:
        child.prepare(source, source.name, target(), folder / "out.jsonl", limits=Limits(**limits))
    assert sorted(folder.iterdir()) == before
    (problem,) = refused.value.problems
    return problem.wire()


def test_the_process_answers_as_the_function_does(tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_bytes(
        csv_bytes([["姓名", "born", "sex", "lines"], ["王芳", "2024/3/5", "女", '[{"qty": 1}]'], ["x", "?", "?", "?"]])
    )
    options = Options(today="2026-11-22", mapping={"born": "born"})
    summary = child.prepare(source, "people.csv", target(), tmp_path / "out.jsonl", options=options)
    here = read_file(source, mapping={"born": "born"})
    assert summary == here.summary
    assert [json.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()] == list(here.lines)
    assert {one.name for one in tmp_path.iterdir()} == {"people.csv", "out.jsonl", "people.csv.lines"}


def test_a_refusal_comes_back_as_one(tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_bytes(b"%PDF-1.7")
    assert _refused(tmp_path, source)["code"] == "unreadable_file"


def test_more_memory_than_allowed_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "people.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"], book.active["AHP1048576"] = "name", "the other end"  # a billion cells in six kilobytes
    book.save(source)
    problem = _refused(tmp_path, source)
    assert problem["code"] == "too_large_file" and "memory" in problem["message"]


def test_more_time_than_allowed_is_refused(tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_bytes(b"name,note\n" + b'a,"""""""""""""""""""""""""""""""""""""""""""""""\n' * 400_000)
    assert _refused(tmp_path, source, processor=1)["code"] == "too_large_file"


def test_a_patience_that_ends_is_a_refusal(tmp_path: Path) -> None:
    source = tmp_path / "people.csv"
    source.write_bytes(b"name\na\n")
    assert _refused(tmp_path, source, wall=0.05)["params"]["reason"] == "it takes too long to read"


def test_a_target_holds_what_the_actor_may_know_of_and_no_formula() -> None:
    kinds = target()
    formula = Formula.__new__(Formula)
    fields = tuple(_with(one, formula) for one in kinds.fields)
    record_type = RecordType(name="thing", title="Thing", fields=fields)
    made = Target.of(record_type, kinds.settings, writable={"name", "total", "born"}, readable={"count"})
    assert [one.name for one in made.fields] == ["name", "count", "born", "total"]
    assert made.writable == {"name", "born"}
    assert all(one.show_if is None for one in made.fields)


def _with(field: Any, formula: Any) -> Any:
    return type(field)(**{name: getattr(field, name) for name in field.__slots__} | {"show_if": formula})
