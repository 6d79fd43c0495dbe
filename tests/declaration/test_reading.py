"""Reading one file: what is refused and where, and that every key and value has its place."""

from __future__ import annotations

import pytest

from kartotek.declaration.reading import MAX_BYTES, read

REFUSED = {
    # name: (file, text, code, line, column)
    "empty file": ("a.json", "", "empty", 1, 1),
    "comments alone": ("a.yaml", "# nothing\n", "empty", 1, 1),
    "trailing comma": ("a.json", '{"a": 1,\n}', "syntax", 2, 1),
    "comment in JSON": ("a.json", '{"a": 1 // x\n}', "syntax", 1, 9),
    "single quotes": ("a.json", "{'a': 1}", "syntax", 1, 2),
    "missing comma": ("a.json", '{"a": 1\n "b": 2}', "syntax", 2, 2),
    "text after the end": ("a.json", "{} {}", "syntax", 1, 4),
    "NaN": ("a.json", '{"a": NaN}', "syntax", 1, 7),
    "number beyond a double": ("a.json", '{"a": 1e999}', "number", 1, 7),
    "endless number": ("a.json", "[" + "9" * 5000 + "]", "number", 1, 2),
    "half a surrogate pair": ("a.json", '["x\\ud800"]', "encoding", 1, 2),
    "escaped NUL": ("a.json", '["\\u0000"]', "encoding", 1, 2),
    "NUL": ("a.json", '{"a": "\0"}', "encoding", 1, 8),
    "NUL in YAML": ("a.yaml", "a: 1\nb: \0", "encoding", 2, 4),
    "escaped NUL in YAML": ("a.yaml", 'a: "\\0"', "encoding", 1, 4),
    "byte order mark": ("a.yaml", "\ufeffa: 1", "encoding", 1, 1),
    "bytes that are not UTF-8": ("a.json", '{"a":\n "\udcff"}', "encoding", 2, 3),
    "duplicate key": ("a.json", '{"a": 1,\n "a": 2}', "duplicate_key", 2, 2),
    "duplicate key in YAML": ("a.yaml", "x:\n  a: 1\n  a: 2\n", "duplicate_key", 3, 3),
    "anchor": ("a.yaml", "a: &x 1", "anchor", 1, 4),
    "alias": ("a.yaml", "a: *x", "anchor", 1, 4),
    "merge key": ("a.yaml", "<<: {a: 1}", "anchor", 1, 1),
    "tag": ("a.yaml", "a: !!python/object:os.system 1", "tag", 1, 4),
    "formula that looks like a tag": ("a.yaml", "a: !record.paid", "tag", 1, 4),
    "mapping as a key": ("a.yaml", "{a: b}: 1", "key", 1, 1),
    "second document": ("a.yaml", "a: 1\n---\nb: 2", "documents", 2, 1),
    "unquoted colon": ("a.yaml", "a: b: c", "syntax", 1, 5),
    "tab as indentation": ("a.yaml", "a:\n\tb: 1", "syntax", 2, 1),
    "open brackets": ("a.json", "[" * 100_000, "too_deep", 1, 1),
    "deep JSON": ("a.json", "[" * 41 + "]" * 41, "too_deep", 1, 41),
    "deep YAML": ("a.yaml", "[" * 5_000, "too_deep", 1, 41),
    "deep YAML keys": ("a.yaml", "? " * 50_000, "key", 1, 3),
    "many values": ("a.yaml", "- a\n" * 20_001, "too_many_nodes", 20_000, 3),
    "many values in JSON": ("a.json", "[" + "1," * 20_001 + "1]", "too_many_nodes", 1, 40_000),
    "large file": ("a.json", " " * MAX_BYTES + "1", "too_large", 1, 1),
    "large file of wide characters": ("a.yaml", "a: " + "字" * (MAX_BYTES // 3), "too_large", 1, 1),
}


@pytest.mark.parametrize("name", REFUSED)
def test_file_that_cannot_be_read_is_refused_with_its_place(name: str) -> None:
    file, text, code, line, column = REFUSED[name]
    document, problems = read(file, text)
    assert document is None
    assert [(one.code, one.place.line, one.place.column) for one in problems] == [(code, line, column)]
    assert problems[0].message.endswith((".", "?"))


def test_all_duplicate_keys_are_told_at_once() -> None:
    _, problems = read("a.json", '{"a": 1, "a": 2, "b": {"c": 1, "c": 2}}')
    assert [one.path for one in problems] == ["/a", "/b/c"]


CORE = {
    "NO": "NO", "yes": "yes", "on": "on", "12:30": "12:30", "0755": "0755", "0x1F": "0x1F", "1_000": "1_000",
    "2026-01-01": "2026-01-01", "true": True, "False": False, "~": None, "": None, "null": None, "12": 12, "-3": -3,
    "1.10": 1.1, "1e3": 1000.0, ".5": 0.5, ".inf": ".inf", '"12"': "12", "'true'": "true", "1.2.3": "1.2.3",
}  # fmt: skip


@pytest.mark.parametrize("written", CORE)
def test_yaml_values_are_those_of_the_core_schema(written: str) -> None:
    document, _ = read("a.yaml", f"a: {written}")
    assert document is not None
    assert document.value == {"a": CORE[written]}
    assert type(document.value["a"]) is type(CORE[written])


def test_json_values_are_those_of_the_standard_parser() -> None:
    document, _ = read("a.json", '{"a": [1, -2.5, true, null, "\\ud83d\\ude00\\n", {}], "": {"b": []}}')
    assert document is not None
    assert document.value == {"a": [1, -2.5, True, None, "😀\n", {}], "": {"b": []}}


PLACES = {
    "JSON": ("a.json", '{\n\t"a": [1, {"é": "x"}]\n}', (2, 2), (2, 12), (2, 17)),
    "YAML block": ("a.yaml", "a:\n  - 1\n  - é: x\n", (1, 1), (3, 5), (3, 8)),
    "YAML flow": ("a.yaml", "a: [1, {é: x}]\n", (1, 1), (1, 9), (1, 12)),
    "Windows lines": ("a.json", '{\r\n"a": [1,\r\n{"é": "x"}]}', (2, 1), (3, 2), (3, 7)),
}


@pytest.mark.parametrize("name", PLACES)
def test_every_key_and_value_has_its_place(name: str) -> None:
    file, text, outer_key, inner_key, inner_value = PLACES[name]
    document, _ = read(file, text)
    assert document is not None
    found = (document.key_place(("a",)), document.key_place(("a", 1, "é")), document.value_place(("a", 1, "é")))
    assert [(one.line, one.column) for one in found] == [outer_key, inner_key, inner_value]


INSIDE = {
    # name: (file, text, offset into the value, line, column)
    "JSON": ("a.json", '{"a": "x > y"}', 4, 1, 12),
    "JSON after an escaped quote": ("a.json", '{"a": "\\"b\\" y"}', 4, 1, 14),
    "JSON after a surrogate pair": ("a.json", '{"a": "\\ud83d\\ude00y"}', 1, 1, 20),
    "JSON after a wide character": ("a.json", '{"a": "😀y"}', 1, 1, 9),
    "plain YAML": ("a.yaml", "a: x > y", 4, 1, 8),
    "double quotes": ("a.yaml", 'a: "x\\x41y"', 2, 1, 10),
    "single quotes": ("a.yaml", "a: 'x '' y'", 4, 1, 10),
    "folded block, first line": ("a.yaml", "a: >-\n  x > y\n  && z\n", 4, 2, 7),
    "folded block, later line": ("a.yaml", "a: >-\n  x > y\n  && z\n", 7, 3, 4),
    "folded block, third line": ("a.yaml", "a: >-\n  x > y\n  && z\n  || w\n", 12, 2, 3),
    "block of lines, first line": ("a.yaml", "a: |\n  x > y\n  && z\n", 4, 2, 7),
    "block of lines, third line": ("a.yaml", "a: |\n    x\n\n      y\n", 5, 4, 7),
    "plain over two lines": ("a.yaml", "a: x >\n  y", 4, 1, 4),
}


@pytest.mark.parametrize("name", INSIDE)
def test_character_inside_a_text_has_its_place(name: str) -> None:
    file, text, offset, line, column = INSIDE[name]
    document, _ = read(file, text)
    assert document is not None
    place = document.inside(("a",), offset)
    assert (place.line, place.column) == (line, column)


def test_place_of_what_is_missing_is_that_of_the_nearest_thing_above() -> None:
    document, _ = read("a.json", '{"a":\n {}}')
    assert document is not None
    assert str(document.value_place(("a", "b", 3))) == "a.json:2:2"
