"""Cells of every kind, typed as people do: what they become, and with which code they are refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sheet_world import FRAGMENTS, read_column, read_rows, target

from kartotek.kinds.registry import KINDS
from kartotek.sheets import kinds_of_cells

# {field: [(cell, wire or !code), …]}; a column is read as a whole, so no row here may decide about another.
CELLS: dict[str, list[tuple[str, Any]]] = {
    "name": [
        ("王芳", "王芳"),
        ("  Ann\u3000", "Ann"),
        ("\u200bAnn\ufeff", "Ann"),
        ("Ann\u00a0Lee", "Ann Lee"),
        ("N/A", "N/A"),
        ("-", "-"),
        ("'=1+1", "=1+1"),
        ("O'Brien'", "O'Brien'"),
        ("ＡＢＣ", "ＡＢＣ"),
        ("1.38E+10", "!digits_lost"),
        ("1E5", "1E5"),
        ("a\nb", "a\nb"),
        ("x" * 61, "!max_length"),
        ("a\0b", "!text_nul"),
    ],
    "count": [
        ("12", 12),
        ("１２", 12),
        ("-5", -5),
        ("5-", -5),
        ("(5)", -5),
        ("−5", -5),
        ("1,234", 1234),
        ("1.234", 1234),
        ("1 234", 1234),
        ("1\u00a0234", 1234),
        ("1'234", 1234),
        ("1,234,567", 1_234_567),
        ("12.0", 12),
        ("1.2万", 12_000),
        ("3E2", 300),
        ("5²", "!type"),
        ("½", "!type"),
        ("12人", "!type"),
        ("1.5", "!type"),
        ("1,23", "!type"),
        ("12,34,567", "!type"),
        ("¥5", "!type"),
        ("twelve", "!type"),
        ("-6000", "!minimum"),
        ("无", None),
        ("N/A", None),
        ("9" * 90, int("9" * 90)),
        ("1" * 101, "!type"),
    ],
    "weight": [
        ("1.5", 1.5),
        ("２．５", 2.5),
        ("1,234.5", 1234.5),
        ("50%", 0.5),
        ("-.5", -0.5),
        ("1e-3", 0.001),
        ("7", 7),
        ("5kg", "!type"),
        ("inf", "!type"),
        ("nan", None),
    ],
    "price": [
        ("12.5", "12.5"),
        ("￥12.50", "12.50"),
        ("¥ 1,234.50", "1234.50"),
        ("12元", "12"),
        ("RMB 12", "12"),
        ("CNY12", "12"),
        ("12 人民币", "12"),
        ("1.2万", "12000"),
        ("3亿元", "300000000"),
        ("(1,234.50)", "-1234.50"),
        ("12.50-", "-12.50"),
        ("-¥12.50", "-12.50"),
        ("12.500", "12.5"),
        ("12.505", "!scale"),
        ("$12", "!currency"),
        ("€ 12", "!currency"),
        ("12 USD", "!currency"),
        ("12,5.0", "!format"),
        ("--5", "!format"),
        ("12345678901.00", "!precision"),
    ],
    "opens": [
        ("9:30", "09:30:00"),
        ("09:30:15", "09:30:15"),
        ("9：30", "09:30:00"),
        ("3:30 PM", "15:30:00"),
        ("12am", "00:00:00"),
        ("下午3点", "15:00:00"),
        ("15点半", "15:30:00"),
        ("15时05分", "15:05:00"),
        ("9.30", "09:30:00"),
        ("0.5", "!format"),
        ("24:00", "!format"),
        ("13 PM", "!format"),
        ("9", "!format"),
        ("/", None),
    ],
    "length": [
        ("90", "PT1H30M"),
        ("1:30", "PT1H30M"),
        ("0:05:10", "PT5M10S"),
        ("90分钟", "PT1H30M"),
        ("90 min", "PT1H30M"),
        ("1h30", "PT1H30M"),
        ("1h 30m", "PT1H30M"),
        ("1.5小时", "PT1H30M"),
        ("1小时30分", "PT1H30M"),
        ("一个半", "!format"),
        ("1个半小时", "PT1H30M"),
        ("2天", "P2D"),
        ("PT45M", "PT45M"),
        ("1.5", "!no_unit"),
        ("30m 1h", "!format"),
        ("-5", "!format"),
    ],
    "active": [
        *((word, True) for word in ("是", "有", "对", "√", "Y", "yes", "TRUE", "1", "ＹＥＳ", "✓")),
        *((word, False) for word in ("否", "无", "错", "×", "N", "no", "false", "0", "没有")),
        ("-", None),
        ("N/A", None),
        ("maybe", "!type"),
        ("2", "!type"),
    ],
    "sex": [
        ("female", "female"),
        ("女", "female"),
        ("MALE", "male"),
        (" 男 ", "male"),
        ("不详/未知", "none"),
        ("None", "none"),
        ("?", "!choice"),
        ("-", None),
    ],
    "tags": [
        ("new", ["new"]),
        ("new、old", ["new", "old"]),
        ("new;old", ["new", "old"]),
        ("new, old", ["new", "old"]),
        ("new\nold", ["new", "old"]),
        ("a/b", ["a/b"]),
        ("new；a/b", ["new", "a/b"]),
        ("new/old", ["new", "old"]),
        ('["new","old"]', ["new", "old"]),
        ("new,new", "!unique_items"),
        ("new,odd", "!choice"),
        ("无", None),
    ],
    "mobile": [
        ("13812345678", "+8613812345678"),
        ("138-1234-5679", "+8613812345679"),
        ("+86 138 1234 5670", "+8613812345670"),
        ("008613812345671", "+8613812345671"),
        ("１３８１２３４５６７２", "+8613812345672"),
        ("1.3812345673E10", "+8613812345673"),
        ("13812345674.0", "+8613812345674"),
        ("'13812345675", "+8613812345675"),
        ("13812345676'", "+8613812345676"),
        ("+1 650 253 0000", "+16502530000"),
        ("1.38E+10", "!digits_lost"),
        ("12345", "!format"),
        ("13812345678/13812345679", "!format"),
        ("无", None),
    ],
    "email": [
        ("a@b.cn", "a@b.cn"),
        ("a＠b.cn", "a@b.cn"),
        ("mailto:a@b.cn", "a@b.cn"),
        (" a@b.cn\u200b", "a@b.cn"),
        ("a@b", "!format"),
        ("ab.cn", "!format"),
    ],
    "site": [("https://b.cn/x", "https://b.cn/x"), ("www.b.cn", "!format")],
    "key": [("0b9f3a52-6c1e-4f0d-9a44-2f4f4b6f8c11", "0b9f3a52-6c1e-4f0d-9a44-2f4f4b6f8c11"), ("0b9f", "!format")],
    "tint": [("#ff00AA", "#ff00AA"), ("＃ff00aa", "#ff00aa"), ("red", "!format")],
    "stars": [
        ("5", 5),
        ("★★★", 3),
        ("★★★☆☆", 3),
        ("4星", 4),
        ("3/5", 3),
        ("4.0", 4),
        ("6", "!maximum"),
        ("★★★★★★", "!maximum"),
        ("☆☆", "!type"),
    ],
    "owner": [("张三", "张三"), (" 42 ", "42"), ("-", None)],
    "friends": [("张三、李四", ["张三", "李四"]), ("Lee, Ann; Bob", ["Lee, Ann", "Bob"]), ("无", None)],
    "extra": [('{"a": 1}', {"a": 1}), ("{a}", "!format"), ("[1]", "!schema"), ("NaN", None)],
    "address": [('{"city": "上海"}', {"city": "上海"}), ('{"town": "x"}', "!unknown_field")],
    "lines": [('[{"qty": 2}]', [{"qty": 2}]), ('[{"qty": "x"}]', "!type")],
    "seen_at": [
        ("2024-03-05T10:00:00Z", "2024-03-05T10:00:00Z"),
        ("2024-03-05 10:00:00+02:00", "2024-03-05T08:00:00Z"),
        ("2024-03-05 10:30", "2024-03-05T02:30:00Z"),
        ("2024/3/5 下午3点", "2024-03-05T07:00:00Z"),
        ("2024年3月5日 9:05", "2024-03-05T01:05:00Z"),
        ("2024-03-05", "2024-03-04T16:00:00Z"),
        ("20240305 103000", "2024-03-05T02:30:00Z"),
        ("2024-03-05 25:00", "!format"),
    ],
}


@pytest.mark.parametrize("name", CELLS)
def test_cells_become_values_or_are_refused(name: str, tmp_path: Path) -> None:
    cells = CELLS[name]
    if name == "name":
        found = read_rows(tmp_path, [["name", "count"], *([cell, "1"] for cell, _ in cells)]).wires("name")
    else:
        found = read_column(tmp_path, name, [cell for cell, _ in cells])
    assert dict(zip((cell for cell, _ in cells), found, strict=True)) == dict(cells)


def test_every_kind_has_a_converter_or_takes_no_column() -> None:
    without = {"autonumber", "file", "files", "image", "foreign"}
    assert set(KINDS) - without <= set(kinds_of_cells._MAKERS)
    assert {one for one in FRAGMENTS if one not in CELLS} == {"note", "born", "birthday", "photo", "total"}


@pytest.mark.parametrize(
    ("header", "cells", "expected"),
    [
        ("price(万元)", ["1.5"], ["15000"]),
        ("price（元）", ["1.5"], ["1.5"]),
        ("length (h)", ["1.5", "90分钟"], ["PT1H30M", "PT1H30M"]),
        ("length (秒)", ["90"], ["PT1M30S"]),
        ("*name", [" a "], ["a"]),
    ],
)
def test_a_header_says_the_unit(header: str, cells: Sequence[str], expected: Sequence[Any], tmp_path: Path) -> None:
    name = header.lstrip("*").split("(")[0].split("（")[0].strip()
    outcome = read_rows(tmp_path, [[header, "count"], *([cell, "1"] for cell in cells)])
    assert outcome.wires(name) == expected


def test_a_column_in_another_currency_is_left_alone_and_named(tmp_path: Path) -> None:
    summary = read_rows(tmp_path, [["name", "price (USD)"], ["a", "5"]]).summary
    assert summary.columns[1].reason == "currency" and not summary.columns[1].field
    assert [one.code for one in summary.notes] == ["encoding_valid", "other_currency"]


@pytest.mark.parametrize(
    ("cells", "options", "expected", "rule"),
    [
        (["1,5", "1,234"], {}, ["1.5", "1.234"], "decimal_comma"),
        (["1.5", "1,234"], {}, ["1.5", "1234"], "decimal_point"),
        (["1,234", "7"], {}, ["1234", "7"], "decimal_usual"),
        (["1,234", "7"], {"decimal_comma": True}, ["1.234", "7"], "decimal_given"),
        (["1.5", "1,5", "1,234"], {}, ["1.5", "1.5", "!ambiguous_number"], ""),
        (["1.234,56", "2.000"], {}, ["1234.56", "2000"], "decimal_comma"),
    ],
)  # fmt: skip
def test_the_decimal_sign_is_decided_over_the_column(
    cells: Sequence[str], options: dict[str, Any], expected: Sequence[Any], rule: str, tmp_path: Path
) -> None:
    fields = {"name": FRAGMENTS["name"], "price": {"type": "string", "format": "decimal", "x-field": {"scale": 3}}}
    outcome = read_rows(tmp_path, [["name", "price"], *(["n", one] for one in cells)], target(fields), **options)
    assert outcome.wires("price") == expected
    assert (rule in outcome.rules("price")) == bool(rule)
