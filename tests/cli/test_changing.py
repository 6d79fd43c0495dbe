"""The commands that change what is in service, as an owner types them."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from running_site import PERSON, kartotek, small_site, with_field, write_type

from kartotek.model.actor import Actor
from kartotek.site import Site
from kartotek.storage import changes

SYSTEM = Actor.system("test")
NOTE = {"type": "string", "title": "Note"}


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    """A site that was started, with two people; its file says that nobody has a note any more."""
    return Path(shutil.copytree(begun, tmp_path / "site"))


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, which nobody changes."""
    folder = small_site(tmp_path_factory.mktemp("begun") / "site")
    write_type(folder, "person", with_field("note", NOTE))
    site = Site(folder)
    site.prepare(owner_password="correct horse battery", demo=False)
    for name in ("Ann", "Bea"):
        site.engine.create(SYSTEM, "person", {"name": name, "note": f"of {name}"})
    site.close()
    write_type(folder, "person", PERSON)
    return folder


def hash_of(folder: Path) -> str:
    return str(json.loads(kartotek("plan", "--format", "json", "--site", folder).out)["hash"])


def fields(folder: Path, id: int) -> Any:
    site = Site(folder)
    found = site.engine.get(SYSTEM, "person", id)["fields"]
    site.close()
    return found


def test_a_plan_says_what_happens_and_the_command_that_does_it(folder: Path) -> None:
    told = kartotek("plan", "--site", folder)
    assert (told.status, told.err) == (0, "")
    assert told.out.splitlines()[:3] == [
        "person",
        "   1  TO CONFIRM      The field note is gone.",
        "                      2 records have a value, which is set aside for 30 days.",
    ]
    command = told.out.splitlines()[-1].split()
    assert command == ["kartotek", "apply", "--plan", hash_of(folder), "--confirm", "person.note", "--site", str(folder)]
    done = kartotek(*command[1:], "--reason", "nobody reads them")
    assert done.status == 0 and done.out.startswith("Version 2 of the declarations is in service.\nThe records as they were")
    backup = Path(done.out.split()[-1].rstrip("."))
    assert backup.is_file() and backup.parent == folder / "data" / "backups"
    assert fields(folder, 1) == {"name": "Ann"}
    again = kartotek("plan", "--site", folder)
    assert (again.status, again.out) == (0, "Nothing to do: the files are what is in service (version 2).\n")
    assert kartotek("apply", "--site", folder).out == again.out
    listed = kartotek("versions", "--site", folder).out.splitlines()
    assert re.fullmatch(r"2 +\S+ \S+ UTC  -   1      nobody reads them", listed[1]) and listed[2].startswith("1 ")
    shown = kartotek("versions", "2", "--site", folder).out
    assert "  person: the field note is gone.\n" in shown and "  schemas/person.json (" in shown
    assert json.loads(kartotek("versions", "1", "--file", "schemas/person.json", "--site", folder).out) == with_field("note", NOTE)


def test_going_back_brings_files_and_values_and_what_is_kept_is_told(folder: Path) -> None:
    kartotek("apply", "--plan", hash_of(folder), "--confirm", "person.note", "--site", folder)
    kept = kartotek("clean", "--site", folder)
    assert kept.status == 0 and kept.out.splitlines()[1].startswith("person.note  removed         2        ")
    told = kartotek("rollback", "1", "--site", folder)
    assert told.status == 2 and "Note comes back with the values it had." in told.out and "nothing was done" in told.err
    done = kartotek(*told.out.splitlines()[-1].split()[1:])
    assert (done.status, done.err) == (0, "") and "Version 3" in done.out
    assert json.loads((folder / "schemas" / "person.json").read_text(encoding="utf-8")) == with_field("note", NOTE)
    assert fields(folder, 2) == {"name": "Bea", "note": "of Bea"}
    assert kartotek("clean", "--site", folder).out == "Nothing is kept that was removed.\n"


def test_what_is_dropped_by_name_is_gone(folder: Path) -> None:
    kartotek("apply", "--plan", hash_of(folder), "--confirm", "person.note", "--site", folder)
    assert kartotek("clean", "person.nothing", "--site", folder).err == "kartotek: Nothing is kept under the name person.nothing.\n"
    assert kartotek("clean", "person.note", "--site", folder).out == "person.note is gone for good.\n"
    told = json.loads(kartotek("clean", "--format", "json", "--site", folder).out)
    assert told == {"dropped": [], "kept": []}


