"""Dates: typed in many ways, in one order for a whole column, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sheet_world import read_column, read_rows

DAY = "2024-03-05"
PLAIN = [
    DAY,
    "2024/3/5",
    "2024.3.5",
    "2024-3-5",
    "20240305",
    "2024年3月5日",
    "2024年03月05日 星期二",
    "二〇二四年三月五日",
    "二零二四年三月五号",
    "5 Mar 2024",
    "5th March, 2024",
    "Mar 5, 2024",
    "March 5 2024",
    "Tue, 5 Mar 2024",
    "2024-Mar-05",
    "5-Mar-24",
    "5.3.2024",
    "2024-03-05 00:00:00",
    "2024-03-05T00:00:00",
    "2024/3/5 0:00",
    "２０２４－０３－０５",
    "45356",
    " 2024-03-05\u3000",
]


def test_a_day_is_typed_in_many_ways(tmp_path: Path) -> None:
    assert dict(zip(PLAIN, read_column(tmp_path, "born", PLAIN), strict=True)) == dict.fromkeys(PLAIN, DAY)


REFUSED = [
    "32.13.1999",
    "2024-02-30",
    "2024年3月",
    "1990",
    "12",
    "20241305",
    "sometime",
    "2024-03-05 14:30",
    "5 Foo 2024",
    "2024-3-5-1",
    "99999999",
]


def test_what_is_no_day_is_refused(tmp_path: Path) -> None:
    found = dict(zip(REFUSED, read_column(tmp_path, "born", REFUSED), strict=True))
    assert found == {**dict.fromkeys(REFUSED, "!format"), "2024-03-05 14:30": "!time_in_date"}


@pytest.mark.parametrize(
    ("cells", "options", "expected", "rule"),
    [
        (["03/05/2024", "13/05/2024"], {}, ["2024-05-03", "2024-05-13"], "order_evident"),
        (["03/05/2024", "05/13/2024"], {}, ["2024-03-05", "2024-05-13"], "order_evident"),
        (["03/05/2024", "04/05/2024"], {}, ["!ambiguous_date", "!ambiguous_date"], ""),
        (["05/05/2024", "04/05/2024"], {}, ["2024-05-05", "!ambiguous_date"], ""),
        (["03/05/2024"], {"date_order": "mdy"}, ["2024-03-05"], "order_given"),
        (["03/05/2024", "13/05/2024"], {"date_order": "mdy"}, ["2024-03-05", "!format"], "order_given"),
        (["13/05/2024", "05/13/2024", "03/05/2024"], {}, ["2024-05-13", "2024-05-13", "!ambiguous_date"], ""),
        (["24-3-5", "99-3-31"], {}, ["2024-03-05", "1999-03-31"], "order_evident"),
        (["24-3-5", "2024-3-6"], {}, ["2024-03-05", "2024-03-06"], "order_evident"),
        (["24-3-5"], {}, ["!ambiguous_date"], ""),
        (["31.12.99", "1.2.36", "1.2.37"], {}, ["1999-12-31", "2036-02-01", "1937-02-01"], "order_evident"),
        (["03-05-2024", "13/05/2024"], {}, ["2024-05-03", "2024-05-13"], "order_evident"),
    ],
)
def test_the_order_is_decided_once_for_the_column(
    cells: list[str], options: dict[str, Any], expected: list[str], rule: str, tmp_path: Path
) -> None:
    outcome = read_rows(tmp_path, [["name", "born"], *(["n", one] for one in cells)], **options)
    assert outcome.wires("born") == expected
    assert (rule in outcome.rules("born")) == bool(rule)


def test_the_rule_counts_its_evidence(tmp_path: Path) -> None:
    outcome = read_rows(tmp_path, [["name", "born"], ["a", "3/5/2024"], ["b", "13/5/2024"], ["c", "5/5/2024"]])
    (rule,) = [one for one in outcome.summary.rules if one.code == "order_evident"]
    assert rule.message == "In dates with /, the day stands before the month, because 1 of 3 dates allow nothing else."
    assert (rule.count, rule.column, rule.field) == (3, "B", "born")


def test_a_header_can_say_the_order(tmp_path: Path) -> None:
    outcome = read_rows(tmp_path, [["name", "born (dd/mm/yyyy)"], ["a", "03/05/2024"]])
    assert outcome.wires("born") == ["2024-05-03"] and "order_header" in outcome.rules("born")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("05-20", "05-20"),
        ("5月20日", "05-20"),
        ("5月20", "05-20"),
        ("20 May", "05-20"),
        ("May 20", "05-20"),
        ("5/20", "05-20"),
        ("20/5", "05-20"),
        ("20.5.", "05-20"),
        ("1990-05-20", "05-20"),
        ("1990年5月20日", "05-20"),
        ("2/29", "02-29"),
        ("5/6", "!ambiguous_date"),
        ("5/5", "05-05"),
        ("13/13", "!format"),
        ("2月30日", "!format"),
        ("/", None),
    ],
)
def test_a_day_of_every_year(cell: str, expected: str | None, tmp_path: Path) -> None:
    assert read_column(tmp_path, "birthday", [cell]) == [expected]


def test_a_day_of_every_year_follows_the_column(tmp_path: Path) -> None:
    assert read_column(tmp_path, "birthday", ["5/6", "20/5"]) == ["06-05", "05-20"]
    assert read_column(tmp_path, "birthday", ["5/6"], date_order="mdy") == ["05-06"]


def test_a_dropped_year_is_said(tmp_path: Path) -> None:
    outcome = read_rows(tmp_path, [["name", "birthday"], ["a", "1990-05-20"], ["b", "05-21"]])
    assert outcome.rules("birthday") == {"year_dropped": 1}
