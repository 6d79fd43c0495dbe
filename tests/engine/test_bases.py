"""A site on a base, in service: what changes in either is planned like any change, and rights to foreign types hold."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from neutral_site import CLERK, HELPER, OWNER, PERSON, STRANGER, documents

from kartotek.engine.engine import Engine
from kartotek.engine.users import MirroredUser
from kartotek.errors import Forbidden, Invalid, NotFound
from kartotek.model.actor import Actor
from kartotek.model.query import Query

BY = Actor.system("test")
OVERLAY = {
    "x-extends": "person",
    "properties": {"x_badge": {"type": "string", "title": "Badge", "maxLength": 8}},
    "x-record": {"list+": ["x_badge"]},
}
PARCEL = {"$schema": "http://json-schema.org/draft-07/schema#", "title": "Parcel", "type": "object", "properties": {
    "to": {"type": "string"}, "weight": {"type": "number"}}}


def extending(own: Mapping[str, Any], base: Mapping[str, str] | None = None, **below: Any) -> dict[str, str]:
    """Documents of a site with these overlays, above the neutral site."""
    under = {f"@chain/{name}": text for name, text in (base or documents(**below)).items()}
    return {"site.yaml": "extends: ../chain\n", **{f"schemas/{name}.json": json.dumps(one) for name, one in own.items()}, **under}


def below(**properties: Any) -> dict[str, Any]:
    """The base's person with these properties besides or instead."""
    copied: dict[str, Any] = copy.deepcopy(dict(PERSON))
    copied["properties"] |= properties
    return copied


@pytest.fixture
def lily(open_engine: Callable[..., Engine]) -> Engine:
    engine = open_engine(extending({"person": OVERLAY}))
    for one in (OWNER, CLERK, HELPER, STRANGER):
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    return engine


def test_added_fields_are_kept_beside_those_of_the_base(lily: Engine) -> None:
    made = lily.create(OWNER, "person", {"name": "Ada", "x_badge": "7"})
    assert lily.get(OWNER, "person", made["id"])["fields"]["x_badge"] == "7"
    assert [one["id"] for one in lily.select(OWNER, "person", Query(filter="record.x_badge == '7'")).items] == [made["id"]]
    with pytest.raises(Invalid):
        lily.create(OWNER, "person", {"name": "Ada", "x_badge": "123456789"})


def test_what_is_safe_in_a_new_version_of_the_base_is_live_and_what_is_not_waits(lily: Engine) -> None:
    made = lily.create(OWNER, "person", {"name": "Ada", "x_badge": "7"})
    wider = below(nickname={"type": "string", "title": "Nickname"})
    report = lily.apply_documents(extending({"person": OVERLAY}, person=wider), by=BY, reason="a new base")
    assert (report.applied, report.waiting, report.problems) == (True, (), ())
    lily.update(OWNER, "person", made["id"], {"nickname": "A"})
    gone = lily.apply_documents(extending({"person": OVERLAY}), by=BY, reason="the base took it back")
    assert not gone.applied and {one.action for one in gone.waiting} == {"remove_field"}
    assert [one.place and one.place.file for one in gone.problems] == ["schemas/person.json"]
    assert lily.get(OWNER, "person", made["id"])["fields"]["nickname"] == "A"


def test_a_type_that_waits_keeps_both_its_files_while_others_go_live(lily: Engine) -> None:
    """The overlay of one type loses a field, which waits; the base gets a type and a field of another, which are live."""
    person = below(nickname={"type": "string", "title": "Nickname"})
    more = documents(person=person)
    more["schemas/shelf.json"] = json.dumps({
        "title": "Shelf", "type": "object", "properties": {"name": {"type": "string", "title": "Name"}}, "x-record": {}})
    report = lily.apply_documents(extending({"person": {"x-extends": "person"}}, more), by=BY, reason="both at once")
    assert report.applied and {one.action for one in report.waiting} >= {"remove_field"}
    catalog = lily.catalog()
    assert "shelf" in catalog.types and "x_badge" in catalog.types["person"].by_name and "nickname" not in catalog.types["person"].by_name
    assert catalog.documents["schemas/person.json"] == json.dumps(OVERLAY)
    assert "nickname" not in catalog.documents["@chain/schemas/person.json"]


