"""Records as they were, before fields became something else: what can be told is told, nothing ends in an error of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from changing import Types, documents_of, record, text, through
from neutral_site import OWNER

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.model.actor import Actor

Site = Callable[[Types], Engine]
HELPER = Actor(id=3, name="Hugo", roles=frozenset({"helper"}))
LISTED = {"type": "array", "items": {"type": "string"}}


def rows(**members: Any) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": members}}


def one_of(*values: str) -> dict[str, Any]:
    return {"oneOf": [{"const": one, "title": one} for one in values]}


def spread(engine: Engine) -> None:
    """Each row of history a second later than the one before, since the clock of tests stands."""
    step = '"id" * 1000000' if engine.database.dialect.name == "sqlite" else '"id" * interval \'1 second\''
    with engine.database.write() as conn:
        conn.run(f'UPDATE "kartotek__history" SET "at" = "at" + {step}')


def past(engine: Engine, seconds: float, record_type: str = "person") -> Mapping[str, Any]:
    found: Mapping[str, Any] = engine.get(OWNER, record_type, 1, as_of=engine.clock() + timedelta(seconds=seconds))["fields"]
    return found


# What a field was, what it was set to one after the other, what it became, and what is told of each moment; None is nothing.
SCENES: dict[str, tuple[Any, list[Any], Any, list[Any]]] = {
    "a text became a number": (text(), ["12", "77"], {"type": "integer"}, [None, 77]),
    "a text became a day, that it was not": (text(), ["one", "2026-01-02"], {"type": "string", "format": "date"}, ["2026-01-02"]),
    "a text became a table": (text(), ["x", "y"], rows(m=text()), [None, [{"m": "y"}]]),
    "a table became a text": (rows(m=text()), [[{"m": "x"}], [{"m": "y"}]], text(), [None, "y"]),
    "a list became a text": (LISTED, [["x"], ["y"]], text(), [None, "y"]),
    "a number became a text": ({"type": "integer"}, [1, 2], text(), [None, "2"]),
    "a limit became narrower": (rows(m=text()), [[{"m": "long"}], [{"m": "x"}]], rows(m=text(maxLength=2)), [[{"m": "long"}], [{"m": "x"}]]),
    "a member became a number": (
        rows(m=text(), n=text()), [[{"m": "x", "n": "1"}], [{"m": "y", "n": "2"}]], rows(m=text(), n={"type": "integer"}),
        [[{"m": "x"}], [{"m": "y", "n": 2}]]),
    "an option went": (one_of("a", "b"), ["a", "b"], one_of("b", "c"), ["a", "b"]),
}  # fmt: skip


@pytest.mark.parametrize("name", SCENES)
def test_a_record_is_told_as_it_was_however_its_field_has_changed(site: Site, name: str) -> None:
    was, given, now, told = SCENES[name]
    if name == "a text became a day, that it was not":
        given, told = given, [None, *told]
    engine = site({"person": record(x=was, plain=text())})
    engine.create(OWNER, "person", {"x": given[0], "plain": "p"})
    engine.update(OWNER, "person", 1, {"x": given[1]})
    engine.update(OWNER, "person", 1, {"plain": "q"})
    spread(engine)
    through(engine, {"person": record(x=now, plain=text())})
    for second, expected in ((1.5, told[0]), (2.5, told[1])):
        assert dict(past(engine, second)) == {"plain": "p", **({"x": expected} if expected is not None else {})}
    assert len(engine.history(OWNER, "person", 1).items) == 3


def test_the_past_of_a_member_is_hidden_also_where_it_was_the_whole_field(open_engine: Callable[..., Engine]) -> None:
    more = {"permissions": {"helper": {"read": True}}}
    roles = {"site.yaml": "name: Test\ntimezone: Europe/Paris\nroles: {helper: {title: H}}\n"}
    engine = open_engine(documents_of({"person": record(more=more, name=text(), x=text())}) | roles)
    engine.users.mirror(MirroredUser(id=1, username="owner", name="Olive", roles=OWNER.roles))
    engine.users.mirror(MirroredUser(id=3, username="hugo", name="Hugo", roles=HELPER.roles))
    engine.create(OWNER, "person", {"name": "n", "x": "Canary"})
    wanted = documents_of({"person": record(more=more, name=text(), x=rows(m=text(**{"x-field": {"read": []}})))}) | roles
    engine.plans.apply(OWNER, wanted, hash=engine.plans.plan(OWNER, wanted).hash)
    told = [str(engine.history(actor, "person", 1).items) for actor in (OWNER, HELPER)]
    assert ["Canary" in one for one in told] == [True, False] and "'n'" in told[1]
