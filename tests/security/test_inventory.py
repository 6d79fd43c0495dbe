"""Every address on the map declares who may come, and answers nobody, strangers and the wrong people accordingly."""

from __future__ import annotations

import pytest
from callers import Caller, stored
from hidden_site import SYSTEM
from inventory import Way, examples, ways
from whole_site import Whole

from kartotek.model.settings import ABILITIES

KNOWN = {"anyone", "holder", "user", "owner", *ABILITIES}
CANARIES = ("amber", "azure", "alpha 1", "555-0101")
MEANT = {"type": "wish", "record": "1", "transition": "offer"}  # a record with all that a record can have


@pytest.fixture(scope="module")
def all_ways(untouched: Whole) -> list[Way]:
    """All that is on the map of the app."""
    assert untouched.app is not None
    return list(ways(untouched.app))


@pytest.fixture(scope="module")
def callers(untouched: Whole) -> dict[str, Caller]:
    """One of each sort."""
    return {name: Caller(untouched, name) for name in ("", "sam", "hugo", "clara", "olive")}


def test_every_address_declares_who_may_come(all_ways: list[Way]) -> None:
    assert len(all_ways) > 120
    assert [one.name for one in all_ways if one.admission is None] == [], "say it where the route is registered (model/admission.py)"
    assert [(one.name, one.admission) for one in all_ways if one.admission and one.admission.who not in KNOWN] == []


def test_every_part_of_an_address_is_known(all_ways: list[Way]) -> None:
    unknown = {(one.rule, name) for one in all_ways for name, what in one.parts if not what}
    assert unknown == set(), "say in PARTS and EXAMPLES of tests/security/inventory.py what it names"


def test_the_open_addresses_are_these(all_ways: list[Way]) -> None:
    assert {one.name for one in all_ways if one.admission and one.admission.is_open} == {
        "GET /healthz", "GET /readyz", "GET /assets/<version>/<path:name>", "GET /assets/site.css", "GET /login/", "POST /login/",
        "POST /language", "GET /invitation/<secret>", "POST /invitation/<secret>", "GET /p/<form_name>", "POST /p/<form_name>",
        "GET /l/<token>", "POST /l/<token>", "POST /l/<token>/consents", "GET /login/code", "POST /login/code", "POST /csp-reports",
    }, "a longer list needs a reason"  # fmt: skip


def test_nobody_comes_where_it_is_not_open(untouched: Whole, all_ways: list[Way], callers: dict[str, Caller]) -> None:
    given, before = examples(untouched), stored(untouched)
    wrong = []
    for way in all_ways:
        assert way.admission is not None
        if way.changes and way.admission.is_open:
            continue  # what strangers may send is theirs to send
        answer = callers[""].ask(way, given)
        if not _fits_nobody(way, answer.status_code, answer.headers.get("Location", "")):
            wrong.append((way.name, way.admission.who, answer.status))
        assert not [one for one in CANARIES if one in answer.text and not way.admission.is_open], way.name
    assert wrong == []
    assert stored(untouched) == before


def _fits_nobody(way: Way, status: int, location: str) -> bool:
    assert way.admission is not None
    if way.admission.is_open:
        return status in (200, 303, 400, 404) and "/login/" not in location
    if way.is_api or way.method != "GET":
        return status == 401
    return status in (302, 303) and location.startswith("/login/")


def test_nothing_is_changed_without_the_pages_own_token(untouched: Whole, all_ways: list[Way]) -> None:
    assert untouched.app is not None
    for name in ("", "olive"):
        client = Caller(untouched, name)._browser
        before, given = stored(untouched), examples(untouched)
        for way in all_ways:
            if not way.is_api and way.method != "GET":
                assert client.open(way.address(given), method=way.method, data={"name": "x"}).status_code == 400, way.name
        assert stored(untouched) == before


