"""Locks and levels where processes act: transitions of frozen records, effects on them, reasons given with a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from neutral_site import ALL, CLERK, HELPER, OWNER, documents

from kartotek.engine.engine import Engine
from kartotek.errors import Conflict, Invalid, KartotekError
from kartotek.storage.history import of_record

FILE: dict[str, Any] = {
    "title": "File", "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 60}, "closed": {"type": "boolean", "default": False},
        "stamp": {"type": "string"}, "size": {"type": "integer", "default": 1},
        "other": {"type": "integer", "x-field": {"references": "file"}},
    },
    "x-record": {
        "frozenWhen": "record.closed", "permissions": {"clerk": ALL, "helper": ALL},
        "validations": [
            {"name": "small", "rule": "record.size <= 10", "message": "Large", "field": "size", "level": "confirm", "override": ["clerk"]},
            {"name": "stamped", "rule": "meta.state != 'kept' || isSet(record.stamp)", "message": "No stamp", "level": "warning"},
            {"name": "named", "rule": "meta.state != 'kept' || isSet(record.name)", "message": "No name", "level": "confirm"},
        ],
    },
}  # fmt: skip
FLOW = """record: file
initial: fresh
states:
  fresh: {title: {en: Fresh, zh: 新}}
  kept: {title: {en: Kept, zh: 保存}}
  gone: {title: {en: Gone, zh: 去}, final: true}
transitions:
  keep: {title: {en: Keep, zh: 保存}, from: fresh, to: kept, roles: [clerk, helper], ask: [size, stamp]}
  stamp: {title: {en: Stamp, zh: 盖章}, from: fresh, to: kept, roles: [clerk], do: [{set: {stamp: done}}]}
  touch:
    title: {en: Touch, zh: 触}
    from: kept
    to: gone
    roles: [clerk]
    do: [{update: {record: "=record.other", set: {stamp: touched}}}]
"""


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    return open_engine({**documents(file=FILE), "workflows/file.yaml": FLOW})


def made(engine: Engine, **fields: Any) -> int:
    return int(engine.create(CLERK, "file", {"name": "a", **fields})["id"])


def stored(engine: Engine, id: int) -> tuple[str, int, str | None]:
    found = engine.get(OWNER, "file", id)
    return found["state"], found["version"], found["fields"].get("stamp")


def test_a_frozen_record_may_still_move_where_nothing_else_changes(engine: Engine) -> None:
    id = made(engine, closed=True)
    assert engine.processes.run(CLERK, "file", id, "keep")["state"] == "kept"


@pytest.mark.parametrize("step", ["a value that it sets", "a value of its dialog"])
def test_a_frozen_record_does_not_move_with_a_change(engine: Engine, step: str) -> None:
    id = made(engine, closed=True)
    with pytest.raises(Conflict) as refused:
        if step == "a value that it sets":
            engine.processes.run(CLERK, "file", id, "stamp")
        else:
            engine.processes.run(CLERK, "file", id, "keep", fields={"stamp": "x"})
    assert [one.code for one in refused.value.problems] == ["frozen"]
    assert stored(engine, id) == ("fresh", 1, None)


def test_an_effect_on_a_frozen_record_stops_the_whole_step(engine: Engine) -> None:
    frozen = made(engine, closed=True)
    id = made(engine, other=frozen, stamp="s")
    engine.processes.run(CLERK, "file", id, "keep")
    with pytest.raises(KartotekError) as refused:
        engine.processes.run(CLERK, "file", id, "touch")
    assert [one.code for one in refused.value.problems] == ["frozen"]
    assert (stored(engine, id)[0], stored(engine, frozen)) == ("kept", ("fresh", 1, None))


def test_a_step_takes_reasons_of_those_who_may_give_them(engine: Engine) -> None:
    id = made(engine)
    run = engine.processes.run
    with pytest.raises(Invalid) as refused:
        run(CLERK, "file", id, "keep", fields={"size": 11})
    assert [(one.path, one.code) for one in refused.value.problems] == [("/fields/size", "confirm_needed")]
    with pytest.raises(Invalid) as refused:
        run(HELPER, "file", id, "keep", fields={"size": 11}, confirm={"small": "x"})
    assert [(one.path, one.code) for one in refused.value.problems] == [("/fields/size", "validation")]
    done = run(CLERK, "file", id, "keep", fields={"size": 11}, confirm={"small": "by word"})
    assert [one["params"]["name"] for one in done["warnings"]] == ["stamped"]
    with engine.database.read() as conn:
        row = of_record(conn, "file", id, limit=1)[0]
    assert (row.action, row.note) == ("transition", {"confirmed": {"small": "by word"}, "warnings": ["stamped"]})


def test_a_step_may_need_a_reason_without_asking_for_a_field(engine: Engine) -> None:
    id = engine.create(CLERK, "file", {"stamp": "s"})["id"]
    with pytest.raises(Invalid) as refused:
        engine.processes.run(CLERK, "file", id, "keep")
    assert [(one.path, one.code) for one in refused.value.problems] == [("", "confirm_needed")]
    assert engine.processes.run(CLERK, "file", id, "keep", confirm={"named": "later"})["state"] == "kept"


def test_what_stood_at_a_step_is_not_asked_at_the_next(engine: Engine) -> None:
    other = made(engine)
    id = engine.create(CLERK, "file", {"stamp": "s", "other": other})["id"]
    engine.processes.run(CLERK, "file", id, "keep", confirm={"named": "later"})
    assert engine.update(CLERK, "file", id, {"size": 2})["version"] == 3
    assert engine.processes.run(CLERK, "file", id, "touch")["state"] == "gone"
    assert stored(engine, other)[2] == "touched"
