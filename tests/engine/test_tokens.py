"""Tokens and users: who somebody is, and how soon every process knows that he is no longer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from neutral_site import CLERK, OWNER, PERSON, documents

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.errors import Forbidden, Invalid, NotFound, Unauthenticated


def test_a_token_acts_with_the_present_rights_of_its_user(engine: Engine) -> None:
    told, secret = engine.tokens.add(OWNER, "till", user_id=CLERK.id)
    actor = engine.tokens.authenticate(secret)
    assert (actor.id, actor.roles, actor.via) == (CLERK.id, frozenset({"clerk"}), "api")
    assert secret not in str(engine.tokens.list(OWNER)) and told["name"] == "till"
    engine.users.mirror(MirroredUser(id=CLERK.id, username="clara", name="Clara", roles=frozenset()))
    assert engine.tokens.authenticate(secret).roles == frozenset()


@pytest.mark.parametrize("end", ["revoked", "disabled", "expired"])
def test_an_ended_token_is_refused_by_every_process(
    engine: Engine, open_engine: Callable[..., Engine], end: str
) -> None:
    other = open_engine()
    expires = engine.clock() + timedelta(hours=1) if end == "expired" else None
    told, secret = engine.tokens.add(OWNER, "till", user_id=CLERK.id, expires=expires)
    other.ready()
    assert other.tokens.authenticate(secret).id == CLERK.id
    if end == "revoked":
        engine.tokens.revoke(OWNER, told["id"])
    elif end == "disabled":
        engine.users.mirror(MirroredUser(id=CLERK.id, username="clara", name="Clara", roles=CLERK.roles, active=False))
    else:
        later = engine.clock() + timedelta(hours=1)
        other.tokens.clock = engine.tokens.clock = lambda: later
    other.ready()  # what half a second of waiting does
    for one in (engine, other):
        with pytest.raises(Unauthenticated):
            one.tokens.authenticate(secret)


@pytest.mark.parametrize("secret", ["", "kt_wrong", "\ud800", "x" * 10_000, "kt_\0"])
def test_an_unknown_secret_is_refused(engine: Engine, secret: str) -> None:
    with pytest.raises(Unauthenticated):
        engine.tokens.authenticate(secret)


def test_tokens_are_the_owners_matter(engine: Engine) -> None:
    for act in (lambda: engine.tokens.add(CLERK, "x"), lambda: engine.tokens.list(CLERK), lambda: engine.tokens.revoke(CLERK, 1)):
        with pytest.raises(Forbidden):
            act()
    with pytest.raises(NotFound):
        engine.tokens.revoke(OWNER, 99)
    for name, user, path in (("", None, "/name"), ("x" * 101, None, "/name"), ("a\0", None, "/name"), ("x", 99, "/user_id")):
        with pytest.raises(Invalid) as error:
            engine.tokens.add(OWNER, name, user_id=user)
        assert error.value.problems[0].path == path


def test_formulas_find_the_record_of_the_users_account(open_engine: Callable[..., Engine]) -> None:
    worker: dict[str, Any] = {
        "title": "Worker", "type": "object", "properties": {
            "name": {"type": "string", "title": "Name"},
            "account": {"type": "integer", "title": "Account", "x-field": {"references": "user", "account": True, "unique": True}}},
        "x-record": {"titleTemplate": "{name}", "permissions": {"clerk": {
            "read": "isSet(user.worker) && meta.id == user.worker", "create": True, "write": True}}},
    }
    engine = open_engine(documents(worker=worker, person=PERSON))
    engine.users.mirror(MirroredUser(id=CLERK.id, username="clara", name="Clara", roles=CLERK.roles))
    clerk = engine.users.actor(CLERK.id)
    assert clerk is not None
    other = engine.create(OWNER, "worker", {"name": "Other"})
    mine = engine.create(OWNER, "worker", {"name": "Mine", "account": CLERK.id})
    with pytest.raises(NotFound):
        engine.get(clerk, "worker", mine["id"])
    engine.ready()
    clerk = engine.users.actor(CLERK.id)
    assert clerk is not None and dict(clerk.attributes) == {"worker": mine["id"]}
    assert engine.get(clerk, "worker", mine["id"])["title"] == "Mine"
    with pytest.raises(NotFound):
        engine.get(clerk, "worker", other["id"])
