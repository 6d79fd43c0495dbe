"""Sites that extend another, as their owners begin, check, plan and run them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from running_site import PERSON, kartotek, new_token, running, seconds_until, small_site, write_type

from kartotek.site import Site

ROOT = Path(__file__).resolve().parent.parent.parent
OVERLAY = {
    "x-extends": "person",
    "properties": {"x_badge": {"type": "string", "title": "Badge", "maxLength": 8}},
    "x-record": {"list+": ["x_badge"]},
}


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """The base; sites of it are made beside it."""
    return small_site(tmp_path / "chain", title="Chain")


def made(chain: Path, name: str = "lily") -> Path:
    site = chain.parent / name
    ended = kartotek("new", site, "--extends", chain)
    assert (ended.status, ended.err) == (0, "")
    return site


def test_new_begins_a_site_that_is_its_base(chain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(chain.parent)
    ended = kartotek("new", "shops/lily", "--extends", "./chain")
    assert (ended.status, ended.err) == (0, "") and "person" in ended.out
    site = chain.parent / "shops" / "lily"
    assert 'extends: "../../chain"' in (site / "site.yaml").read_text()
    assert (site / "meta" / "overlay.v1.json").is_file() and (site / "meta" / "record.v1.json").is_file()
    assert kartotek("check", "--site", site).out == "1 record types, no problems.\n"


def test_new_by_the_name_of_the_template_of_this_repository(tmp_path: Path) -> None:
    assert kartotek("new", tmp_path / "lily", "--extends", "beauty-salon").status == 0
    checked = kartotek("check", "--site", tmp_path / "lily")
    assert checked.status == 0 and checked.out.endswith("17 record types, no problems.\n")


@pytest.mark.parametrize(("base", "part"), [
    ("beauty-slaon", "Did you mean 'beauty-salon'?"), ("./nothing", "no site.yaml in"), ("../lily", "no site.yaml in"),
])
def test_new_above_nothing_writes_nothing(base: str, part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = kartotek("new", "lily", "--extends", base)
    assert ended.status == 1 and part in ended.err
    assert list(tmp_path.iterdir()) == []


def test_new_above_a_broken_base_tells_what_is_wrong_there(chain: Path) -> None:
    write_type(chain, "person", {**PERSON, "required": ["nmae"]})
    ended = kartotek("new", chain.parent / "lily", "--extends", chain)
    assert ended.status == 1 and "@chain/schemas/person.json:" in ended.err and "Did you mean 'name'?" in ended.err
    assert not (chain.parent / "lily").exists()


def test_check_tells_the_file_that_a_mistake_is_in(chain: Path) -> None:
    site = made(chain)
    write_type(site, "person", {**OVERLAY, "properties": {"name": {"maxLength": 99}, "badge": {"type": "string"}}, "x-record": {}})
    problems = json.loads(kartotek("check", "--format", "json", "--site", site).out)
    assert [(one["file"], one["code"]) for one in problems] == [("schemas/person.json", "loosens"), ("schemas/person.json", "overlay_name")]
    write_type(chain, "person", {**PERSON, "tilte": "Person"})
    checked = kartotek("check", "--site", site)
    assert checked.status == 1 and any(line.startswith("@chain/schemas/person.json:") for line in checked.out.splitlines())


def start(site: Path) -> None:
    """Makes the site ready as a server does, without serving it."""
    opened = Site(site)
    try:
        opened.prepare(owner_password="correct horse battery")
    finally:
        opened.close()


def told(site: Path) -> str:
    """What the owner is told of the files now."""
    opened = Site(site)
    try:
        return "\n".join(f"{one.place} {one.message}" for one in opened.engine.declaration_problems())
    finally:
        opened.close()


def test_a_running_site_follows_its_own_files_and_those_of_its_base(chain: Path) -> None:
    """What is safe in either is live at once, what is not waits; what is broken in either, or gone, leaves all as it was."""
    site = made(chain)
    with running(site) as server:
        server.token = new_token(site)

        def create(**fields: object) -> tuple[int, object]:
            return server.api("POST", "/records/person", {"fields": fields})

        assert create(name="Ada")[0] == 201 and create(name="Ada", x_badge="1")[0] == 422
        write_type(site, "person", OVERLAY)
        seconds_until(lambda: create(name="Bea", x_badge="7")[0] == 201, at_most=10)
        write_type(chain, "person", {**PERSON, "properties": {**PERSON["properties"], "born": {"type": "string", "format": "date", "title": "Born"}}})
        seconds_until(lambda: create(name="Cleo", born="1990-01-02", x_badge="8")[0] == 201, at_most=10)
        write_type(chain, "person", {**PERSON, "required": ["nmae"]})
        seconds_until(lambda: "@chain/schemas/person.json" in told(site), at_most=10)
        assert create(name="Dora", born="1990-01-02", x_badge="9")[0] == 201
        chain.rename(chain.parent / "away")
        seconds_until(lambda: "no site.yaml in" in told(site), at_most=10)
        assert create(name="Eve", born="1990-01-02", x_badge="10")[0] == 201
        (chain.parent / "away").rename(chain)
        write_type(chain, "person", {**PERSON, "properties": {
            **PERSON["properties"], "born": {"type": "string", "format": "date"}, "note": {"type": "string", "title": "Note"}}})
        seconds_until(lambda: create(name="Fay", note="back", x_badge="11")[0] == 201, at_most=10)
    planned = kartotek("plan", "--site", site)
    assert planned.status == 0 and "Nothing to do" in planned.out
    write_type(chain, "person", PERSON)
    planned = kartotek("plan", "--site", site)
    assert "born" in planned.out and "note" in planned.out and planned.status == 0


def test_openapi_and_plan_know_what_is_added(chain: Path) -> None:
    site = made(chain)
    start(site)
    write_type(site, "person", OVERLAY)
    planned = kartotek("plan", "--site", site)
    assert planned.status == 0 and "x_badge" in planned.out
    start(site)
    described = json.loads(kartotek("openapi", "--site", site).out)
    assert "x_badge" in json.dumps(described["paths"]) + json.dumps(described["components"])


def test_a_copy_stands_on_the_same_base(chain: Path) -> None:
    site = made(chain)
    start(site)
    target = chain.parent / "far" / "away" / "copy"
    ended = kartotek("copy", "--site", site, "--to", target)
    assert (ended.status, ended.err) == (0, "")
    assert "Nothing to do" in kartotek("plan", "--site", target).out
    (target / "schemas").mkdir(exist_ok=True)
    write_type(target, "person", OVERLAY)
    assert "x_badge" in kartotek("plan", "--site", target).out
    assert "Nothing to do" in kartotek("plan", "--site", site).out


def test_rolling_back_writes_the_overlay_and_leaves_the_base_alone(chain: Path) -> None:
    site = made(chain)
    start(site)
    write_type(site, "person", OVERLAY)
    hash_of = json.loads(kartotek("plan", "--site", site, "--format", "json").out)["hash"]
    assert kartotek("apply", "--plan", hash_of, "--site", site).status == 0
    before = (chain / "schemas" / "person.json").read_bytes()
    planned = re.search(r"--plan (\w+) --confirm person.x_badge", kartotek("rollback", "1", "--site", site).out)
    assert planned is not None
    ended = kartotek("rollback", "1", "--plan", planned[1], "--confirm", "person.x_badge", "--site", site)
    assert ended.status == 0, ended.out + ended.err
    assert not (site / "schemas" / "person.json").exists() and (chain / "schemas" / "person.json").read_bytes() == before
    write_type(chain, "person", {**PERSON, "properties": {**PERSON["properties"], "note": {"type": "string", "title": "Note"}}})
    hash_of = json.loads(kartotek("plan", "--site", site, "--format", "json").out)["hash"]
    assert kartotek("apply", "--plan", hash_of, "--site", site).status == 0
    refused = kartotek("rollback", "1", "--site", site)
    assert refused.status == 1 and "@chain/schemas/person.json" in refused.out + refused.err
