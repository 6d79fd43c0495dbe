"""The page of the audit: for those who may know, in their language; every refusal at a page stands there."""

from __future__ import annotations

import pytest
from visitors import SYSTEM, Pages

from kartotek.model.audit import AuditQuery


@pytest.fixture
def person(pages: Pages) -> int:
    """A person, made by nobody in particular."""
    return int(pages.engine.create(SYSTEM, "person", {"name": "Ann"})["id"])


def test_an_owner_reads_in_sentences_what_was_done(pages: Pages, person: int) -> None:
    owner = pages.visitor("owner")
    pages.engine.update(pages.engine.users.actor(pages.users.get("clerk").id), "person", person, {"email": "a@example.org"})
    shown = owner.get(f"/audit/?type=person&id={person}").text
    assert "created Person 1." in shown and " changed Person 1: E-mail." in shown
    assert f'href="/r/person/{person}"' in shown and "a@example.org" not in shown
    assert "E-mail" not in owner.get("/audit/?what=create").text.split("<table")[1]
    assert "Nothing was found" in owner.get("/audit/?from=2030-01-01").text
    assert f"/audit/?type=person&amp;id={person}" in owner.get(f"/r/person/{person}").text


def test_accounts_and_refusals_are_called_by_their_names(pages: Pages) -> None:
    owner, clerk = pages.visitor("owner"), pages.visitor("clerk")
    assert owner.post("/users/new", {"username": "wang", "name": "Wang Fang", "roles": "clerk"}).status_code == 201
    assert clerk.get("/audit/").status_code == 404
    shown = owner.get("/audit/").text
    assert "invited a user: Wang Fang." in shown and "was refused: audit." in shown and "somebody unknown" not in shown


def test_it_is_in_chinese_too(pages: Pages, person: int) -> None:
    owner = pages.visitor("owner")
    owner.post("/language", {"language": "zh"})
    shown = owner.get(f"/audit/?type=person&id={person}").text
    assert "人员 1" in shown and "审计" in shown and "新建了 人员 1" in shown


def test_pages_follow_each_other_without_a_gap(pages: Pages) -> None:
    for index in range(120):
        pages.engine.create(SYSTEM, "person", {"name": f"P{index}"})
    owner, way, seen = pages.visitor("owner"), "/audit/?what=create", list[str]()
    while way:
        text = owner.get(way).text
        seen += [line for line in text.splitlines() if "created Person" in line]
        way = "/audit/" + text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&") if 'rel="next"' in text else ""
    assert len(seen) == len(set(seen)) == 120


@pytest.mark.parametrize("question", ["user=x", "id=99999999999999999999", "type=nope", "from=99999-01-01", "to=9999-12-31", "what=x", "cursor=-1"])
def test_whatever_is_asked_is_answered(pages: Pages, question: str) -> None:
    assert pages.visitor("owner").get(f"/audit/?{question}").status_code == 200


@pytest.mark.parametrize("name", ["manager", "clerk"])
def test_to_others_it_does_not_exist(pages: Pages, person: int, name: str) -> None:
    visitor = pages.visitor(name)
    assert visitor.get("/audit/").status_code == 404
    assert "/audit/" not in visitor.get(f"/r/person/{person}").text


def test_whoever_is_refused_stands_there(pages: Pages, person: int) -> None:
    clerk = pages.visitor("clerk")
    for _ in range(5):
        assert clerk.get("/r/person/4000").status_code == 404
    assert clerk.get("/audit/").status_code == 404
    pages.engine.audit.seal()
    rows = pages.engine.audit.entries(AuditQuery(actions=("denied",)))
    assert {(one.by, one.entry.type, one.entry.record_id) for one in rows} == {
        (pages.users.get("clerk").id, "person", 4000), (pages.users.get("clerk").id, "", None),
    }
