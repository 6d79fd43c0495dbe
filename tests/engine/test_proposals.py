"""Changes that come through an interface: into the owner's files and into service, or into neither."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from random import Random

import pytest

from kartotek.engine.engine import Engine
from kartotek.engine.transaction import Once
from kartotek.errors import Busy, Conflict, Forbidden, Invalid
from kartotek.jobs.watcher import Watcher
from kartotek.model.actor import Actor
from kartotek.model.edit import Edit, Insert, Move, Put, Remove, Rename
from kartotek.model.proposal import Proposal
from kartotek.storage.database import Database
from tests.engine import proposed_site
from tests.engine.proposed_site import FILES, OWNER, PERSON, ProposedSite
from tests.lengths import rounds

ITEM = "schemas/item.yaml"
CLERK = Actor(id=2, name="Clara", roles=frozenset({"clerk"}))


@pytest.fixture
def site(tmp_path: Path, database_url: str, clock: Callable[[], datetime]) -> Iterator[ProposedSite]:
    site = ProposedSite(tmp_path / "site", database_url, clock)
    site.begin()
    yield site
    site.engine.close()


@pytest.fixture
def lite(tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[ProposedSite]:
    """On SQLite, for what is refused before a database is asked."""
    site = ProposedSite(tmp_path / "site", f"sqlite:///{tmp_path}/records.db", clock)
    site.begin()
    yield site
    site.engine.close()


def edits(site: ProposedSite, file: str, *changes: Edit) -> Proposal:
    return Proposal(edits={file: changes}, seen=site.engine.proposals.files(OWNER))


def test_an_edit_goes_into_the_file_and_into_service(site: ProposedSite) -> None:
    proposal = edits(
        site, PERSON, Put(("properties", "born"), {"type": "string", "format": "date", "title": "Born"}, "level"), Put(("title",), "Human")
    )
    proposed = site.engine.proposals.propose(OWNER, proposal)
    assert [(one.action, one.verdict) for one in proposed.plan.steps if one.path] == [("add_field", "safe")]
    assert site.files() == FILES, "a plan writes nothing"
    assert '+    "born":  {"type": "string", "format": "date", "title": "Born"},\n' in proposed.changes[PERSON]
    done = site.engine.proposals.apply(OWNER, proposal, hash=proposed.plan.hash, reason="birthdays")
    assert (done.status, done.version) == ("applied", 2)
    expected = FILES[PERSON].replace('    "level"', '    "born":  {"type": "string", "format": "date", "title": "Born"},\n    "level"')
    assert site.files() == FILES | {PERSON: expected.replace('"Person"', '"Human"')}
    assert site.engine.catalog().types["person"].fields[2].name == "born"
    assert site.engine.plans.version(OWNER, 2).documents == site.folder.read()


def test_several_files_change_as_one_and_keep_their_layout(site: ProposedSite) -> None:
    changes: dict[str, tuple[Edit, ...]] = {
        PERSON: (Rename(("properties", "phone"), "mobile"), Put(("properties", "mobile", "x-field", "aliases"), ["phone"])),
        ITEM: (Put(("properties", "size"), {"type": "integer", "title": "Size"}), Put(("x-record", "list"), ["label"])),
        "site.yaml": (Put(("roles", "helper"), {"title": "Helper"}),),
    }
    person = site.engine.create(OWNER, "person", {"name": "Ann", "phone": "123"})
    proposal = Proposal(edits=changes, seen=site.engine.proposals.files(OWNER), files={"schemas/new.json": None})
    plan = site.engine.proposals.propose(OWNER, proposal).plan
    site.engine.proposals.apply(OWNER, proposal, hash=plan.hash, confirm=plan.to_confirm)
    files = site.files()
    assert files["site.yaml"] == FILES["site.yaml"] + "  helper: {title: Helper}\n"
    assert files[ITEM] == FILES[ITEM].replace(
        "  # on the shelf\r\n", "  # on the shelf\r\n  size: {type: integer, title: Size}\r\n"
    ).replace('"{label}"}', '"{label}", list: [label]}')
    assert files[PERSON] == FILES[PERSON].replace('"phone": {', '"mobile": {').replace(
        '"maxLength": 20}', '"maxLength": 20, "x-field": {"aliases": ["phone"]}}'
    )
    assert site.engine.get(OWNER, "person", person["id"])["fields"] == {"name": "Ann", "mobile": "123"}


def test_a_file_that_was_changed_meanwhile_is_told_with_all_three(site: ProposedSite) -> None:
    proposal = edits(site, PERSON, Put(("title",), "Mine"))
    plan = site.engine.proposals.propose(OWNER, proposal).plan
    theirs = FILES[PERSON].replace('"Level"', '"Grade"')
    site.save(PERSON, theirs)
    for attempt in (
        lambda: site.engine.proposals.propose(OWNER, proposal),
        lambda: site.engine.proposals.apply(OWNER, proposal, hash=plan.hash),
    ):
        with pytest.raises(Conflict) as caught:
            attempt()
        [problem] = caught.value.problems
        assert problem.code == "file_changed"
        assert (problem.params["base"], problem.params["theirs"]) == (FILES[PERSON], theirs)
        assert problem.params["merged"] == theirs.replace('"Person"', '"Mine"')
    assert site.files() == FILES | {PERSON: theirs}
    merged = Proposal(files={PERSON: problem.params["merged"]}, seen={PERSON: theirs})
    plan = site.engine.proposals.propose(OWNER, merged).plan
    site.engine.proposals.apply(OWNER, merged, hash=plan.hash)
    assert site.engine.catalog().types["person"].title == "Mine"


def test_a_plan_of_other_files_or_records_puts_nothing_into_files(site: ProposedSite) -> None:
    proposal = edits(site, PERSON, Put(("title",), "Human"))
    hash = site.engine.proposals.propose(OWNER, proposal).plan.hash
    with pytest.raises(Conflict) as caught:
        site.engine.proposals.apply(OWNER, edits(site, PERSON, Put(("title",), "Other")), hash=hash)
    assert caught.value.problems[0].code == "plan_moved"
    site.save("schemas/more.json", FILES[PERSON])  # another file, which the proposal does not name
    with pytest.raises(Conflict) as caught:
        site.engine.proposals.apply(OWNER, proposal, hash=hash)
    assert caught.value.problems[0].code == "plan_moved"
    assert site.files() == FILES | {"schemas/more.json": FILES[PERSON]}
    assert site.engine.catalog().version == 1


def test_what_has_to_be_confirmed_is_written_nowhere_before_it_is(site: ProposedSite) -> None:
    site.engine.create(OWNER, "person", {"name": "Ann", "level": 3})
    proposal = edits(site, PERSON, Remove(("properties", "level")))
    plan = site.engine.proposals.propose(OWNER, proposal).plan
    assert plan.to_confirm == ("person.level",)
    with pytest.raises(Invalid) as caught:
        site.engine.proposals.apply(OWNER, proposal, hash=plan.hash)
    assert caught.value.problems[0].code == "plan_unconfirmed"
    assert site.files() == FILES and site.engine.catalog().version == 1
    site.engine.proposals.apply(OWNER, proposal, hash=plan.hash, confirm=["person.level"])
    assert site.files()[PERSON] == FILES[PERSON].replace('20},\n\n    "level": {"type": "integer", "title": "Level"}', "20}")


def test_mistakes_are_told_in_the_plan_and_cannot_be_applied(lite: ProposedSite) -> None:
    for proposal in (
        edits(lite, PERSON, Put(("properties", "phone", "type"), "strng")),
        Proposal(files={PERSON: "{"}, seen=FILES),
        Proposal(files={"site.yaml": None}, seen=FILES),
    ):
        plan = lite.engine.proposals.propose(OWNER, proposal).plan
        assert (plan.hash, bool(plan.problems)) == ("", True)
        with pytest.raises(Invalid, match="mistakes"):
            lite.engine.proposals.apply(OWNER, proposal, hash=plan.hash)
    assert lite.files() == FILES


def test_a_request_sent_twice_changes_once(site: ProposedSite) -> None:
    proposal = edits(site, PERSON, Insert(("required",), "phone"))
    plan = site.engine.proposals.propose(OWNER, proposal).plan
    first = site.engine.proposals.apply(OWNER, proposal, hash=plan.hash, once=Once("k", "f"))
    again = site.engine.proposals.apply(OWNER, proposal, hash=plan.hash, once=Once("k", "f"))
    assert (first.version, again.version) == (2, 2)
    assert site.files()[PERSON] == FILES[PERSON].replace('["name"],\n', '["name", "phone"],\n', 1)
    site.save(PERSON, FILES[PERSON])
    late = site.engine.proposals.apply(OWNER, proposal, hash=plan.hash, once=Once("k", "f"))
    assert late == first and site.files() == FILES, "what somebody has changed since stays"
    with pytest.raises(Invalid, match="another request"):
        site.engine.proposals.apply(OWNER, edits(site, PERSON, Put(("title",), "X")), hash="x", once=Once("k", "g"))
    assert site.files() == FILES


REFUSED: list[tuple[str, Proposal, str]] = [
    ("the base's", Proposal(files={"@base/schemas/person.json": "{}"}), "not_writable"),
    ("the base's, edited", Proposal(edits={"@base/site.yaml": [Put(("name",), "x")]}, seen={"@base/site.yaml": "name: y\n"}), "not_writable"),
    ("outside", Proposal(files={"../x/site.yaml": "name: x\n"}), "not_writable"),
    ("a secret", Proposal(files={"secrets/secret.key": "0" * 64}), "not_writable"),
    ("another folder of the server", Proposal(files={"site.yaml": "name: Workshop\nextends: ../../etc\n"}, seen=FILES), "not_writable"),
    ("not seen", Proposal(edits={PERSON: [Put(("title",), "x")]}), "no_such_file"),
    ("both ways", Proposal(files={PERSON: "{}"}, edits={PERSON: [Move(("title",))]}, seen=FILES), "twice"),
]


@pytest.mark.parametrize(("name", "proposal", "code"), REFUSED, ids=[one[0] for one in REFUSED])
def test_what_is_not_the_sites_own_to_write_is_refused(lite: ProposedSite, name: str, proposal: Proposal, code: str) -> None:
    with pytest.raises(Invalid) as caught:
        lite.engine.proposals.propose(OWNER, proposal)
    assert caught.value.problems[0].code == code, name
    with pytest.raises(Invalid):
        lite.engine.proposals.apply(OWNER, proposal, hash="")
    assert lite.files() == FILES


def test_only_owners_see_and_propose_files(lite: ProposedSite) -> None:
    proposal = edits(lite, PERSON, Put(("title",), "Human"))
    for attempt in (
        lambda: lite.engine.proposals.files(CLERK),
        lambda: lite.engine.proposals.propose(CLERK, proposal),
        lambda: lite.engine.proposals.apply(CLERK, proposal, hash=""),
        lambda: lite.engine.proposals.rename(CLERK, "person", ("name",), "x"),
        lambda: lite.engine.proposals.put(CLERK, {PERSON: None}, FILES, lambda documents: None),
    ):
        with pytest.raises(Forbidden):
            attempt()
    assert lite.files() == FILES


def test_without_a_folder_there_is_nothing_to_propose(tmp_path: Path) -> None:
    engine = Engine(Database.open(f"sqlite:///{tmp_path}/records.db"), files=tmp_path / "files", secret=b"s" * 32)
    with pytest.raises(Conflict) as caught:
        engine.proposals.files(OWNER)
    engine.close()
    assert caught.value.problems[0].code == "unreadable_folder"


def test_the_watcher_undoes_nothing_and_applies_no_half(site: ProposedSite) -> None:
    """It looks all the time while changes of two files are proposed, and never gets to apply anything of its own."""
    watcher = Watcher(site.engine, site.folder.read, still=site.folder.still, applied=lambda: None, pause=lambda seconds: None)
    ended, errors = threading.Event(), list[str]()

    def look() -> None:
        while not ended.is_set():
            try:
                watcher.look()
            except Exception as error:  # whatever it is, the test fails
                errors.append(repr(error))
            time.sleep(0.005)

    thread = threading.Thread(target=look)
    thread.start()
    count = rounds(3, 40)
    for number in range(count):
        proposal = Proposal(
            edits={PERSON: [Put(("title",), f"P{number}")], ITEM: [Put(("title",), f"I{number}")]},
            seen=site.engine.proposals.files(OWNER),
        )
        plan = site.engine.proposals.propose(OWNER, proposal).plan
        site.engine.proposals.apply(OWNER, proposal, hash=plan.hash, reason="proposed")
    ended.set()
    thread.join()
    assert not errors
    reasons = [one.reason for one in site.engine.plans.versions(OWNER)]
    assert reasons == ["proposed"] * count + ["begun"]


def test_a_site_that_extends_another_writes_its_own_files_alone(tmp_path: Path, database_url: str, clock: Callable[[], datetime]) -> None:
    """Its base is read and planned with, and stays as it is; what differs goes into an overlay."""
    base = ProposedSite(tmp_path / "chain", f"sqlite:///{tmp_path}/base.db", clock)
    for name, text in FILES.items():
        base.save(name, text)
    site = ProposedSite(tmp_path / "site", database_url, clock)
    site.save("site.yaml", "extends: ../chain\nname: Ours\n")
    site.engine.apply_documents(site.folder.read(), by=Actor.system("test"), reason="begun")
    assert site.engine.proposals.files(OWNER) == {"site.yaml": "extends: ../chain\nname: Ours\n"}
    overlay = '{"x-extends": "person", "properties": {"x_born": {"type": "string", "format": "date"}}}\n'
    proposal = Proposal(files={PERSON: overlay}, edits={"site.yaml": [Put(("name",), "Theirs")]}, seen=site.engine.proposals.files(OWNER))
    plan = site.engine.proposals.propose(OWNER, proposal).plan
    site.engine.proposals.apply(OWNER, proposal, hash=plan.hash)
    assert site.files() == {"site.yaml": "extends: ../chain\nname: Theirs\n", PERSON: overlay}
    assert base.files() == FILES
    assert [one.name for one in site.engine.catalog().types["person"].fields][-1] == "x_born"
    for edit in (Put(("extends",), "../other"), Remove(("extends",))):
        with pytest.raises(Invalid) as caught:
            site.engine.proposals.propose(OWNER, edits(site, "site.yaml", edit))
        assert caught.value.problems[0].code == "not_writable"
    with pytest.raises(Invalid, match="belongs to what this site extends|declared in what"):
        site.engine.proposals.rename(OWNER, "item", (), "thing")
    for one in (base, site):
        one.engine.close()


def test_an_old_name_is_written_where_it_belongs(site: ProposedSite) -> None:
    site.save(PERSON, FILES[PERSON].replace('"phone":', '"mobile":'))
    plan = site.engine.proposals.rename(OWNER, "person", ("mobile",), "phone")
    assert '"maxLength": 20, "x-field": {"aliases": ["phone"]}}' in site.files()[PERSON]
    assert [(one.action, one.verdict) for one in plan.steps if one.path] == [("rename_field", "safe")]
    site.save("schemas/thing.yaml", FILES[ITEM])
    (site.root / ITEM).unlink()
    plan = site.engine.proposals.rename(OWNER, "thing", (), "item")
    assert site.files()["schemas/thing.yaml"] == FILES[ITEM].replace('"{label}"}', '"{label}", aliases: [item]}')
    assert "rename_type" in [one.action for one in plan.steps]
    before = site.files()
    site.engine.proposals.rename(OWNER, "thing", (), "item")
    assert site.files() == before, "what stands there is not written again"


@pytest.mark.parametrize(("record_type", "new"), [("nobody", ()), ("person", ("mobile",)), ("person", ("name", "first"))])
def test_an_old_name_needs_something_to_stand_at(lite: ProposedSite, record_type: str, new: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        lite.engine.proposals.rename(OWNER, record_type, new, "phone")
    assert lite.files() == FILES


@pytest.mark.durability("D16")
@pytest.mark.parametrize("seed", range(rounds(1, 30)))
def test_killed_at_any_moment_files_and_catalog_say_the_same(tmp_path: Path, database_url: str, seed: int) -> None:
    site = ProposedSite(tmp_path / "site", database_url)
    site.begin()
    site.engine.close()
    command = [sys.executable, str(Path(proposed_site.__file__)), str(site.root), database_url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proposing:
        assert proposing.stdout is not None
        proposing.stdout.readline()
        time.sleep(Random(seed).random() * 1.0)
        proposing.send_signal(signal.SIGKILL)
        said = [int(one) for one in proposing.stdout.read().split()]
    site = ProposedSite(tmp_path / "site", database_url)
    try:
        documents = site.folder.read()
        _settle(site)
        assert site.engine.plans.version(OWNER, site.engine.ready()).documents == documents
        title = site.engine.catalog().types["person"].title
        last = max(said, default=1)
        assert title in (f"Person {last}", f"Person {last - 1}", "Person")
        assert documents[ITEM].startswith(f"# What we sell.\r\ntitle: {title.replace('Person', 'Item')}\r\n")
    finally:
        site.engine.close()


def _settle(site: ProposedSite) -> None:
    """Goes on with what was begun, once its holder's claim has run out."""
    end = time.monotonic() + 30
    while site.engine.plans.running() is not None and time.monotonic() < end:
        try:
            site.engine.plans.run_due()
        except Busy:
            time.sleep(0.2)
