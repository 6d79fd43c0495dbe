"""Tables: where the header is, which column goes where, and which rows are no records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sheet_world import Outcome, read_rows

from kartotek.errors import Invalid
from kartotek.sheets.plan import Options


def _skipped(outcome: Outcome) -> dict[str, list[int]]:
    return {one.reason: [row for row, _ in one.rows] for one in outcome.summary.skipped}


def test_title_blank_total_header_and_note_rows_are_passed_by_and_named(tmp_path: Path) -> None:
    rows: list[list[str]] = [
        ["People of 2024", "", ""],
        [],
        ["姓名", "Mobile", "count"],
        ["王芳", "13812345678", "1"],
        ["", "", ""],
        ["姓名", "Mobile", "count"],
        ["小计", "", "1"],
        ["李四", "13812345679", "2"],
        ["People of 2024", "", ""],
        ["合计：", "", "¥3.00"],
        [],
        ["注：以上数据仅供参考", "", ""],
    ]
    outcome = read_rows(tmp_path, rows)
    assert outcome.wires("name") == ["王芳", "李四"]
    assert _skipped(outcome) == {
        "title": [1, 9],
        "header": [3],
        "blank": [2, 5, 11],
        "total": [7, 10],
        "repeated_header": [6],
        "note": [12],
    }
    assert outcome.summary.seen == 12 == outcome.summary.good + sum(one.count for one in outcome.summary.skipped)
    assert ("合计： | ¥3.00") in [text for one in outcome.summary.skipped for _, text in one.rows]


def test_a_person_called_total_stays(tmp_path: Path) -> None:
    rows = [["name", "mobile", "count"], ["Total", "13812345678", "1"], ["Sum", "", "word"], ["Ann"], ["Bob"]]
    outcome = read_rows(tmp_path, rows)
    assert [line["row"] for line in outcome.lines] == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("header", "path", "how"),
    [
        ("name", "name", "name"),
        ("NAME ", "name", "name"),
        ("Full name", "name", "title"),
        ("full-name", "name", "title"),
        ("姓　名", "name", "title"),
        ("ｎａｍｅ", "name", "name"),
        ("姓名（必填）", "name", "title"),
        ("*姓名", "name", "title"),
        ("address.city", "address.city", "name"),
        ("address/city", "address.city", "name"),
        ("Address / City", "address.city", "title"),
        ("地址 - 城市", "address.city", "title"),
        ("城市", "address.city", "alias"),
        ("E-Mail（必填）", "email", "name"),
    ],
)
def test_headers_name_fields_in_any_language(header: str, path: str, how: str, tmp_path: Path) -> None:
    column = read_rows(tmp_path, [[header, "count"], ["x@y.cn", "1"]]).summary.columns[0]
    assert (column.field, column.how) == (path, how)


def test_columns_that_go_nowhere_say_why(tmp_path: Path) -> None:
    rows = [["name", "Whatever", "total", "photo", "", "kartotek: problems"], ["a", "b", "3", "x.png", "z", "p"]]
    outcome = read_rows(tmp_path, rows)
    found = [(one.letter, one.reason, one.samples) for one in outcome.summary.columns]
    assert found == [
        ("A", "", ("a",)),
        ("B", "unknown", ("b",)),
        ("C", "read_only", ("3",)),
        ("D", "file", ("x.png",)),
        ("E", "no_header", ("z",)),
        ("F", "ignored", ("p",)),
    ]
    assert [one.code for one in outcome.summary.notes] == ["encoding_valid", "read_only_column", "file_column"]
    assert outcome.lines[0]["raw"] == ["a", "b", "3", "x.png", "z", "p"]


def test_a_demanded_field_without_a_column_is_named(tmp_path: Path) -> None:
    assert read_rows(tmp_path, [["count", "price"], ["1", "2"]]).summary.missing == ("name",)


def test_two_columns_for_one_field_ask_for_a_decision(tmp_path: Path) -> None:
    rows = [["姓名", "Full name", "count"], ["a", "b", "1"]]
    outcome = read_rows(tmp_path, rows)
    (problem,) = outcome.summary.problems
    assert (problem.code, problem.params) == ("duplicate_column", {"name": "name", "columns": "A, B"})
    assert not outcome.lines and outcome.summary.good == 0
    assert read_rows(tmp_path, rows, mapping={"A": ""}).wires("name") == ["b"]
    assert read_rows(tmp_path, rows, mapping={"Full name": "note"}).wires("note") == ["b"]


def test_a_group_and_its_member_ask_for_a_decision(tmp_path: Path) -> None:
    summary = read_rows(tmp_path, [["name", "address", "City"], ["a", "{}", "b"]]).summary
    assert [one.params["columns"] for one in summary.problems] == ["B, C"]


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        ({"Z": "name"}, "no_column"),
        ({"A": "nope"}, "unknown_field"),
        ({"A": "total"}, "not_importable"),
        ({"A": "photo"}, "not_importable"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(mapping: dict[str, str], code: str, tmp_path: Path) -> None:
    summary = read_rows(tmp_path, [["x", "count"], ["a", "1"]], mapping=mapping).summary
    assert [one.code for one in summary.problems][:1] == [code]


def test_nothing_that_maps_is_a_problem_with_the_columns_to_choose_from(tmp_path: Path) -> None:
    outcome = read_rows(tmp_path, [["Vorname", "Telefon"], ["Ann", "1"]])
    assert [one.code for one in outcome.summary.problems] == ["no_columns"]
    assert [(one.header, one.samples) for one in outcome.summary.columns] == [
        ("Vorname", ("Ann",)),
        ("Telefon", ("1",)),
    ]
    assert "guessed_header" in [one.code for one in outcome.summary.notes]
    assert read_rows(tmp_path, [["Vorname", "Telefon"], ["Ann", "1"]], mapping={"vorname": "name"}).wires("name") == [
        "Ann"
    ]


def test_a_header_of_two_lines_is_joined(tmp_path: Path) -> None:
    rows = [["", "Address", "", "Rest"], ["name", "City", "Floor", "count"], ["Ann", "上海", "3", "1"]]
    outcome = read_rows(tmp_path, rows)
    assert outcome.summary.header_rows in ((1, 2), (2,))
    assert outcome.lines[0]["fields"] == {"name": "Ann", "count": 1, "address": {"city": "上海", "floor": 3}}
    assert outcome.lines[0]["cells"] == {
        "name": "A3",
        "address.city": "B3",
        "address": "B3",
        "address.floor": "C3",
        "count": "D3",
    }


def test_a_table_without_header_is_mapped_by_letters(tmp_path: Path) -> None:
    outcome = read_rows(tmp_path, [["Ann", "1"], ["Bob", "2"]], header_rows=0, mapping={"A": "name", "B": "count"})
    assert (outcome.wires("name"), outcome.wires("count")) == (["Ann", "Bob"], [1, 2])
    assert outcome.summary.notes[-1].code == "no_header"


def test_a_bad_row_tells_every_cell_and_keeps_what_was_there(tmp_path: Path) -> None:
    (line,) = read_rows(tmp_path, [["姓名", "count", "born"], ["a", "x", "32/13/1999"]]).lines
    told = [(one["cell"], one["column"], one["field"], one["value"], one["code"]) for one in line["problems"]]
    assert told == [("B2", "count", "count", "x", "type"), ("C2", "born", "born", "32/13/1999", "format")]
    assert (line["row"], line["raw"]) == (2, ["a", "x", "32/13/1999"])


@pytest.mark.parametrize(
    "wire",
    [
        {"sheet": 1},
        {"header_rows": -1},
        {"mapping": {"a": 1}},
        {"date_order": "ydm"},
        {"colour": "red"},
        {"delimiter": "x"},
    ],
)
def test_options_are_checked(wire: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        Options.of(wire)


def test_options_travel() -> None:
    made = Options(sheet="A", header_rows=2, mapping={"x": "y"}, date_order="dmy", decimal_comma=False)
    assert Options.of(made.wire()) == made
