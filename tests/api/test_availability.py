"""Free times over HTTP: parameters, rights, the problem document's alternatives, and the description."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import occupancy_site
import pytest
from api_site import documents

from kartotek.model.actor import Actor

RANGE = "from=2026-12-01T08:00:00Z&to=2026-12-01T12:00:00Z&duration=PT1H"


@pytest.fixture
def clerk(served: Any) -> Any:
    """The clerk of a site in which places and helpers are taken."""
    types = {name: occupancy_site.TYPES[name] for name in ("place", "helper", "shift", "absence", "stay", "visit", "night")}
    files = {f"schemas/{name}.json": json.dumps(one) for name, one in types.items()}
    guest = {"site.yaml": documents()["site.yaml"].replace("roles:\n", "roles:\n  guest: {title: Guest}\n", 1)}
    report = served.engine.apply_documents(documents() | files | guest, by=Actor.system("test"), reason="test")
    assert report.applied and not report.waiting, [one.message for one in report.problems]
    return served.client("clerk")


def hours(first: str, last: str) -> dict[str, str]:
    return {"starts": f"2026-12-01T{first}:00Z", "ends": f"2026-12-01T{last}:00Z"}


def test_free_times_are_given_nearest_first(clerk: Any) -> None:
    helper = clerk.made("helper", name="A")["id"]
    clerk.made("stay", helper=helper, **hours("09:00", "10:00"))
    answer = clerk("GET", f"/records/stay/availability?{RANGE}&place=&person=&near=2026-12-01T09:00:00Z&limit=2")
    assert answer.status_code == 200, answer.text
    assert answer.json == {"items": [
        {"start": "2026-12-01T10:15:00Z", "end": "2026-12-01T11:15:00Z", "keys": {"helper": helper}},
        {"start": "2026-12-01T10:30:00Z", "end": "2026-12-01T11:30:00Z", "keys": {"helper": helper}},
    ]}


def test_keys_may_stand_more_than_once_and_are_chosen_in_that_order(clerk: Any) -> None:
    first, second = (clerk.made("helper", name=name)["id"] for name in "AB")
    for keys, expected in ((f"helper={second}&helper={first}", second), (f"helper={first}", first)):
        answer = clerk("GET", f"/records/stay/availability?{RANGE}&place=&person=&limit=1&{keys}")
        assert answer.json["items"][0]["keys"] == {"helper": expected}


def test_other_fields_and_filters_can_be_said(clerk: Any) -> None:
    clerk.made("helper", name="A", skill="cut")
    able = clerk.made("helper", name="B", skill="dye")["id"]
    for more in ("given.skill=dye", "filter.helper=record.skill == 'dye'"):
        answer = clerk("GET", f"/records/stay/availability?{RANGE}&place=&person=&limit=1&{more}")
        assert answer.json["items"][0]["keys"] == {"helper": able}, answer.text


def test_dates_are_taken_as_their_first_instants(clerk: Any) -> None:
    place = clerk.made("place", name="P")["id"]
    answer = clerk("GET", "/records/night/availability?from=2026-12-01&to=2026-12-05&duration=P2D&shelf=a&limit=1")
    assert answer.json["items"] == [{"start": "2026-12-01", "end": "2026-12-03", "keys": {"place": place, "shelf": "a"}}]


@pytest.mark.parametrize(("query", "code", "name"), [
    ("", "missing_parameter", "from"),
    ("from=x&to=2026-12-02&duration=PT1H", "parameter", "from"),
    ("from=2026-12-01&to=2026-12-02&duration=1h", "parameter", "duration"),
    ("from=2026-12-01&to=2026-12-02&duration=P1M", "parameter", "duration"),
    ("from=9999-12-31&to=9999-12-31&duration=PT1H", "parameter", "to"),
    ("from=0001-01-01&to=0001-01-02&duration=PT1H", "parameter", "from"),
    ("from=2026-12-01&to=2027-12-01&duration=PT1H", "parameter", "to"),
    ("from=2026-12-02&to=2026-12-01&duration=PT1H", "parameter", "to"),
    ("from=2026-12-01&to=2026-12-02&duration=PT0S", "parameter", "duration"),
    ("from=2026-12-01&to=2026-12-02&duration=P999999D", "parameter", "duration"),
    ("from=2026-12-01&to=2026-12-02&duration=PT1H&step=PT1S", "parameter", "step"),
    ("from=2026-12-01&to=2026-12-02&duration=PT1H&limit=0", "parameter", "limit"),
    ("from=2026-12-01&to=2026-12-02&duration=PT1H&limit=1000", "parameter", "limit"),
    ("from=2026-12-01&from=2026-12-01&to=2026-12-02&duration=PT1H", "repeated_parameter", "from"),
    ("from=2026-12-01&to=2026-12-02&duration=PT1H&nobody=3", "unknown_parameter", "nobody"),
    ("from=2026-12-01&to=2026-12-02&duration=PT1H&helper=x", "parameter", "helper"),
    ("from=2026-12-01&to=2026-12-02&duration=PT1H&given.size=x", "parameter", "given.size"),
    ("from=2026-12-01&to=2026-12-02&duration=PT1H&given.nothing=x", "unknown_parameter", "given.nothing"),
    ("from=2026-12-01&to=2026-12-02&duration=PT1H&filter.nobody=true", "unknown_parameter", "nobody"),
    ("from=2026-12-01&to=2026-12-02&duration=PT1H&filter.helper=record.nothing", "unknown_field", None),
])
def test_what_cannot_be_read_is_named(clerk: Any, query: str, code: str, name: str | None) -> None:
    answer = clerk("GET", f"/records/stay/availability?{query}")
    assert answer.status_code == 400, answer.text
    found = answer.json["problems"][0]
    assert (found["code"], found["params"].get("name")) == (code, name) or name is None and found["code"] == code


def test_a_record_that_cannot_be_read_is_none(clerk: Any) -> None:
    assert clerk("GET", f"/records/stay/availability?{RANGE}&except=99").status_code == 404
    assert clerk("GET", f"/records/place/availability?{RANGE}").status_code == 404
    assert clerk("GET", f"/records/nothing/availability?{RANGE}").status_code == 404


def test_huge_ids_are_nobody(clerk: Any) -> None:
    answer = clerk("GET", f"/records/stay/availability?{RANGE}&place=&person=&helper=9007199254740993")
    assert answer.status_code == 200 and answer.json["items"] == []


def test_a_hidden_type_looks_like_a_missing_one(clerk: Any, served: Any) -> None:
    assert served.client("reader")("GET", f"/records/stay/availability?{RANGE}").status_code == 404


def test_a_refusal_is_a_conflict_with_alternatives(clerk: Any) -> None:
    helper = clerk.made("helper", name="A")["id"]
    clerk.made("stay", helper=helper, **hours("09:00", "10:00"))
    answer = clerk("POST", "/records/stay", {"fields": {"helper": helper, **hours("09:30", "10:00")}})
    assert answer.status_code == 409
    assert answer.json["problems"] == [{
        "path": "/fields/helper", "code": "occupied", "message": "This helper is busy.",
        "params": {"name": "helper", "key": {"helper": helper}, "start": "2026-12-01T08:50:00Z", "end": "2026-12-01T10:00:00Z"},
    }]
    offered = answer.json["alternatives"]
    assert len(offered) == 3 and all(one["keys"] == {"helper": helper} for one in offered)
    assert clerk("POST", "/records/stay", {"fields": {
        "helper": helper, "starts": offered[0]["start"], "ends": offered[0]["end"]}}).status_code == 201


def test_the_description_knows_it(clerk: Any, served: Callable[..., Any]) -> None:
    paths = clerk("GET", "/openapi.json").json["paths"]
    operation = paths["/api/v1/records/stay/availability"]["get"]
    assert {"from", "to", "duration", "near", "step", "except", "limit", "place", "helper", "person"} == {
        one["name"] for one in operation["parameters"]}
    assert "/api/v1/records/place/availability" not in paths