@pytest.mark.parametrize(
    "options, status, sentence",
    [
        ((), 2, "nothing was done"),
        (("--plan", "0123456789ab"), 1, "have changed since this plan was made: look at it again"),
        (("--plan", "HASH"), 1, "has to be confirmed by its name: person.note"),
        (("--plan", "HASH", "--confirm", "note"), 1, "has to be confirmed by its name: person.note"),
        (("--plan", "HASH", "--confirm", "person.note", "--as", "nobody"), 1, "no such user"),
        (("--map", "note:a=b"), 2, "TYPE.FIELD:OLD=NEW"),
        (("--hash", "x"), 2, "unrecognized arguments"),
    ],
)
def test_what_is_not_meant_is_not_done(folder: Path, options: tuple[str, ...], status: int, sentence: str) -> None:
    given = [hash_of(folder) if one == "HASH" else one for one in options]
    ended = kartotek("apply", *given, "--site", folder)
    assert (ended.status, sentence in ended.err) == (status, True), ended.err
    assert fields(folder, 1) == {"name": "Ann", "note": "of Ann"}


def test_one_who_is_no_owner_changes_nothing(folder: Path) -> None:
    kartotek("user", "add", "clara", "--site", folder, KARTOTEK_PASSWORD="correct horse battery")
    ended = kartotek("apply", "--plan", hash_of(folder), "--confirm", "person.note", "--as", "clara", "--site", folder)
    assert (ended.status, ended.err) == (1, "kartotek: Only an owner may change what the site declares.\n")
    owner = kartotek("apply", "--plan", hash_of(folder), "--confirm", "person.note", "--as", "owner", "--format", "json", "--site", folder)
    assert (owner.status, json.loads(owner.out)["version"]) == (0, 2)
    assert json.loads(kartotek("versions", "--format", "json", "--site", folder).out)[0]["by"]


def test_mistakes_of_files_are_told_with_their_places(folder: Path) -> None:
    broken = '{"title": "Person", "type": "object",\n "properties": {}, "propertys": {}, "x-record": {}}'
    (folder / "schemas" / "person.json").write_text(broken, encoding="utf-8")
    for command in ("plan", "apply"):
        ended = kartotek(command, "--site", folder)
        assert ended.status == 1 and "1 mistake keeps the plan from being made" in ended.err
        assert "schemas/person.json:2:20: error [unknown_key]" in ended.err
    told = json.loads(kartotek("plan", "--format", "json", "--site", folder).out)
    assert told["hash"] == "" and told["problems"][0]["place"] == {"file": "schemas/person.json", "line": 2, "column": 20}


def test_a_site_that_was_never_started_says_so(tmp_path: Path) -> None:
    new = small_site(tmp_path / "new")
    for command in (("plan",), ("apply",), ("rollback", "1"), ("versions",), ("clean",)):
        ended = kartotek(*command, "--site", new)
        assert ended.status == 1 and "has never been started" in ended.err
        nothing = kartotek(*command, "--site", tmp_path / "nothing")
        assert nothing.status == 1 and "site" in nothing.err
    assert kartotek("rollback", "x", "--site", new).status == 2 and kartotek("rollback", "--site", new).status == 2


def test_options_that_are_gone_are_answered(folder: Path) -> None:
    level = {"title": "Level", "oneOf": [{"const": one, "title": one} for one in ("gold", "tin")]}
    write_type(folder, "person", {**with_field("note", NOTE), "properties": {**with_field("note", NOTE)["properties"], "level": level}})
    assert kartotek("apply", "--plan", hash_of(folder), "--site", folder).status == 0
    site = Site(folder)
    site.engine.update(SYSTEM, "person", 1, {"level": "tin"})
    site.close()
    less = {"title": "Level", "oneOf": level["oneOf"][:1]}
    write_type(folder, "person", {**with_field("note", NOTE), "properties": {**with_field("note", NOTE)["properties"], "level": less}})
    told = kartotek("plan", "--site", folder)
    assert told.status == 1 and "--map person.level:tin=…" in told.out and "cannot be applied" in told.out
    for name in ("person.nothing", "nothing.level"):
        told = kartotek("plan", "--map", f"{name}:tin=gold", "--site", folder)
        assert told.status == 1 and f"There is no field {name}." in told.err, told
    told = kartotek("plan", "--map", "person.level:tin=gold", "--site", folder)
    command = told.out.splitlines()[-1].split()
    assert told.status == 0 and "person.level:tin=gold" in command
    assert kartotek(*command[1:]).status == 0
    assert fields(folder, 1)["level"] == "gold"


