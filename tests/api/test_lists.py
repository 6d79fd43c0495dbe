"""Lists over HTTP: filters, sorting, pages, expansions, counting."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="module")
def people(shared: Any) -> Any:
    """Four people, each a friend of the one before."""
    clerk = shared.client("clerk")
    rows: list[dict[str, Any]] = [
        {
            "name": "Ann",
            "visits": 1,
            "level": "high",
            "balance": "10.00",
            "born": "2000-02-29",
            "address": {"city": "Xi'an"},
        },
        {"name": "Bob", "visits": 2, "balance": "-0.50", "active": False},
        {"name": "李雷", "visits": 3, "email": "li@example.org", "address": {"city": "Köln"}},
        {"name": "Äda", "score": 0.5, "seen_at": "2026-11-21T10:00:00Z", "remark": None},
    ]
    before = None
    for row in rows:
        before = clerk.made("person", **row, **({"friend": before} if before else {}))["id"]
    return clerk


FOUND = {
    "all, as declared": ("", ["Ann", "Bob", "Äda", "李雷"]),
    "a formula": ("filter=record.visits > 1", ["Bob", "李雷"]),
    "a formula with and": ("filter=record.visits > 1 %26%26 record.active", ["李雷"]),
    "equal": ("level=high", ["Ann"]),
    "not equal": ("level[ne]=high", ["Bob", "Äda", "李雷"]),
    "one of": ("name[in]=Ann,Bob", ["Ann", "Bob"]),
    "at least": ("visits[gte]=2", ["Bob", "李雷"]),
    "between": ("visits[gt]=1&visits[lt]=3", ["Bob"]),
    "a decimal": ("balance[lt]=0", ["Bob"]),
    "a date": ("born=2000-02-29", ["Ann"]),
    "an instant": ("seen_at[lte]=2026-11-21T18:00:00%2B08:00", ["Äda"]),
    "a truth": ("active=false", ["Bob"]),
    "a part": ("name[contains]=N", ["Ann"]),
    "a part that is no letter": ("name[contains]=ä", ["Äda"]),
    "a beginning": ("name[startsWith]=李", ["李雷"]),
    "nothing there": ("visits[empty]=true", ["Äda"]),
    "something there": ("balance[empty]=false", ["Ann", "Bob"]),
    "a path": ("friend.name=Ann", ["Bob"]),
    "a longer path": ("friend.friend.name[startsWith]=A", ["李雷"]),
    "a member": ("address.city=Köln", ["李雷"]),
    "a quote": ("address.city=Xi'an", ["Ann"]),
    "a system value": ("meta.version=1", ["Ann", "Bob", "Äda", "李雷"]),
    "a system instant": ("meta.created_at[gt]=2026-11-21T10:00:00Z", []),
    "a search": ("search=ÄD", ["Äda"]),
    "a search in Chinese": ("search=雷", ["李雷"]),
    "a search for a wildcard": ("search=%25", []),
    "sorted downwards": ("sort=-visits,name", ["李雷", "Bob", "Ann", "Äda"]),
    "sorted upwards, nothing last": ("sort=visits", ["Ann", "Bob", "李雷", "Äda"]),
    "the trash": ("trash=true", []),
}


@pytest.mark.parametrize(("address", "expected"), FOUND.values(), ids=FOUND)
def test_list_holds_what_was_asked_for(people: Any, address: str, expected: list[str]) -> None:
    answer = people("GET", f"/records/person?{address}")
    assert answer.status_code == 200, answer.text
    assert [one["fields"]["name"] for one in answer.json["items"]] == expected


@pytest.mark.parametrize("sort", ["name", "-visits", "balance,-name", "meta.created_at"])
@pytest.mark.parametrize("limit", [1, 3])
def test_pages_follow_each_other_without_gap_or_repeat(people: Any, sort: str, limit: int) -> None:
    whole = [one["id"] for one in people("GET", f"/records/person?sort={sort}").json["items"]]
    found: list[int] = []
    address = f"/records/person?sort={sort}&limit={limit}"
    page = people("GET", address).json
    while True:
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        page = people("GET", f"{address}&cursor={page['next']}").json
    assert found == whole and len(whole) == 4


def test_cursor_belongs_to_its_question(people: Any) -> None:
    cursor = people("GET", "/records/person?limit=1").json["next"]
    for address in ("sort=-name&", "filter=record.active&", "search=a&"):
        assert people("GET", f"/records/person?{address}limit=1&cursor={cursor}").status_code == 400
    assert people("GET", f"/records/person?limit=1&cursor={cursor[:-2]}AA").status_code == 400
    assert people("GET", f"/records/item?limit=1&cursor={cursor}").status_code == 400


def test_count_is_given_where_it_is_asked_for(people: Any) -> None:
    assert people("GET", "/records/person?count=exact&limit=1&active=true").json["count"] == 3
    assert "count" not in people("GET", "/records/person").json


def test_fields_and_expansions_are_given_as_asked(people: Any) -> None:
    page = people("GET", "/records/person?fields=friend,name&expand=friend.friend&name=李雷").json
    (item,) = page["items"]
    assert set(item["fields"]) == {"friend", "name"}
    friend = item["expanded"]["friend"]
    assert (friend["fields"]["name"], friend["expanded"]["friend"]["fields"]["name"]) == ("Bob", "Ann")


def test_rows_are_expanded(clerk: Any) -> None:
    person, item = clerk.made("person", name="Ann"), clerk.made("item", code="A", price="1.50")
    order = clerk.made("order", person=person["id"], lines=[{"item": item["id"], "price": "1.50"}] * 2)
    assert order["fields"]["total"] == "3.00"
    answer = clerk("GET", f"/records/order/{order['id']}?expand=person,lines.item&titles=true").json
    assert answer["expanded"]["person"]["fields"]["name"] == "Ann"
    assert answer["titles"]["person"] == {str(person["id"]): "Ann"}


def test_list_of_nothing_is_a_page(clerk: Any) -> None:
    assert clerk("GET", "/records/item").json == {"items": [], "next": None}


def test_reader_sees_the_rows_of_his_rule_alone(people: Any, shared: Any) -> None:
    reader = shared.client("reader")
    assert [one["fields"]["name"] for one in reader("GET", "/records/person").json["items"]] == ["Ann", "Äda", "李雷"]
    assert reader("GET", "/records/person?count=exact").json["count"] == 3
    assert reader("GET", "/records/person?friend.name=Bob").json["items"] == []
    (li,) = reader("GET", "/records/person?name=李雷&expand=friend").json["items"]
    assert li["expanded"]["friend"] is None
