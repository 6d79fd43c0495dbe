"""Nobody sets what is not his to set: every name that is not a writable field, at every door through which values come."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hidden_site import CLERK, HELPER, World
from test_served import signed_in, token_of

from kartotek.engine.bulk import BulkRow
from kartotek.errors import Forbidden, Invalid, NotFound
from kartotek.model.actor import Actor
from kartotek.model.query import Query

# What the helper may not set on a person: hidden fields, derived ones, those of the clerk, system values, near spellings.
REFUSED: list[tuple[str, Any]] = [
    ("secret", "x"), ("salary", "1.00"), ("phone", "555-9999"), ("born", "2000-01-01"), ("hoard", [{"label": "x"}]), ("vault", 1),
    ("vaults_read", [1]), ("hint", "x"), ("stash", 5), ("gauge", 5), ("login", 3), ("id", 99), ("version", 99), ("state", "open"),
    ("type", "note"), ("created_at", "2020-01-01T00:00:00Z"), ("created_by", 1), ("updated_by", 1), ("deleted_at", None),
    ("deleted_group", "x"), ("rest", {"secret": "x"}), ("title", "x"), ("fields", {"secret": "x"}), ("expanded", {}), ("meta", {"version": 1}),
    ("Secret", "x"), ("SECRET", "x"), ("secret ", "x"), (" secret", "x"), ("secret\t", "x"), ("secret[]", "x"), ("secret.x", "x"),
    ("ｓｅｃｒｅｔ", "x"), ("sécret", "x"), ("se\u200bcret", "x"), ("\u017fecret", "x"), ("record.secret", "x"), ("address.door", "x"), ("address_door", "x"),
    ("pieces.cost", "1.00"), ("/secret", "x"), ("NAME", "x"), ("name ", "x"), ("__class__", "x"), ("constructor", {}), ("", "x"),
    ("address", {"door": "x"}), ("address", {"city": "Here", "DOOR": "x"}), ("den", {"lair": "x"}), ("pieces", [{"label": "l", "cost": "1.00"}]),
    ("pieces", [{"label": "l", "giver": 1}]), ("pieces", [{"label": "l", "id": 1}]), ("pieces", [{"label": "l", "from_vault": 1}]),
    ("pieces", [{"label": "l", "parent_id": 3}]), ("pieces", [{"label": "l", "Cost": "1.00"}]), ("pieces", [{"label": "l", "cost ": "1.00"}]),
]  # fmt: skip


@pytest.fixture(scope="module")
def world(kept: World) -> World:
    """A world that stays as it is."""
    return kept


def _stored(world: World) -> Any:
    return world.engine.select(CLERK, "person", Query(limit=100)).items


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_what_is_not_his_is_refused_at_every_door(world: World, name: str, value: Any) -> None:
    before, engine = _stored(world), world.engine
    with pytest.raises(Invalid):
        engine.create(HELPER, "person", {"name": "New", name: value})
    with pytest.raises(Invalid):
        engine.update(HELPER, "person", 1, {name: value})
    for row in (BulkRow({"name": "New", name: value}), BulkRow({name: value}, id=1)):
        with pytest.raises(Invalid):
            engine.bulk(HELPER, "person", [row])
        assert engine.bulk(HELPER, "person", [row], partial=True)[0]["status"] == "invalid"
    if not isinstance(value, (dict, list)) or name in ("vaults_read", "hoard"):
        with pytest.raises(Invalid):
            engine.update(HELPER, "person", 1, {}, unset=(name,))
    assert _stored(world) == before


def test_refused_names_are_refused_by_the_api_too(world: World) -> None:
    assert world.app is not None
    client, before = world.app.test_client(), _stored(world)
    head = {"Authorization": f"Bearer {world.token}"}
    for name, value in REFUSED:
        for method, address, wire in (
            ("POST", "records/person", {"fields": {"name": "New", name: value}}), ("PATCH", "records/person/1", {"fields": {name: value}}),
            ("POST", "records/person/bulk", {"records": [{"id": 1, "fields": {name: value}}]}),
        ):  # fmt: skip
            answer = client.open(f"/api/v1/{address}", method=method, json=wire, headers=head)
            assert answer.status_code == 422, (name, answer.text)
        for wire in ({name: value, "fields": {}}, {"fields": {}, "secret": "x"}):
            if name not in ("version", "fields"):
                assert client.patch("/api/v1/records/person/1", json=wire, headers=head).status_code == 400, name
    for raw in ('{"fields": {"name": "A", "name": "B"}}', '{"fields": {}, "fields": {"secret": "x"}}', '{"fields": {"pieces": [{"label": "a", "label": "b"}]}}'):
        answer = client.patch("/api/v1/records/person/1", data=raw, content_type="application/json", headers=head)
        assert answer.status_code == 400, answer.text
        assert json.loads(answer.text)["problems"][0]["code"] == "duplicate_key"
    assert _stored(world) == before


@pytest.mark.parametrize("path", ["/r/person/1/edit", "/r/person/new"])
def test_controls_that_a_form_does_not_have_set_nothing(world: World, path: str) -> None:
    client, hidden = signed_in(world), ("secret", "salary", "phone", "born", "hoard", "vault", "vaults_read", "hint", "stash", "gauge", "login")
    before = _stored(world)
    given = {f"/{name}": "7" for name in hidden} | {
        "secret": "x", "fields[secret]": "x", "/address/door": "x", "/Secret": "x", "/pieces": "0", "/pieces/0/label": "mine",
        "/pieces/0/cost": "666.00", "/pieces/0/giver": "1", "/hoard/0/label": "x", "/version": "9", "/id": "9", "/created_by": "1",
    }  # fmt: skip
    posted = {"/name": "Posted", "/address/city": "City", "version": "3", "csrf_token": token_of(client), **given}
    answer = client.post(path, data=posted)
    assert answer.status_code in (303, 422), answer.text
    after = {one["id"]: one["fields"] for one in _stored(world)}
    for one in before:
        for name in hidden:
            assert after[one["id"]].get(name) == one["fields"].get(name)
        assert after[one["id"]].get("address", {}).get("door") == one["fields"].get("address", {}).get("door")
    for fields in (one for id, one in after.items() if id not in {each["id"] for each in before}):
        assert not {*hidden} & {*fields} - {"stash", "gauge"} and "door" not in fields.get("address", {})
    assert "666.00" not in json.dumps(list(after.values()))


@pytest.mark.parametrize("actor", [HELPER, CLERK])
def test_nobody_writes_the_builtin_users(world: World, actor: Actor) -> None:
    for attempt in (
        lambda: world.engine.create(actor, "user", {"name": "x", "roles": ["owner"]}),
        lambda: world.engine.update(actor, "user", actor.id, {"roles": ["owner"]}),
        lambda: world.engine.delete(actor, "user", actor.id),
        lambda: world.engine.bulk(actor, "user", [BulkRow({"roles": ["owner"]}, id=actor.id)]),
    ):
        with pytest.raises((Forbidden, NotFound)):
            attempt()
    with pytest.raises(Forbidden):
        world.engine.tokens.add(actor, "mine", user_id=1)
    with pytest.raises(Forbidden):
        world.engine.tokens.list(actor)


@pytest.mark.parametrize("roles", [frozenset(), frozenset({"nobody"}), frozenset({"Owner"}), frozenset({"owner "}), frozenset({"keeper"})])
def test_unknown_roles_open_nothing(world: World, roles: frozenset[str]) -> None:
    actor = Actor(id=9, name="Nobody", roles=roles)
    for name in ("note", "vault"):
        with pytest.raises(NotFound):
            world.engine.select(actor, name, Query())
        with pytest.raises(NotFound):
            world.engine.create(actor, name, {"title": "x"})
        with pytest.raises(NotFound):
            world.engine.delete(actor, name, 1)


def test_conditional_rights_are_judged_by_the_record_before_the_change(world: World) -> None:
    """Opening a record and writing what only open ones let him write does not go in one breath."""
    before = _stored(world)
    with pytest.raises(Invalid):
        world.engine.update(HELPER, "person", 2, {"open": True, "remark": "mine"})
    with pytest.raises(Invalid):
        world.engine.update(HELPER, "person", 2, {"remark": "amber"})
    assert _stored(world) == before
