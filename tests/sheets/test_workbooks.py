"""Workbooks: typed cells, formulas, errors, merged cells, several sheets, both ways of counting days."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from sheet_world import Outcome, read_file

from kartotek.errors import Invalid
from kartotek.sheets.limits import Limits
from kartotek.sheets.workbook_parts import look_through


def _saved(folder: Path, fill: Callable[[Any], None]) -> Path:
    book = openpyxl.Workbook()
    fill(book)
    path = folder / "book.xlsx"
    book.save(path)
    return path


def _read(folder: Path, rows: list[list[Any]], **options: Any) -> Outcome:
    def fill(book: Any) -> None:
        for row in rows:
            book.active.append(row)

    return read_file(_saved(folder, fill), **options)


def test_typed_cells_become_values(tmp_path: Path) -> None:
    header = [
        "name",
        "count",
        "weight",
        "price",
        "born",
        "seen_at",
        "opens",
        "length",
        "active",
        "mobile",
        "birthday",
        "sex",
    ]
    rows = [
        header,
        [7, 3, 0.1, 0.1 + 0.2, date(2024, 3, 5), datetime(2024, 3, 5, 10, 30), time(9, 30), timedelta(hours=30), True, 13812345678, date(2024, 5, 20), "女"],
        ["x", 3.5, "５", 19.995, datetime(2024, 3, 5, 14), date(2024, 3, 5), 0.5, time(1, 30), 0, 1.3812345679e10, "5月20日", 1],
        [12345678901234567, 1e20, "", 5, 45356, 45356.4375, "9:30", 90, "√", "'13812345670", 45432, ""],
    ]  # fmt: skip
    outcome = _read(tmp_path, rows)
    first = outcome.lines[0]["fields"]
    assert first == {
        "name": "7", "count": 3, "weight": 0.1, "price": "0.3", "born": "2024-03-05", "seen_at": "2024-03-05T02:30:00Z", "opens": "09:30:00",
        "length": "P1DT6H", "active": True, "mobile": "+8613812345678", "birthday": "05-20", "sex": "female",
    }  # fmt: skip
    second = {one["field"]: one["code"] for one in outcome.lines[1]["problems"]}
    assert second == {"count": "type", "price": "scale", "born": "time_in_date", "sex": "choice"}
    third = {one["field"]: one["code"] for one in outcome.lines[2]["problems"]}
    assert third == {"name": "digits_lost"}
    assert outcome.lines[0]["raw"][4:8] == ["2024-03-05", "2024-03-05T10:30:00", "09:30:00", "P1DT6H"]


def test_serial_numbers_are_days_in_both_systems(tmp_path: Path) -> None:
    rows = [["name", "born"], ["a", 45356], ["b", 1990], ["c", date(2024, 3, 5)]]
    outcome = _read(tmp_path, rows)
    assert outcome.wires("born") == ["2024-03-05", "!format", "2024-03-05"] and outcome.rules("born") == {
        "serials_1900": 1
    }

    def fill(book: Any) -> None:
        book.epoch = CALENDAR_MAC_1904
        for row in [["name", "born"], ["a", 45356 - 1462], ["c", date(2024, 3, 5)]]:
            book.active.append(row)

    outcome = read_file(_saved(tmp_path, fill))
    assert outcome.wires("born") == ["2024-03-05", "2024-03-05"] and outcome.rules("born") == {"serials_1904": 1}


def test_formulas_give_their_values_and_errors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["name", "count", "note"])
        sheet.write_row(1, 0, ["a"])
        sheet.write_formula(1, 1, "=1+1", None, 2)
        sheet.write_formula(1, 2, '=""', None, "")
        sheet.write_row(2, 0, ["b"])
        sheet.write_formula(2, 1, "=1/0", None, "#DIV/0!")
        sheet.write_row(3, 0, ["c"])
        sheet.write_formula(3, 2, "=NA()", None, "#N/A")
    outcome = read_file(_patched(path, b'<c r="C2"><f>', b'<c r="C2" t="str"><f>'))  # as the usual program writes it
    assert outcome.wires("count") == [2, "!cell_error", None] and outcome.wires("note") == [None, None, "!cell_error"]
    assert [one["value"] for one in outcome.lines[2]["problems"]] == ["#N/A"]


def _patched(path: Path, old: bytes, new: bytes) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).replace(old, new) for name in archive.namelist()}
    return _archive(path, parts)


def test_formulas_that_were_never_calculated_are_refused(tmp_path: Path) -> None:
    outcome = _read(tmp_path, [["name", "count"], ["a", "=1+1"], ["b", 5]])
    assert outcome.wires("count") == ["!no_value", 5]


def test_the_sheet_that_names_most_fields_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.active.title = "Cover"
        book.active.append(["Our people"])
        people = book.create_sheet("People")
        people.append(["name", "count"])
        people.append(["Ann", 1])
        hidden = book.create_sheet("Old people")
        hidden.sheet_state = "hidden"
        hidden.append(["name", "count", "mobile"])
        hidden.append(["Bob", 2, "13812345678"])

    path = _saved(tmp_path, fill)
    outcome = read_file(path)
    assert (outcome.summary.sheet, outcome.wires("name")) == ("People", ["Ann"])
    assert {one.code: one.params["names"] for one in outcome.summary.notes} == {
        "other_sheets": "Cover",
        "hidden_sheets": "Old people",
    }
    assert read_file(path, sheet="Old people").wires("name") == ["Bob"]
    assert read_file(path, sheet="2").wires("name") == ["Ann"]
    with pytest.raises(Invalid) as refused:
        read_file(path, sheet="Nobody")
    assert (
        refused.value.problems[0].code == "no_sheet"
        and "Cover, People, Old people" in refused.value.problems[0].message
    )


def test_a_merged_header_is_joined_and_merged_values_count_for_their_rows(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        sheet = book.active
        for row in [
            ["People"],
            ["name", "Address", None, "mobile", "tags"],
            [None, "City", "Floor", None, None],
            ["Ann", "上海", 1, "13812345678", "new"],
            ["Bob", None, 2, None, None],
            ["Cid", None, 3, None, "old"],
            ["—— 2024 ——"],
            ["Dora", "北京", 4, None, "old"],
        ]:
            sheet.append(row)
        for area in ("A1:E1", "A2:A3", "B2:C2", "D2:D3", "E2:E3", "B4:B6", "D4:D5", "A7:E7", "E4:E5"):
            sheet.merge_cells(area)

    outcome = read_file(_saved(tmp_path, fill))
    assert outcome.summary.header_rows == (2, 3)
    assert [one.header for one in outcome.summary.columns] == [
        "name",
        "Address / City",
        "Address / Floor",
        "mobile",
        "tags",
    ]
    assert [one.get("city") for one in outcome.wires("address")] == ["上海", "上海", "上海", "北京"]
    assert outcome.wires("mobile") == ["+8613812345678", None, None, None]  # unique: it cannot be two people's
    assert outcome.wires("tags") == [["new"], ["new"], ["old"], ["old"]]
    assert [(one.column, one.count) for one in outcome.summary.rules if one.code == "merged_filled"] == [
        ("B", 2),
        ("E", 1),
    ]
    assert {one.reason: one.count for one in outcome.summary.skipped} == {"title": 1, "header": 2, "section": 1}


def test_columns_keep_their_letters_where_the_table_begins_further_on(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        for row in [[None] * 5, [None, None, "name", "count"], [None, None, "Ann", "x"]]:
            book.active.append(row)

    outcome = read_file(_saved(tmp_path, fill))
    assert [one["cell"] for one in outcome.lines[0]["problems"]] == ["D3"]
    assert [one.letter for one in outcome.summary.columns if one.field] == ["C", "D"]


def _archive(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("parts", "code", "reason"),
    [
        (
            {"xl/workbook.xml": b"<workbook/>", "xl/worksheets/sheet1.xml": b" " * 30_000_000},
            "too_large_file",
            "100 times",
        ),
        (
            {"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><workbook/>'},
            "unreadable_file",
            "document type",
        ),
        ({"readme.txt": b"hello"}, "unreadable_file", "no spreadsheet"),
    ],
)
def test_hostile_archives_are_refused_before_they_are_opened(
    parts: dict[str, bytes], code: str, reason: str, tmp_path: Path
) -> None:
    path = _archive(tmp_path / "book.xlsx", parts)
    with pytest.raises(Invalid) as refused:
        look_through(path, Limits())
    assert refused.value.problems[0].code == code and reason in refused.value.problems[0].message


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = _archive(tmp_path / "book.xlsx", {"xl/workbook.xml": b"<workbook/>" + b" " * 1000})
    content = path.read_bytes()
    path.write_bytes(content.replace((1011).to_bytes(4, "little"), (20).to_bytes(4, "little")))
    with pytest.raises(Invalid) as refused:
        look_through(path, Limits())
    assert refused.value.problems[0].code == "unreadable_file"


def test_a_table_of_more_cells_than_allowed_is_refused(tmp_path: Path) -> None:
    def fill(book: Any) -> None:
        book.active["A1"], book.active["ALN3"] = "name", "far away"

    with pytest.raises(Invalid) as refused:
        read_file(_saved(tmp_path, fill))
    assert refused.value.problems[0].code == "too_large_file"
