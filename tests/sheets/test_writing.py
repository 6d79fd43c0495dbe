"""Writing: what was exported comes back as it was, and nothing in it is a formula."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sheet_world import Outcome, read_file

from kartotek.errors import TooLarge
from kartotek.sheets.defusing import defuse, undefuse
from kartotek.sheets.writing import csv_chunks
from kartotek.sheets.writing_xlsx import write_xlsx

_STARTS = "=+-@\t\r\n＝＋－＠'"


@given(st.one_of(st.text(), st.text(alphabet=_STARTS + "a1")))
def test_defusing_is_undone_exactly(text: str) -> None:
    assert undefuse(defuse(text)) == text
    assert not defuse(text).startswith(tuple(_STARTS.replace("'", "")))


def _csv(folder: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Outcome:
    path = folder / "out.csv"
    path.write_bytes(b"".join(csv_chunks(header, rows)))
    return read_file(path)


def _xlsx(folder: Path, header: Sequence[str], rows: Sequence[Sequence[Any]]) -> Outcome:
    path = folder / "out.xlsx"
    write_xlsx(path, "People / [all]", header, rows)
    return read_file(path)


HEADER = ["name", "count", "weight", "price", "born", "seen_at", "opens", "length", "active", "mobile", "note", "owner"]
ROWS: list[list[Any]] = [
    ["=1+1", -5, 0.30000000000000004, Decimal("-1.50"), date(2024, 3, 5), datetime(2024, 3, 5, 10, tzinfo=UTC), time(9, 30), timedelta(hours=30), True, "+8613812345678", "@x\n-y", "+1"],
    ["'=1", 10**15 + 1, 1e300, Decimal("1234567890.12"), date(1899, 1, 1), datetime(1900, 1, 1, tzinfo=UTC), time(0), timedelta(minutes=5), False, "+8613812345679", "''", "'"],
    ["－1", None, 5e-324, Decimal(0), None, None, time(23, 59, 59), timedelta(0), None, None, "1.5", None],
    ["001", 0, -0.1, None, date(9999, 12, 31), None, None, None, True, None, "a\u3000b", "x, y"],
]  # fmt: skip
BACK: list[list[Any]] = [
    ["=1+1", -5, 0.30000000000000004, "-1.50", "2024-03-05", "2024-03-05T10:00:00Z", "09:30:00", "P1DT6H", True, "+8613812345678", "@x\n-y", "+1"],
    ["'=1", 10**15 + 1, 1e300, "1234567890.12", "1899-01-01", "1900-01-01T00:00:00Z", "00:00:00", "PT5M", False, "+8613812345679", "''", "'"],
    ["－1", None, 5e-324, "0", None, None, "23:59:59", "PT0S", None, None, "1.5", None],
    ["001", 0, -0.1, None, "9999-12-31", None, None, None, True, None, "a\u3000b", "x, y"],
]  # fmt: skip


@pytest.mark.parametrize("written", [_csv, _xlsx])
def test_what_was_written_is_read_back(written: Any, tmp_path: Path) -> None:
    outcome = written(tmp_path, HEADER, ROWS)
    found = [[outcome.wires(name)[row] for name in HEADER] for row in range(len(ROWS))]
    assert [_equal(one) for one in found] == [_equal(one) for one in BACK]


def _equal(row: Sequence[Any]) -> list[Any]:
    """A price is the same price with noughts behind the point or without."""
    return [Decimal(one) if index == 3 and one is not None else one for index, one in enumerate(row)]


_cells = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cf", "Zs", "Zl", "Zp"]), min_size=1, max_size=12
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(
        st.builds(lambda start, text: start + text, st.sampled_from(["", "=", "+", "-", "@", "'", "'=", "＝"]), _cells),
        min_size=1,
        max_size=5,
    )
)
@pytest.mark.parametrize("written", [_csv, _xlsx])
def test_any_text_is_read_back(written: Any, texts: list[str], tmp_path: Path) -> None:
    rows = [[text, f"n{index}", 1] for index, text in enumerate(texts)]
    outcome = written(tmp_path, ["note", "name", "count"], rows)
    assert outcome.wires("note") == texts


def test_nothing_in_a_workbook_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    write_xlsx(path, "x", ["=a", "b"], [["=1+1", "@SUM(A1)"], ["+1", "http://x.cn"]])
    book = openpyxl.load_workbook(path)
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} == {"s"} and all(cell.hyperlink is None for cell in cells)
    assert book.active.freeze_panes == "A2" and [cell.value for cell in cells][2] == "=1+1"


def test_csv_is_what_spreadsheet_programs_take(tmp_path: Path) -> None:
    assert b"".join(csv_chunks(["a,b", "ü"], [['x"y', "=1"]])) == '\ufeff"a,b",ü\r\n"x""y",\'=1\r\n'.encode()


def test_what_a_sheet_cannot_hold_is_said_with_its_cell_and_nothing_is_left(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    with pytest.raises(TooLarge, match="Cell B3 "):
        write_xlsx(path, "x", ["a", "b"], [["1", "2"], ["3", "x" * 32_768]])
    assert list(tmp_path.iterdir()) == []
