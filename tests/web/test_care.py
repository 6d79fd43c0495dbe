"""Whoever has the ability `users` cares for the accounts of those whose roles he covers, and nobody comes to more by it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from lengths import rounds
from visitors import Pages, Visitor, open_pages

from kartotek.errors import KartotekError
from kartotek.identity import Person
from kartotek.rules.lattice import lacking

SITE = """name: Workshop
languages: [en, zh]
roles:
  chief: {may: [users, audit]}
  keeper: {may: [users]}
  clerk: {title: Clerk}
  reader:
  own:
"""
THING = """{"title": "Thing", "type": "object", "properties": {
  "name": {"type": "string", "title": "Name"}, "price": {"type": "string", "title": "Price", "x-field": {"read": ["chief", "clerk"]}},
  "whose": {"type": "integer", "title": "Whose", "x-field": {"references": "user"}}},
 "x-record": {"titleTemplate": "{name}", "permissions": {
  "chief": {"read": true, "create": true, "write": true, "delete": true}, "clerk": {"read": true, "write": true},
  "keeper": {"read": true}, "reader": {"read": true}, "own": {"read": "isSet(user.id) && record.whose == user.id", "write": "isSet(user.id) && record.whose == user.id"}}}}"""
ROLES = ("owner", "chief", "keeper", "clerk", "reader", "own")


@pytest.fixture
def workshop(tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Pages]:
    """A site with a chief, who covers all but owners, a keeper, who covers readers, and somebody with each role."""
    documents = {"site.yaml": SITE, "schemas/thing.json": THING}
    made = open_pages(f"sqlite:///{tmp_path}/records.db", f"sqlite:///{tmp_path}/auth.db", tmp_path / "files", clock, given=documents)
    for role in ROLES:
        made.users.invite(role, name=role.title(), roles=(role,))
    yield made
    made.close()


def visitor(pages: Pages, name: str) -> Visitor:
    """Somebody signed in, who has given the password just now."""
    found = pages.visitor(name)
    return found


def test_the_list_shows_those_whose_roles_one_covers(workshop: Pages) -> None:
    shown = {name: {role for role in ROLES if f">{role}<" in visitor(workshop, name).get("/users/").text} for name in ("owner", "chief", "keeper")}
    assert shown == {"owner": set(ROLES), "chief": set(ROLES) - {"owner"}, "keeper": {"keeper", "reader"}}
    for name in ("clerk", "reader", "own"):
        assert [visitor(workshop, name).get(path).status_code for path in ("/users/", "/users/new", "/users/1")] == [404] * 3


def test_an_account_that_is_not_covered_does_not_exist(workshop: Pages) -> None:
    keeper, missing = visitor(workshop, "keeper"), 4000
    for name in ("owner", "chief", "clerk", "own"):
        user = workshop.users.get(name)
        for path in ("", "/link", "/sign-out", "/second-step/off", "/sessions/0123456789abcdef/end"):
            given = {"name": "Taken", "roles": "reader", "active": "1"}
            found, none = (keeper.post(f"/users/{id}{path}", given) for id in (user.id, missing))
            assert (found.status_code, none.status_code) == (404, 404), (name, path)
        assert keeper.get(f"/users/{user.id}").status_code == 404
        assert workshop.users.get(name) == user


def test_what_the_form_offers_is_what_may_be_given(workshop: Pages) -> None:
    for name, offered in (("owner", set(ROLES)), ("chief", set(ROLES) - {"owner"}), ("keeper", {"keeper", "reader"})):
        text = visitor(workshop, name).get("/users/new").text
        assert {role for role in ROLES if f'value="{role}"' in text} == offered


def test_a_link_is_for_whoever_sees_what_the_other_sees(workshop: Pages) -> None:
    """The chief has all that `own` has; somebody who has it by the same formula alone would see the other's records."""
    own = workshop.users.get("own")
    assert visitor(workshop, "chief").post(f"/users/{own.id}/link", {}).status_code == 201
    workshop.users.change("keeper", name="Keeper", roles=("keeper", "own"), active=True)
    workshop.users.change("reader", name="Reader", roles=("own",), active=True)
    keeper = visitor(workshop, "keeper")
    assert "/link" in keeper.get(f"/users/{workshop.users.get('keeper').id}").text
    # `keeper` itself may read everything; take that away and the formula is all there is.
    assert keeper.post(f"/users/{own.id}/link", {}).status_code == 403


