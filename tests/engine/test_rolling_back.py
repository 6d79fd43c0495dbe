"""Earlier versions brought back: into the files and into service, with the values there were, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from kartotek.errors import Conflict, Forbidden, Invalid, NotFound
from kartotek.model.actor import Actor
from kartotek.storage import versions
from kartotek.storage.layout import JSON
from tests.engine.proposed_site import FILES, OWNER, PERSON, ProposedSite

CLERK = Actor(id=2, name="Clara", roles=frozenset({"clerk"}))
PHONE = '    "phone": {"type": "string", "title": "Phone", "maxLength": 20},\n'
WITHOUT_PHONE = FILES[PERSON].replace(PHONE, "")
NEW = "schemas/order.json"


@pytest.fixture
def site(tmp_path: Path, database_url: str, clock: Callable[[], datetime]) -> Iterator[ProposedSite]:
    """Version 1 is that of FILES; in version 2 people have no phone and there is another type."""
    site = ProposedSite(tmp_path / "site", database_url, clock)
    site.begin()
    site.engine.create(OWNER, "person", {"name": "Ann", "phone": "123"})
    apply(site, {PERSON: WITHOUT_PHONE, NEW: FILES[PERSON].replace('"Person"', '"Order"')})
    yield site
    site.engine.close()


def apply(site: ProposedSite, files: dict[str, str]) -> None:
    for name, text in files.items():
        site.save(name, text)
    plan = site.engine.plans.plan(OWNER)
    site.engine.plans.apply(OWNER, hash=plan.hash, confirm=plan.to_confirm)


def back(site: ProposedSite, version: int) -> int | None:
    plan = site.engine.rollbacks.plan(OWNER, version)
    return site.engine.rollbacks.apply(OWNER, version, hash=plan.hash, confirm=plan.to_confirm).version


def test_files_service_and_values_are_what_they_were(site: ProposedSite) -> None:
    site.engine.create(OWNER, "order", {"name": "First"})
    assert "phone" not in site.engine.get(OWNER, "person", 1)["fields"]
    plan = site.engine.rollbacks.plan(OWNER, 1)
    assert [(one.action, one.type, one.verdict) for one in plan.steps] == [
        ("restore_field", "person", "safe"), ("remove_type", "order", "confirm"),
    ]
    done = site.engine.rollbacks.apply(OWNER, 1, hash=plan.hash, confirm=["order"])
    assert (done.status, done.version, done.reason, bool(done.backup)) == ("applied", 3, "Back to version 1.", True)
    assert site.files() == FILES
    assert site.engine.get(OWNER, "person", 1)["fields"] == {"name": "Ann", "phone": "123"}
    assert site.engine.plans.plan(OWNER).steps == ()
    assert back(site, 2) == 4
    assert site.files() == FILES | {PERSON: WITHOUT_PHONE, NEW: FILES[PERSON].replace('"Person"', '"Order"')}
    assert site.engine.get(OWNER, "order", 1)["fields"]["name"] == "First"


def test_what_would_be_lost_is_typed_and_else_nothing_is_written(site: ProposedSite) -> None:
    before = site.files()
    plan = site.engine.rollbacks.plan(OWNER, 1)
    with pytest.raises(Invalid) as refused:
        site.engine.rollbacks.apply(OWNER, 1, hash=plan.hash)
    assert [one.params for one in refused.value.problems] == [{"name": "order"}]
    with pytest.raises(Conflict) as moved:
        site.engine.rollbacks.apply(OWNER, 1, hash="000000000000", confirm=["order"])
    assert [one.code for one in moved.value.problems] == ["plan_moved"]
    assert site.files() == before and site.engine.catalog().version == 2


def test_edits_that_were_never_applied_are_not_overwritten(site: ProposedSite) -> None:
    edited = WITHOUT_PHONE.replace('"maxLength": 60', '"maxLength": 30')
    site.save(PERSON, edited)
    plan = site.engine.rollbacks.plan(OWNER, 1)
    with pytest.raises(Conflict) as refused:
        site.engine.rollbacks.apply(OWNER, 1, hash=plan.hash, confirm=plan.to_confirm)
    found = {one.path: one for one in refused.value.problems}["/files/schemas~1person.json"]
    assert (found.code, found.params["theirs"], found.params["mine"]) == ("file_changed", edited, FILES[PERSON])
    assert site.files()[PERSON] == edited and site.engine.catalog().version == 2


def test_comments_and_layout_that_came_since_stay(site: ProposedSite) -> None:
    title = '"title": "Person",'
    site.save(PERSON, WITHOUT_PHONE.replace(title, f"{title}\n"))
    assert back(site, 1) == 3
    assert site.files()[PERSON] == FILES[PERSON].replace(title, f"{title}\n")
    assert site.engine.plans.plan(OWNER).steps == ()


def test_files_that_the_version_knows_nothing_of_stay_and_wait(site: ProposedSite) -> None:
    more = "title: Room\ntype: object\nproperties:\n  label: {type: string}\nx-record: {}\n"
    site.save("schemas/room.yaml", more)
    assert back(site, 1) == 3
    assert site.files() == FILES | {"schemas/room.yaml": more}
    assert [one.action for one in site.engine.plans.plan(OWNER).steps] == ["create_type"]


def test_the_background_does_it_after_the_files_are_written(site: ProposedSite) -> None:
    plan = site.engine.rollbacks.plan(OWNER, 1)
    asked = site.engine.rollbacks.accept(OWNER, 1, hash=plan.hash, confirm=plan.to_confirm)
    assert asked.status == "accepted" and site.files() == FILES and site.engine.catalog().version == 2
    done = site.engine.plans.run_due()
    assert done is not None and (done.status, done.version) == ("applied", 3) and site.files() == FILES


def test_a_version_over_another_base_cannot_come_back(site: ProposedSite) -> None:
    with site.engine.database.write() as conn:
        first = versions.find(conn, 1)
        assert first is not None
        documents = conn.dialect.encode(JSON, {**first.documents, "@chain/site.yaml": "name: Chain"})
        conn.run('UPDATE "kartotek__catalog" SET "documents" = ? WHERE "version" = 1', (documents,))
    with pytest.raises(Conflict) as refused:
        site.engine.rollbacks.plan(OWNER, 1)
    assert [(one.code, one.params["name"]) for one in refused.value.problems] == [("base_moved", "@chain/site.yaml")]


def test_only_owners_go_back_and_only_to_what_there_was(site: ProposedSite) -> None:
    with pytest.raises(Forbidden):
        site.engine.rollbacks.plan(CLERK, 1)
    with pytest.raises(Forbidden):
        site.engine.rollbacks.apply(CLERK, 1, hash="")
    with pytest.raises(NotFound):
        site.engine.rollbacks.plan(OWNER, 9)