@pytest.mark.parametrize("typed, status", [("person.note", 0), ("note", 1), ("", 1)])
def test_at_a_terminal_the_plan_is_shown_and_the_name_is_typed(folder: Path, typed: str, status: int) -> None:
    ended, said = at_terminal(typed, "apply", "--site", str(folder))
    assert "The field note is gone." in said and "Type person.note to confirm it:" in said
    assert ended == status and ("Version 2" in said) == (status == 0), said
    assert ("note" in fields(folder, 1)) == (status != 0)


def at_terminal(typed: str, *arguments: str) -> tuple[int, str]:
    """(exit status, what stood on the screen) of a command that somebody types an answer to."""
    keys, screen = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "kartotek", *arguments], stdin=screen, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    os.write(keys, f"{typed}\n".encode())
    said, _ = process.communicate(timeout=60)
    os.close(keys)
    os.close(screen)
    return process.returncode, said


def test_one_that_was_killed_is_gone_on_with_by_whoever_applies_next(folder: Path) -> None:
    """Killed after it was accepted and backed up: the old state stands, files wait, and the same command finishes it."""
    hash = hash_of(folder)
    site = Site(folder)
    asked = site.engine.plans.accept(SYSTEM, site.documents(), hash=hash, confirm=["person.note"], reason="first")
    with site.engine.database.write() as conn:
        changes.change(conn, asked.id, site.engine.clock(), status="preparing")
    report = site.prepare(owner_password="", demo=False)
    assert report.problems == () and site.engine.catalog().version == 1, "a start leaves it alone"
    site.close()
    done = kartotek("apply", "--plan", hash, "--confirm", "person.note", "--site", folder)
    assert done.status == 0 and fields(folder, 1) == {"name": "Ann"}
    listed = json.loads(kartotek("versions", "--format", "json", "--site", folder).out)
    assert [(one["version"], one["reason"]) for one in listed][0] == (2, "first")


def test_what_looks_renamed_is_asked_with_the_command_that_answers(folder: Path) -> None:
    write_type(folder, "person", with_field("notes", NOTE))
    told = kartotek("plan", "--site", folder).out
    assert "  If so: kartotek plan --rename person.note=notes\n" in told
    answered = kartotek("plan", "--rename", "person.note=notes", "--site", folder)
    assert answered.status == 0 and "Note is called notes now." in answered.out and "Question" not in answered.out
    assert kartotek(*answered.out.splitlines()[-1].split()[1:]).status == 0
    assert fields(folder, 1) == {"name": "Ann", "notes": "of Ann"}


def test_a_plan_for_programs_says_what_the_one_for_people_does(folder: Path) -> None:
    (step,) = json.loads(kartotek("plan", "--sql", "--format", "json", "--site", folder).out)["steps"]
    assert (step["action"], step["type"], step["path"], step["verdict"]) == ("remove_field", "person", ["note"], "confirm")
    assert (step["finding"]["concerned"], step["confirm"]) == (2, "person.note")
    assert 'RENAME COLUMN "note"' in step["sql"][0] and 'RENAME COLUMN "note"' in kartotek("plan", "--sql", "--site", folder).out


def test_records_that_lack_what_becomes_required_are_counted_and_shown(folder: Path) -> None:
    write_type(folder, "person", {**with_field("note", NOTE), "required": ["name", "mail"], "properties": {
        **with_field("note", NOTE)["properties"], "mail": {"type": "string", "title": "Mail"}}})
    told = kartotek("plan", "--site", folder).out
    assert "2 of 2 records lack it." in told and "- Ann (#1)\n" in told
    assert "Once this is applied, they are listed under /r/person/?broken=mail\n" in told