@pytest.mark.parametrize("name", ["sam", "hugo", "clara"])
def test_who_is_not_meant_is_refused(untouched: Whole, all_ways: list[Way], callers: dict[str, Caller], name: str) -> None:
    given, before, wrong = examples(untouched), stored(untouched), []
    for way in all_ways:
        assert way.admission is not None
        is_his = way.admission.who == "user" and (name == "clara" or way.changes and not way.parts)
        if way.admission.is_open or is_his:
            continue
        answer = callers[name].ask(way, given)
        is_told = way.admission.who == "user" and answer.status_code < 500
        if not (is_told or answer.status_code in (403, 404)):
            wrong.append((way.name, way.admission.who, answer.status))
        elif name != "clara" and (found := [one for one in CANARIES if one in answer.text]):
            wrong.append((way.name, way.admission.who, f"tells {found}"))
    assert wrong == []
    assert stored(untouched) == before


def test_a_stranger_finds_no_record(untouched: Whole, all_ways: list[Way], callers: dict[str, Caller]) -> None:
    """Somebody without a role is told of whatever has a type in its address that it is not there."""
    given = examples(untouched)
    for type_name in ("person", "vault", "note", "case", "visit"):
        for way in all_ways:
            if "type" in dict(way.parts).values():
                is_for_others = way.admission is not None and way.admission.who != "user"
                assert callers["sam"].ask(way, given | {"type": type_name}).status_code in ((403, 404) if is_for_others else (404,)), way.name


def test_asking_changes_nothing(untouched: Whole, all_ways: list[Way], callers: dict[str, Caller]) -> None:
    given = examples(untouched) | MEANT
    asking = [way for way in all_ways if not way.changes]
    for name in ("olive", "clara", "hugo", "sam", ""):
        before = stored(untouched)
        statuses = {way.name: callers[name].ask(way, given).status_code for way in asking}
        assert not {each: status for each, status in statuses.items() if status >= 500}
        if stored(untouched) != before:
            assert [way.name for way in asking if _changes(untouched, callers[name], way, given)] == []


def _changes(untouched: Whole, caller: Caller, way: Way, given: dict[str, str]) -> bool:
    before = stored(untouched)
    caller.ask(way, given)
    return stored(untouched) != before


def test_the_owner_finds_all_that_is_asked_for(untouched: Whole, all_ways: list[Way], callers: dict[str, Caller]) -> None:
    """Else the examples, by which others are refused, would prove nothing."""
    given = examples(untouched) | MEANT
    asking = [way for way in all_ways if way.method == "GET" and "file" not in dict(way.parts).values()]
    others = {"api.availability": {"type": "visit"}, "web.choices": {"type": "visit"}}  # what only some types have
    found = {way.name: callers["olive"].ask(way, given | others.get(way.endpoint, {})).status_code for way in asking}
    assert {name: status for name, status in found.items() if status not in (200, 302, 303)} == {}


def test_a_limited_token_of_an_owner_is_no_owner(untouched: Whole, all_ways: list[Way]) -> None:
    """It reaches the records of its types, and nothing that is for owners or for those with an ability."""
    secret = untouched.engine.tokens.add(SYSTEM, "limited", user_id=1, scope={"types": ["note"], "actions": ["read"]})[1]
    limited, given, wrong = Caller(untouched, "olive", token=secret), examples(untouched), []
    before = stored(untouched)
    for way in all_ways:
        if way.is_api and way.admission and not way.admission.is_open:
            for type_name in ("person", "wish", "note") if "type" in dict(way.parts).values() else ("",):
                answer = limited.ask(way, given | {"type": type_name, "record": "1"})
                is_his = way.admission.who == "user" and (type_name == "note" and (way.method == "GET" or answer.status_code in (204, 422)) or not way.parts)
                if not is_his and answer.status_code not in (403, 404):
                    wrong.append((way.name, type_name, answer.status))
    assert wrong == []
    assert limited.send("GET", "/api/v1/records/note/1", is_api=True).status_code == 200
    assert {one for one in stored(untouched) if stored(untouched)[one] != before[one]} <= {"records.db kartotek__file"}
