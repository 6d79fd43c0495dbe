"""Nothing is set by the way: derived fields, states, what the system keeps and what is hidden, at the doors beside plain writing."""

from __future__ import annotations

import io
import json
import re
from random import Random
from typing import Any

import pytest
from callers import Caller, stored
from hidden_site import CLERK, HELPER, SYSTEM
from inventory import examples, ways
from lengths import rounds
from test_escalation import REFUSED
from whole_site import Whole

from kartotek.errors import Conflict, Invalid, KartotekError
from kartotek.model.query import Query

NAMES = [(name, value) for name, value in REFUSED if isinstance(value, (str, int)) and name.strip() and "\t" not in name]
# What nobody sets of a case: its state, what is worked out or set by effects, what the system keeps; and near spellings.
KEPT: list[tuple[str, Any]] = [
    ("stage", "closed"), ("Stage", "closed"), ("stage ", "closed"), ("ｓｔａｇｅ", "closed"), ("state", "closed"), ("gifts", 9), ("id", 9), ("version", 9),
    ("created_by", 1), ("created_at", "2020-01-01T00:00:00Z"), ("deleted_at", None), ("updated_by", 1), ("title", "x"), ("type", "note"), ("secret", "x"),
]  # fmt: skip
_IMPORTED = ("stage", "gifts", "id", "version", *(name for name, _ in KEPT[: rounds(0, 14)]))


def _people(whole: Whole) -> dict[int, Any]:
    return {one["id"]: one for one in whole.engine.select(SYSTEM, "person", Query(limit=200)).items}


def test_an_import_sets_nothing_that_a_form_would_not(kept: Whole) -> None:
    """A column of no writable field is not taken in, however it is spelt; the rows of one file try them all."""
    engine, before, refused = kept.engine, _people(kept), 0
    together = ",".join(json.dumps(name, ensure_ascii=False) for name, _ in NAMES), ",".join(str(value) for _, value in NAMES)
    alone = [(json.dumps(name, ensure_ascii=False), str(value)) for name, value in Random(611).sample(NAMES, rounds(5, len(NAMES)))]
    for options in ({}, {"on": "phone"}, {"on": "id"}):
        for heads, values in (together, *alone):
            text = f"name,{heads}\nImported,{values}\n"
            try:
                made = engine.imports.prepare(HELPER, "person", io.BytesIO(text.encode()), name="rows.csv", options=options)
                engine.imports.commit(HELPER, made["id"])
                engine.imports.run_due()
            except KartotekError:
                refused += 1
    after = _people(kept)
    assert {id: after[id] for id in before} == before
    for id in after.keys() - before.keys():
        made = after[id]
        assert made["fields"].keys() <= {"name", "stash", "gauge", "hint", "echo"} and (made["version"], made["created_by"]) == (1, HELPER.id), made
        assert made["fields"].get("stash", 0) == 0 and not made["fields"].get("hint"), made
    assert refused > 10
    assert {"Imported"} == {after[id]["fields"]["name"] for id in after.keys() - before.keys()}, "nothing was taken in at all"


@pytest.mark.parametrize(("name", "value"), KEPT)
def test_a_state_is_set_by_its_transitions_alone(kept: Whole, name: str, value: Any) -> None:
    engine, before = kept.engine, kept.engine.select(SYSTEM, "case", Query(limit=100)).items
    for actor in (HELPER, CLERK, SYSTEM):
        if actor is not HELPER and name == "secret":
            continue
        for attempt in (
            lambda actor=actor: engine.create(actor, "case", {"name": "New", name: value}),
            lambda actor=actor: engine.update(actor, "case", 1, {name: value}),
            lambda actor=actor: engine.processes.run(actor, "case", 1, "look", fields={name: value, "grade": 5}),
            lambda actor=actor: engine.update(actor, "case", 1, {}, unset=(name,)),
        ):
            with pytest.raises((Invalid, Conflict)):
                attempt()
    text = f"name,{name}\nImported,{value}\n"
    made = engine.imports.prepare(CLERK, "case", io.BytesIO(text.encode()), name="rows.csv") if name in _IMPORTED else None
    if made is not None:
        try:
            engine.imports.commit(CLERK, made["id"])
            engine.imports.run_due()
        except KartotekError:
            pass
    after = engine.select(SYSTEM, "case", Query(limit=100)).items
    news = after[len(before):] if len(after) > len(before) else []
    assert [one for one in after if one["id"] in {each["id"] for each in before}] == before
    for one in [*news, *(each for each in after if each["fields"]["name"] == "Imported")]:
        assert (one["state"], one["fields"].get("gifts"), one["version"], one["created_by"]) == ("new", None, 1, CLERK.id)


