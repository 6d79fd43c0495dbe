"""Messy sheets as a whole: of every cell comes what must come of it, in every form of file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sheet_world import Outcome, read_file
from sheets.messy import FIELDS, Messy, messy

_ROWS = 5_000 if os.environ.get("KARTOTEK_TEST_LONG") else 250


def _told(outcome: Outcome) -> dict[int, dict[str, Any]]:
    """{row: {path: wire or !code}}; of a bad row only what is wrong."""
    return {line["row"]: _cells(line) for line in outcome.lines}


def _cells(line: Mapping[str, Any]) -> dict[str, Any]:
    if "problems" in line:
        return {one["field"]: f"!{one['code']}" for one in line["problems"]}
    fields = dict(line["fields"])
    members = fields.pop("address", {})
    return {
        **dict.fromkeys((path for path in FIELDS if path), None),
        **fields,
        **{f"address.{name}": one for name, one in members.items()},
    }


def _expected(made: Messy) -> dict[int, dict[str, Any]]:
    expected = {}
    for row, cells in made.records.items():
        wrong = {path: one for path, one in cells.items() if isinstance(one, str) and one.startswith("!")}
        expected[row] = wrong or cells
    return expected


def _check(made: Messy, outcome: Outcome) -> None:
    told, expected = _told(outcome), _expected(made)
    assert told.keys() == expected.keys()
    for row, cells in expected.items():
        assert _plain(told[row]) == _plain(cells), (row, made.text[row - 1])
    assert {one.reason: one.count for one in outcome.summary.skipped} == {
        reason: len(rows) for reason, rows in made.skipped.items()
    }
    assert outcome.summary.good + outcome.summary.bad == len(made.records)


def _plain(cells: Mapping[str, Any]) -> dict[str, Any]:
    """A price is the same with noughts behind the point or without."""
    return {
        path: f"{float(one):.2f}" if path == "price" and one and "!" not in one else one for path, one in cells.items()
    }


@pytest.mark.parametrize(("encoding", "delimiter"), [("utf-8-sig", ","), ("gb18030", "\t"), ("utf-16", ";")])
def test_a_messy_text_file(encoding: str, delimiter: str, tmp_path: Path) -> None:
    made = messy(11, _ROWS)
    rows = (
        [[cell.replace("\u200b", "").replace("\ufeff", "") for cell in row] for row in made.text]
        if encoding == "gb18030"
        else made.text
    )
    made.text = rows
    made.write_csv(tmp_path / "people.csv", encoding, delimiter)
    _check(made, read_file(tmp_path / "people.csv"))


def test_a_messy_workbook(tmp_path: Path) -> None:
    made = messy(12, _ROWS)
    made.write_xlsx(tmp_path / "people.xlsx")
    _check(made, read_file(tmp_path / "people.xlsx"))
