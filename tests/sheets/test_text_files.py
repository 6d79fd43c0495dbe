"""Text files: which encoding and delimiter they have, and what is broken in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sheet_world import Outcome, csv_bytes, read_file, read_rows

from kartotek.errors import Invalid

ROWS = [["姓名", "备注2", "count"], ["王芳", "上海", "1"], ["李四", "北京", "2"]]


def _read(folder: Path, content: bytes, **options: Any) -> Outcome:
    path = folder / "file.csv"
    path.write_bytes(content)
    return read_file(path, **options)


@pytest.mark.parametrize(
    ("codec", "name", "rule"),
    [
        ("utf-8", "UTF-8", "encoding_valid"),
        ("utf-8-sig", "UTF-8", "encoding_mark"),
        ("gb18030", "GB18030", "encoding_valid"),
        ("utf-16", "UTF-16", "encoding_mark"),
        ("utf-16-le", "UTF-16LE", "encoding_zeros"),
        ("utf-16-be", "UTF-16BE", "encoding_zeros"),
    ],
)
def test_the_encoding_is_found(codec: str, name: str, rule: str, tmp_path: Path) -> None:
    found = _read(tmp_path, csv_bytes(ROWS, encoding=codec))
    assert (found.summary.encoding, found.summary.notes[0].code) == (name, rule)
    assert found.wires("name") == ["王芳", "李四"]


def test_utf_16_with_its_other_mark_is_found(tmp_path: Path) -> None:
    assert _read(tmp_path, b"\xfe\xff" + csv_bytes(ROWS, encoding="utf-16-be")).wires("name") == ["王芳", "李四"]


def test_accents_that_stand_alone_are_not_taken_for_chinese(tmp_path: Path) -> None:
    found = _read(tmp_path, csv_bytes([["name", "count"], ["Müller", "1"], ["Désirée", "2"]], encoding="cp1252"))
    assert found.summary.encoding == "Windows-1252" and found.wires("name") == ["Müller", "Désirée"]


def test_bytes_that_fit_no_encoding_are_refused_where_they_stand(tmp_path: Path) -> None:
    good = "name,count\n" + "".join(f"王芳{one},{one}\n" for one in range(30))
    found = _read(tmp_path, good.encode() + b"\xff\xfe\xe7,5\n" + "李四,6\n".encode())
    assert found.wires("name")[-2:] == ["!undecodable", "李四"]
    assert (found.summary.encoding, found.summary.notes[0].code) == ("UTF-8", "encoding_fewest")
    assert found.lines[-2]["problems"][0]["cell"] == "A32"


def test_an_encoding_can_be_asked_for(tmp_path: Path) -> None:
    content = csv_bytes(ROWS, encoding="gb18030")
    assert _read(tmp_path, content, encoding="GBK").summary.notes[0].code == "encoding_given"
    with pytest.raises(Invalid) as refused:
        _read(tmp_path, content, encoding="klingon")
    assert [one.code for one in refused.value.problems] == ["unknown_encoding"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str, tmp_path: Path) -> None:
    rows = [["name", "price", "count"], ["a, b", "1,5", "1"], ["c; d", "2,5", "2"], ["e|f", "3,5", "3"]]
    found = _read(tmp_path, csv_bytes(rows, delimiter=delimiter))
    assert found.summary.delimiter == delimiter
    assert found.wires("name") == ["a, b", "c; d", "e|f"] and found.wires("price") == ["1.5", "2.5", "3.5"]


def test_a_line_that_names_the_delimiter_is_believed(tmp_path: Path) -> None:
    found = _read(tmp_path, b"sep=;\nname;count\na,b;1\n")
    assert found.wires("name") == ["a,b"]


def test_quotes_hold_delimiters_lines_and_quotes(tmp_path: Path) -> None:
    found = _read(tmp_path, b'name,note,count\r\n"a,""b""","x\r\ny",1\r\n\r\nc,"",2\r\n')
    assert found.wires("name") == ['a,"b"', "c"] and found.wires("note") == ["x\ny", None]
    assert [line["row"] for line in found.lines] == [2, 4]


def test_a_quote_that_never_ends_is_refused_with_its_line(tmp_path: Path) -> None:
    found = _read(tmp_path, b'name,count\na,1\n"b,2\nc,3\nd,4\n')
    assert found.summary.good == 1
    (problem,) = found.lines[1]["problems"]
    assert (problem["code"], problem["cell"], problem["params"]) == ("unclosed_quote", "A3", {"error": "3"})


def test_cells_beyond_the_header_are_refused_by_name(tmp_path: Path) -> None:
    found = read_rows(tmp_path, [["name", "count"], ["a", "1", "x", "", "y"], ["b", "2", "", ""], ["c"]])
    (problem,) = found.lines[0]["problems"]
    assert (problem["code"], problem["params"]["cells"]) == ("too_many_cells", "C2, E2")
    assert found.lines[0]["raw"] == ["a", "1", "x", "", "y"]
    assert found.wires("name")[1:] == ["b", "c"] and found.rules()["short_rows"] == 1


def test_zero_bytes_are_refused_by_cell(tmp_path: Path) -> None:
    found = _read(tmp_path, b"name,count\na\0b,1\nc,2\n")
    assert found.wires("name") == ["!text_nul", "c"]


def test_endless_cells_are_refused_by_cell(tmp_path: Path) -> None:
    found = _read(tmp_path, b"name,note\na," + b"x" * 1_000_001 + b"\nb," + b"y" * 1000 + b"\n")
    assert found.wires("note") == ["!cell_too_long", "y" * 1000]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"<html><table><tr><td>name</td></tr></table>", "web page"),
        (b"PK\x03\x04 and no more", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 and no more", "damaged"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid) as refused:
        _read(tmp_path, content)
    (problem,) = refused.value.problems
    assert (problem.path, problem.code) == ("/file", "unreadable_file") and reason in problem.message


def test_random_bytes_never_crash_the_reader(tmp_path: Path) -> None:
    for seed in range(40):
        state, content = seed * 7919 + 1, bytearray()
        for _ in range(400):
            state = (state * 1103515245 + 12345) % 2**31
            content.append((state >> 8) % 256 if seed % 2 else b'name,"\n;\t0'[(state >> 8) % 10])
        try:
            _read(tmp_path, bytes(content))
        except Invalid as refused:
            assert refused.problems[0].path == "/file"
