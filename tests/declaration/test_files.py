"""Folders, file names, reports and the meta-schemas that editors read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from kartotek.declaration import report
from kartotek.declaration.files import read_folder
from kartotek.declaration.load import Loaded, load
from kartotek.declaration.metafiles import RECORD_REFERENCE, SITE_COMMENT, metafiles
from kartotek.errors import SetupInvalid

ROOM = '{"title": "Room", "type": "object", "properties": {"name": {"type": "string"}}, "x-record": {}}'


def test_folder_is_read_with_names_within_the_site(tmp_path: Path) -> None:
    for name in ("site.yaml", "schemas/room.json", "schemas/.hidden.json", "schemas/notes.txt", "workflows/room.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("name: A", encoding="utf-8")
    assert list(read_folder(tmp_path)) == ["schemas/room.json", "site.yaml", "workflows/room.yaml"]


def test_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupInvalid):
        read_folder(tmp_path / "nowhere")


BYTES = {
    # name: (bytes, code, line, column)
    "Latin-1": ('{"title": "Caf\xe9"}'.encode("latin-1"), "encoding", 1, 15),
    "UTF-16": (ROOM.encode("utf-16"), "encoding", 1, 1),
    "byte order mark": (b"\xef\xbb\xbf" + ROOM.encode(), "encoding", 1, 1),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "encoding", 1, 1),
    "NUL": (ROOM.encode() + b"\n\0", "encoding", 2, 1),
    "huge": (b" " * 10_000_000, "too_large", 1, 1),
    "surrogate in UTF-8": (b'{"a": "\xed\xa0\x80"}', "encoding", 1, 8),
    "empty": (b"", "empty", 1, 1),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_no_text_are_one_clear_problem(name: str, tmp_path: Path) -> None:
    content, code, line, column = BYTES[name]
    (tmp_path / "site.yaml").write_text("name: A", encoding="utf-8")
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "room.json").write_bytes(content)
    loaded = load(read_folder(tmp_path))
    assert [(one.code, str(one.place)) for one in loaded.problems] == [(code, f"schemas/room.json:{line}:{column}")]


def test_file_name_that_is_no_text_is_a_problem_that_can_be_written_down(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("name: A", encoding="utf-8")
    (tmp_path / "schemas").mkdir()
    (Path(str(tmp_path).encode().decode()) / "schemas" / "r\udcff.json").write_text(ROOM, encoding="utf-8")
    loaded = load(read_folder(tmp_path))
    assert [one.code for one in loaded.problems] == ["file_name"]
    assert report.text(loaded.problems).encode()


NAMES = {
    # name: (documents, code, file, part of the sentence)
    "capitals": (["schemas/Room.json"], "file_name", "schemas/Room.json", "small letter"),
    "blank": (["schemas/a room.json"], "file_name", "schemas/a room.json", "small letter"),
    "two underscores": (["schemas/a__b.json"], "file_name", "schemas/a__b.json", "single underscores"),
    "too long": ([f"schemas/{'a' * 41}.json"], "file_name", f"schemas/{'a' * 41}.json", "40"),
    "line break at the end": (["schemas/room\n.json"], "file_name", "schemas/room\n.json", "small letter"),
    "built-in type": (["schemas/user.json"], "file_name", "schemas/user.json", "built in"),
    "tables of the shell": (["schemas/ab_user.json"], "file_name", "schemas/ab_user.json", "taken"),
    "tables of the database": (["schemas/sqlite_x.json"], "file_name", "schemas/sqlite_x.json", "taken"),
    "two files of a type": (["schemas/room.json", "schemas/room.yaml"], "file_name", "schemas/room.yaml", "already"),
    "yml": (["schemas/room.yml"], "file_name", "schemas/room.yml", "room.yaml"),
    "below": (["schemas/old/room.json"], "file_name", "schemas/old/room.json", "not in a folder below"),
    "site.yml": (["site.yml"], "file_name", "site.yml", "Rename"),
    "workflow": (["workflows/room.json"], "file_name", "workflows/room.json", "room.yaml"),
    "workflow below": (["workflows/old/room.yaml"], "file_name", "workflows/old/room.yaml", "not in a folder below"),
}


@pytest.mark.parametrize("name", NAMES)
def test_file_in_the_wrong_place_is_refused(name: str, load_site: Callable[..., Loaded]) -> None:
    names, code, file, part = NAMES[name]
    loaded = load_site(dict.fromkeys(names, ROOM))
    assert [(one.code, one.place.file) for one in loaded.problems if one.place] == [(code, file)]
    assert part in loaded.problems[0].message


def test_report_has_lines_to_jump_from_and_json(load_site: Callable[..., Loaded]) -> None:
    loaded = load_site({"schemas/room.json": ROOM.replace('"name"', '"a", "name"'), "schemas/B.json": "{}"})
    lines = report.text(loaded.problems).splitlines()
    assert lines[1].startswith("schemas/room.json:1:")
    assert ": error [syntax] " in lines[1]
    entries = json.loads(report.as_json(loaded.problems))
    assert [(one["file"], one["line"], one["severity"], one["code"]) for one in entries] == [
        ("schemas/B.json", 1, "error", "file_name"),
        ("schemas/room.json", 1, "error", "syntax"),
    ]


def test_metaschemas_are_valid_flat_and_closed() -> None:
    files = metafiles()
    assert set(files) == {f"meta/{name}.v1.json" for name in ("record", "overlay", "site", "message", "workflow", "access")}
    for name, text in files.items():
        schema = json.loads(text)
        (Draft202012Validator if "record" in name or "overlay" in name else Draft7Validator).check_schema(schema)
        assert "$dynamicRef" not in text
        assert schema.get("additionalProperties", schema.get("items")) in (False, {"$ref": "#/definitions/policy"})
    assert RECORD_REFERENCE.endswith("meta/record.v1.json")
    assert SITE_COMMENT.endswith("meta/site.v1.json")


def test_every_key_of_the_metaschemas_is_described() -> None:
    for file in metafiles().values():
        schema = json.loads(file)
        parts = [schema, *schema.get("$defs", {}).values(), *schema.get("definitions", {}).values()]
        for part in parts:
            for key, inner in part.get("properties", {}).items():
                text = inner.get("description", "")
                assert text.endswith(".") or "e.g. " in text, key


def test_closed_objects_stay_closed() -> None:
    for text in metafiles().values():
        for part in _objects(json.loads(text)):
            if "properties" in part:
                assert part["additionalProperties"] is False
                assert part["title"]


def _objects(value: object) -> list[dict[str, object]]:
    if isinstance(value, dict):
        own = [value] if value.get("type") == "object" else []
        return own + [one for inner in value.values() for one in _objects(inner)]
    return [one for inner in value for one in _objects(inner)] if isinstance(value, list) else []
