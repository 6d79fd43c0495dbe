"""An explanation says what the doors do: of drawn declarations, for every reader, record and field, and each kind of action."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import levelled_site
import pytest
from drawn_rights import BOSS, FIELDS, Drawn, filled, opened, readers, shown
from lengths import rounds

from kartotek.engine.engine import Engine
from kartotek.engine.explaining import Question
from kartotek.errors import KartotekError, Malformed, NotFound
from kartotek.model.actor import OWNER, Actor, Scope


def does(act: Callable[[], Any]) -> str:
    try:
        act()
    except KartotekError:
        return "no"
    return "yes"


@pytest.mark.parametrize("seed", range(rounds(6, 300)))
def test_what_is_explained_is_what_every_reader_finds(tmp_path: Path, seed: int) -> None:
    engine = opened(tmp_path, Drawn(seed).documents)
    try:
        ids = filled(engine)
        for actor, id in itertools.product(readers(), ids):
            found = engine.explanations.fields(BOSS, Question(actor, "thing", id))
            assert {name: found[name]["read"] for name in FIELDS} == shown(engine, actor, id), (actor, id)
            for name in FIELDS:
                told = engine.explanations.explain(BOSS, Question(actor, "thing", id, name))
                assert told["verdict"] == found[name]["read"]
                row = [one["holds"] for one in told["reasons"] if one["code"] in ("row", "row_when", "owner")]
                assert any(row) or told["verdict"] == "none"
                assert all(one["place"] for one in told["reasons"] if one["code"].startswith(("row", "level")))
    finally:
        engine.close()


@pytest.mark.parametrize("seed", range(rounds(3, 150)))
def test_what_may_be_done_is_what_can_be_done(tmp_path: Path, seed: int) -> None:
    engine = opened(tmp_path, Drawn(seed).documents)
    try:
        ids = filled(engine)
        for actor, (place, id) in itertools.product(readers(), enumerate(ids)):
            for name in FIELDS:
                told = engine.explanations.explain(BOSS, Question(actor, "thing", id, name, "write"))["verdict"]
                done = does(lambda: engine.update(actor, "thing", id, {name: f"{name} by {len(actor.roles)} {place}"}))  # noqa: B023
                assert told == done, (actor, id, name)
            if place == 1:
                told = engine.explanations.explain(BOSS, Question(actor, "thing", id, action="delete"))["verdict"]
                assert told == does(lambda: engine.delete(actor, "thing", id)), actor  # noqa: B023
                if told == "yes":
                    engine.restore(BOSS, "thing", id)
    finally:
        engine.close()


@pytest.mark.parametrize("wrong", [{"field": "nosuch"}, {"action": "nosuch"}, {"action": "delete", "field": "name"}, {"id": 999}, {"type": "nosuch"}])
def test_what_is_not_there_is_not_explained(engine: Engine, wrong: dict[str, Any]) -> None:
    with pytest.raises((Malformed, NotFound)):
        engine.explanations.explain(BOSS, Question(**{"of": BOSS, "type": "person", **wrong}))


def test_owners_alone_are_told(engine: Engine) -> None:
    for actor in (Actor(2, "Clara", frozenset({"clerk"})), Actor(1, "Olive", frozenset({OWNER}), scope=Scope(actions=frozenset({"read"})))):
        with pytest.raises(NotFound):
            engine.explanations.explain(actor, Question(actor, "person"))
        with pytest.raises(NotFound):
            engine.explanations.fields(actor, Question(actor, "person"))


def test_steps_name_the_lines_that_decide(engine: Engine) -> None:
    told = engine.explanations.explain(BOSS, Question(Actor(3, "Hugo", frozenset({"helper"})), "person", field="mobile"))
    assert told["verdict"] == "none" and [one["code"] for one in told["reasons"]] == ["row_when", "level"]
    row, field = told["reasons"]
    assert row["holds"] is None and row["words"] == "helper may read records for which this holds: record.active == true"
    lines = engine.catalog().documents["schemas/person.json"].splitlines()
    for one, key in ((row, '"read": "record.active'), (field, '"read": [')):
        line, column = next((number, text.index(key)) for number, text in enumerate(lines, 1) if key in text)
        assert one["place"] == f"schemas/person.json:{line}:{column + 1}"
    assert field["holds"] is False and field["params"]["level"] == "none"


def test_what_was_opened_in_an_emergency_is_explained_so(open_engine: Callable[..., Engine]) -> None:
    engine = levelled_site.opened(open_engine)
    made = [engine.create(levelled_site.CLERK, "folder", {**levelled_site.VALUES, "phone": phone})["id"] for phone in ("+8613812345678", "+8613812345679")]
    engine.glass.open(levelled_site.HELPER, "folder", made[0], reason="fainted")
    found = {id: engine.explanations.explain(BOSS, Question(levelled_site.HELPER, "folder", id, "amount")) for id in made}
    for id in made:
        assert (found[id]["verdict"] == "read") == ("amount" in engine.get(levelled_site.HELPER, "folder", id)["fields"])
    assert ["glass" in [one["code"] for one in told["reasons"] if one["holds"]] for told in found.values()] == [True, False]