EXTRA = {
    "/source": "desk", "/secret": "x", "/stage": "kept", "/person": "1", "/id": "1", "/version": "9", "/created_by": "1", "/Source": "x", "/source ": "x",
    "source": "desk", "fields[source]": "x", "set": "x", "/open": "1", "/worth": "1.00", "/name/x": "y", "state": "kept",
}  # fmt: skip


def test_a_public_form_sets_its_own_fields_alone(kept: Whole) -> None:
    assert kept.app is not None
    client = kept.app.test_client()
    found = re.findall(r'name="(csrf_token|ticket)" value="([^"]+)"', client.get("/p/ask").text)
    kept.engine.clock.tick()  # type: ignore[attr-defined]
    answer = client.post("/p/ask", data={**dict(found), "/name": "Posted", "/phone": "555-9", **EXTRA})
    assert answer.status_code == 200, re.findall(r"(?s)<main.*", answer.text)
    posted = [one for one in kept.engine.select(SYSTEM, "wish", Query(limit=100)).items if one["fields"]["name"] == "Posted"]
    assert [(one["fields"].keys(), one["fields"]["source"], one["state"], one["version"]) for one in posted] == [
        ({"name", "phone", "source", "stage"}, "web", "asked", 1)
    ]


def test_a_link_sets_what_its_step_asks_alone(kept: Whole) -> None:
    assert kept.app is not None
    client, before = kept.app.test_client(), kept.engine.get(SYSTEM, "visit", 2)["fields"]
    address = f"/l/{kept.links[1]}"
    found = re.findall(r'name="(csrf_token|key)" value="([^"]+)"', client.get(address).text)
    answer = client.post(address, data={**dict(found), **EXTRA, "/name": "Taken", "/spot": "1"})
    assert answer.status_code in (200, 422), answer.text
    assert kept.engine.get(SYSTEM, "visit", 2)["fields"] == before | {"stage": "closed"}


def test_no_body_may_say_more_than_it_is_asked(kept: Whole) -> None:
    assert kept.app is not None
    caller, before, wrong = Caller(kept, "olive"), stored(kept), []
    given = examples(kept) | {"type": "case", "record": "1"}
    for way in ways(kept.app):
        if not way.is_api or way.method in ("GET", "DELETE") or isinstance(way.body, bytes):
            continue
        body = way.body if isinstance(way.body, dict) else {}
        twice = json.dumps(body)[:-1] + ("," if body else "") + '"zz": 1, "zz": 2}'
        for raw in (json.dumps({**body, "zz": 1}), json.dumps({**body, "__proto__": {"roles": ["owner"]}}), twice, '{"fields": {}, "fields": {}}', "[]", '"x"', "1", "\0"):
            head = {"Authorization": f"Bearer {kept.tokens['olive']}"}
            answer = kept.app.test_client().open(way.address(given), method=way.method, data=raw, content_type="application/json", headers=head)
            if not 400 <= answer.status_code < 500:
                wrong.append((way.name, raw, answer.status))
    assert wrong == []
    assert stored(kept) == before and caller.name == "olive"