@pytest.mark.parametrize("seed", range(rounds(4, 200)))
def test_nobody_comes_to_more_by_any_door(workshop: Pages, seed: int) -> None:
    """Two who hold together try whatever they can; what people hold afterwards, one of the two held before or an owner gave."""
    drawn, users = random.Random(seed), workshop.users
    catalog = workshop.engine.catalog()
    before = {one.username: one for one in users.list()}
    plotters = ("keeper", "reader") if seed % 2 else ("chief", "keeper")
    held = frozenset(role for name in plotters for role in before[name].roles)
    browsers = {name: visitor(workshop, name) for name in plotters}
    for place in range(20):
        roles = drawn.sample(ROLES, drawn.randint(0, 3))
        name, target = drawn.choice(plotters), drawn.choice([*before, "new"])
        by = users.get(name).id
        attempt = drawn.randrange(4)
        if attempt == 0:
            _ = browsers[name].post("/users/new", {"username": f"new{place}", "name": "New", "roles": roles})
        elif attempt == 1 and target in before:
            _ = browsers[name].post(f"/users/{users.get(target).id}", {"name": "X", "roles": roles, "active": "1"})
        elif attempt == 2 and target in before:
            tried(lambda: users.change(target, name="Y", roles=roles, active=drawn.random() < 0.9, by=by))  # noqa: B023
        else:
            tried(lambda: users.invite(f"more{place}", roles=roles, by=by))  # noqa: B023
    for one in users.list():
        had = before[one.username].roles if one.username in before else ()
        assert set(one.roles) <= set(had) or not lacking(catalog, held, one.roles), one
    for name in ("owner", *(("chief", "clerk", "own") if "keeper" in plotters and "chief" not in plotters else ())):
        assert _same(users.get(name), before[name]), f"{name} was not theirs to change"


def tried(act: Callable[[], object]) -> None:
    try:
        act()
    except KartotekError:
        return


def _same(one: Person, other: Person) -> bool:
    return (one.roles, one.active, one.name) == (other.roles, other.active, other.name)


def test_roles_are_judged_together_and_not_each_by_itself(workshop: Pages) -> None:
    by = workshop.users.get("keeper").id
    for roles in itertools.permutations(("keeper", "reader")):
        made, _ = workshop.users.invite("-".join(roles), roles=roles, by=by)
        assert set(made.roles) == set(roles)
    assert visitor(workshop, "keeper").post("/users/new", {"username": "x", "roles": ["reader", "clerk"]}).status_code == 422
    assert "x" not in {one.username for one in workshop.users.list()}


def test_the_api_knows_the_same_accounts(workshop: Pages) -> None:
    chief, keeper, owner = (bearer(workshop, name) for name in ("chief", "keeper", "owner"))
    assert {one["username"] for one in keeper("GET", "/users")[1]["items"]} == {"keeper", "reader"}
    assert len(owner("GET", "/users")[1]["items"]) == len(ROLES)
    described = [{path for path in ask("GET", "/openapi.json")[1]["paths"] if "/users" in path} for ask in (keeper, bearer(workshop, "clerk"))]
    assert described == [{"/api/v1/users", "/api/v1/users/{user}", "/api/v1/users/{user}/link"}, set()]
    status, made = keeper("POST", "/users", {"username": "wang", "name": "王芳", "roles": ["reader"]})
    assert status == 201 and made["roles"] == ["reader"] and made["invited"]
    assert workshop.visitor().get(made["invitation"]).status_code == 200
    for roles in (["clerk"], ["owner"], ["reader", "chief"], ["nosuch"]):
        assert keeper("POST", "/users", {"username": "more", "roles": roles})[0] == 422
        assert keeper("PATCH", f"/users/{made['id']}", {"roles": roles})[0] == 422
    assert keeper("PATCH", f"/users/{made['id']}", {"name": "Wang", "active": False})[1]["active"] is False
    assert workshop.users.get("wang").roles == ("reader",), "what is not sent stays"
    for name in ("owner", "chief", "clerk"):
        id = workshop.users.get(name).id
        answers = [keeper(method, f"/users/{id}{path}", body) for method, path, body in (("GET", "", None), ("PATCH", "", {"roles": []}), ("POST", "/link", None))]
        assert [status for status, _ in answers] == [404] * 3 and answers == [
            keeper(method, f"/users/4000{path}", body) for method, path, body in (("GET", "", None), ("PATCH", "", {"roles": []}), ("POST", "/link", None))
        ]
    status, told = chief("POST", f"/users/{workshop.users.get('clerk').id}/link")
    assert status == 201 and workshop.visitor().get(told["invitation"]).status_code == 200
    for wrong in ({"username": 3}, {"username": "x", "roles": "clerk"}, {"name": "x"}, {"username": "x", "id": 1}, {"username": "a\0b"}):
        assert owner("POST", "/users", wrong)[0] == 400, wrong


def test_no_token_but_a_whole_one_of_a_keeper_opens_accounts(workshop: Pages) -> None:
    assert bearer(workshop, "clerk")("GET", "/users")[0] == 403
    assert bearer(workshop, "owner", {"types": ["thing"]})("GET", "/users")[0] == 403
    assert bearer(workshop, "owner", {"actions": ["read", "write"]})("POST", "/users", {"username": "x"})[0] == 403


def bearer(pages: Pages, name: str, scope: dict[str, Any] | None = None) -> Callable[..., tuple[int, dict[str, Any]]]:
    """Asks the API with a token of this person's."""
    boss = pages.engine.users.actor(pages.users.get("owner").id)
    assert boss is not None
    _, secret = pages.engine.tokens.add(boss, "test", user_id=pages.users.get(name).id, scope=scope or {})

    def ask(method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {secret}"}
        answer = pages.app.test_client().open(f"/api/v1{path}", method=method, json=body, headers=headers)
        return answer.status_code, answer.get_json()

    return ask
