"""The commands new and check: what they write, what they say, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from running_site import PERSON, kartotek, kartotek_process, small_site, write_type

ROOT = Path(__file__).resolve().parent.parent.parent


def test_new_writes_a_site_that_checks(tmp_path: Path) -> None:
    made = kartotek("new", tmp_path / "mine")
    assert (made.status, made.err) == (0, "")
    assert (tmp_path / "mine" / "meta" / "record.v1.json").is_file()
    checked = kartotek("check", "--site", tmp_path / "mine")
    assert checked.status == 0, checked.out


def test_new_leaves_a_folder_with_something_in_it_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    refused = kartotek("new", tmp_path)
    assert refused.status == 1
    assert "not an empty folder" in refused.err
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]


def test_reference_site_checks() -> None:
    checked = kartotek("check", "--site", ROOT)
    assert checked.status == 0, checked.out


def test_check_names_every_mistake_with_its_place(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    write_type(site, "person", {**PERSON, "tilte": "Person"})
    write_type(site, "order", {"title": "Order", "type": "object", "properties": {"total": {"type": "strin"}}})
    checked = kartotek("check", "--site", site)
    assert checked.status == 1
    lines = checked.out.splitlines()
    assert any(line.startswith("schemas/person.json:") and "tilte" in line for line in lines)
    assert any(line.startswith("schemas/order.json:") for line in lines)


def test_check_as_json_is_for_programs(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    write_type(site, "person", {**PERSON, "required": ["nmae"]})
    problems = json.loads(kartotek("check", "--format", "json", "--site", site).out)
    assert {"file", "line", "column", "code", "message"} <= set(problems[0])
    assert problems[0]["file"] == "schemas/person.json"


def test_a_shell_sees_the_exit_status(tmp_path: Path) -> None:
    refused = kartotek_process("check", "--site", tmp_path)
    assert (refused.status, refused.out) == (1, "")
    assert refused.err.startswith("kartotek: ")


def test_check_touches_no_database(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    kartotek("check", "--site", site)
    assert not (site / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["check", "--site", "/nonexistent"], 1),
        (["run", "--site", "/nonexistent"], 1),
        (["user", "list", "--site", "/nonexistent"], 1),
        (["check", "--frmat", "json"], 2),
        (["fly"], 2),
        (["run", "--port", "99999"], 2),
        (["run", "--workers", "0"], 2),
        ([], 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_a_wrong_call_is_a_sentence_and_never_a_traceback(arguments: list[str], status: int) -> None:
    ended = kartotek(*arguments)
    assert ended.status == status
    assert ended.err.strip()
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"title": "\ud800"}', "\x00", "{}" * 1000, "[" * 5000],
    ids=lambda text: repr(text[:12]),
)
def test_no_file_makes_check_fall_over(tmp_path: Path, text: str) -> None:
    site = small_site(tmp_path / "site")
    (site / "schemas" / "person.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    checked = kartotek("check", "--site", site)
    assert (checked.status, checked.err) == (1, "")
    assert checked.out.startswith("schemas/person.json:")