def test_taking_more_rights_away_is_live_and_giving_them_back_waits(lily: Engine) -> None:
    made = lily.create(OWNER, "person", {"name": "Ada"})
    assert lily.get(CLERK, "person", made["id"])
    closed = {**OVERLAY, "x-record": {"permissions": {"clerk": {"write": False, "create": False}}}}
    report = lily.apply_documents(extending({"person": closed}), by=BY, reason="less")
    assert report.applied and not report.waiting
    with pytest.raises(Forbidden):
        lily.update(CLERK, "person", made["id"], {"name": "Bea"})
    report = lily.apply_documents(extending({"person": OVERLAY}), by=BY, reason="as before")
    assert not report.applied and {one.action for one in report.waiting} == {"rights"}


@pytest.mark.parametrize("lost", ["marked", "left out", "broken"])
def test_a_base_that_cannot_be_had_leaves_the_last_good_catalog(lost: str, lily: Engine) -> None:
    made = lily.create(OWNER, "person", {"name": "Ada", "x_badge": "7"})
    wanted = extending({"person": OVERLAY})
    if lost == "broken":
        wanted["@chain/site.yaml"] = "name: [\n"
    else:
        wanted = {name: text for name, text in wanted.items() if not name.startswith("@")}
        wanted |= {"@chain": "'../chain' is not a site."} if lost == "marked" else {}
    report = lily.apply_documents(wanted, by=BY, reason="lost")
    (problem,) = lily.declaration_problems()
    assert not report.applied and str(problem.place).startswith("@chain/site.yaml" if lost == "broken" else "site.yaml:1:10")
    assert lily.update(OWNER, "person", made["id"], {"x_badge": "8"})["fields"]["x_badge"] == "8"
    assert lily.apply_documents(extending({"person": OVERLAY}), by=BY, reason="back").problems == ()


def test_an_overlay_opens_a_foreign_type_to_a_role(open_engine: Callable[..., Engine]) -> None:
    base = {**documents(), "schemas/parcel.json": json.dumps(PARCEL)}
    engine = open_engine(extending({}, base))
    for one in (OWNER, CLERK, STRANGER):
        engine.users.mirror(MirroredUser(id=one.id, username=one.name.lower(), name=one.name, roles=one.roles))
    light, heavy = (engine.create(OWNER, "parcel", {"to": "Ada", "weight": weight})["id"] for weight in (3, 30))
    with pytest.raises((NotFound, Forbidden)):
        engine.get(CLERK, "parcel", light)
    opened = {"x-extends": "parcel", "x-record": {"permissions": {"clerk": {"read": "record.weight < 10"}}}}
    report = engine.apply_documents(extending({"parcel": opened}, base), by=BY, reason="opened")
    assert not report.applied and {one.action for one in report.waiting} == {"rights"}
    plan = engine.plans.plan(OWNER, extending({"parcel": opened}, base))
    engine.plans.apply(OWNER, extending({"parcel": opened}, base), hash=plan.hash, confirm=plan.to_confirm)
    assert engine.get(CLERK, "parcel", light)["fields"] == {"to": "Ada", "weight": 3}
    assert [one["id"] for one in engine.select(CLERK, "parcel", Query()).items] == [light]
    with pytest.raises(NotFound):
        engine.get(CLERK, "parcel", heavy)
    with pytest.raises(Forbidden):
        engine.create(CLERK, "parcel", {"to": "Bea"})
    with pytest.raises((NotFound, Forbidden)):
        engine.get(STRANGER, "parcel", light)
