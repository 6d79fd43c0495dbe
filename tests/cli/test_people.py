"""kartotek person: a person's data out of a site, her consents, restriction and erasure, and records whose time is over."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from people_site import documents

from kartotek.cli import main
from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.site import Site

BY = Actor.system("test")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    for name, text in documents().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    opened = Site(folder)
    opened.prepare()
    try:
        person = opened.engine.create(BY, "person", {"name": "Ana Canary", "phone": "+8613812345678"})["id"]
        opened.engine.create(BY, "bill", {"person": person, "amount": 7, "open": True, "words": "x"})
    finally:
        opened.close()
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    status = main(words)
    told = capsys.readouterr()
    return status, told.out + told.err


def test_a_person_is_exported_restricted_and_erased(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = ("--site", str(site))
    target = tmp_path / "ana.zip"
    assert run(capsys, "person", "export", "person/1", *here, "--to", str(target)) == (0, f"{target}: 2 records, 0 files.\n")
    assert json.loads(zipfile.ZipFile(target).read("person.json"))["id"] == 1 and target.stat().st_mode & 0o77 == 0
    status, told = run(capsys, "person", "consents", "person/1", *here, "--give", "offers", "--format", "json")
    assert status == 0 and [one["given"] for one in json.loads(told)["purposes"]] == [None, True]
    assert "offers   consent   no" in run(capsys, "person", "consents", "person/1", *here, "--withdraw", "offers")[1]
    assert run(capsys, "person", "restrict", "person/1", *here, "--reason", "contested")[1] == "The person is restricted: kept, hidden and sent nothing.\n"
    assert run(capsys, "person", "restrict", "person/1", *here, "--lift")[1] == "The restriction is lifted.\n"
    assert run(capsys, "person", "restrict", "person/1", *here, "--lift")[1] == "There was no restriction.\n"
    status, told = run(capsys, "person", "erase", "person/1", *here)
    assert status == 1 and "bill: 1 must be kept. It is not paid." in told and "Nothing was changed." in told
    assert run(capsys, "person", "erase", "person/1", *here, "--confirm")[0] == 1
    opened = Site(site)
    opened.engine.update(BY, "bill", 1, {"open": False})
    opened.close()
    status, told = run(capsys, "person", "erase", "person/1", *here, "--confirm")
    assert (status, told) == (0, "person: 1 erased\nbill: 1 left without what is personal\n")
    assert b"Canary" not in b"".join(one.read_bytes() for one in (site / "data").rglob("*") if one.is_file())
    assert run(capsys, "person", "erase", "person/1", *here)[0] == 1 and run(capsys, "person", "erase", "nobody", *here)[0] == 1
    assert run(capsys, "person", "retention", *here)[0] == 0


def test_an_older_backup_brings_nobody_back(site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here, archive = ("--site", str(site)), tmp_path / "before.kartotek"
    assert run(capsys, "backup", *here, "--to", str(archive))[0] == 0
    opened = Site(site)
    opened.engine.update(BY, "bill", 1, {"open": False})
    opened.close()
    assert run(capsys, "person", "erase", "person/1", *here, "--confirm")[0] == 0
    status, told = run(capsys, "restore", str(archive), *here, "--replace")
    assert status == 0, told
    again = Site(site)
    try:
        again.prepare()
        assert again.engine.select(BY, "person", Query()).items == [] and again.engine.get(BY, "bill", 1)["fields"]["amount"] == 7
    finally:
        again.close()
    assert b"Canary" not in b"".join(one.read_bytes() for one in (site / "data").glob("records.db*"))
