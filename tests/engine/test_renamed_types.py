"""A type under another name: numbers, files, timers, clocks and the search go on with it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import timed_site
from changing import Types, record, text, to, values
from neutral_site import OWNER
from timed_site import Time

from kartotek.engine.engine import Engine
from kartotek.model.query import Query
from kartotek.storage.dialect import quote

EXPIRE = "  expire: {title: {en: E, zh: 期}, from: open, to: done, after: PT2H}\n"


def thing(aliases: tuple[str, ...], number: str, file: str, *old: str) -> dict[str, Any]:
    alias: list[dict[str, Any]] = [{"aliases": [name]} for name in old] or [{}, {}]
    paper = {"type": "string", "format": "uuid", "x-field": {"file": {}, **alias[1]}}
    return record(
        aliases, {"search": ["name"], "titleTemplate": "{name}"}, name=text(),
        **{number: {"type": "string", "readOnly": True, "x-field": {"autoNumber": "N-{0000}", **alias[0]}}, file: paper},
    )


def owned(engine: Engine, table: str, *columns: str) -> list[tuple[Any, ...]]:
    with engine.database.read() as conn:
        return sorted(conn.rows(f"SELECT {', '.join(map(quote, columns))} FROM {quote(table)}"))


def test_numbers_files_and_search_go_on(site: Callable[[Types], Engine]) -> None:
    engine = site({"thing": thing((), "number", "paper")})
    staged = engine.stage_file(OWNER, io.BytesIO(b"hello"), name="a.txt")["id"]
    id = engine.create(OWNER, "thing", {"name": "Lamp", "paper": staged})["id"]
    to(engine, {"item": thing(("thing",), "code", "scan", "number", "paper")})
    assert values(engine, "item", id)["code"] == "N-0001"
    assert engine.create(OWNER, "item", {"name": "Next"})["fields"]["code"] == "N-0002"
    with engine.open_file(OWNER, "item", id, staged).stream as stream:
        assert stream.read() == b"hello"
    assert owned(engine, "kartotek__file", "record_type", "field") == [("item", "scan")]
    while engine.indexes.build():
        pass
    assert [one["id"] for one in engine.select(OWNER, "item", Query(search="lam")).items] == [id]
    to(engine, {"thing": thing(("item",), "number", "paper", "code", "scan")})
    assert engine.create(OWNER, "thing", {"name": "Third"})["fields"]["number"] == "N-0003"


@pytest.fixture
def time() -> Time:
    return Time()


def test_timers_go_on(open_engine: Callable[..., Engine], time: Time) -> None:
    engine = open_engine()
    engine.clock = time
    timed_site.apply(engine, timed_site.documents(EXPIRE))
    made = timed_site.task(engine, starts_at="2026-11-22T02:00:00Z")
    before = owned(engine, "kartotek__timer", "record_id", "name", "due")
    assert before
    renamed = {
        path.replace("task", "job"): content.replace('"references": "task"', '"references": "job"').replace("record: task", "record: job")
        for path, content in timed_site.documents(EXPIRE).items()
    }
    named = renamed["schemas/job.json"].replace('"x-record": {', '"x-record": {"aliases": ["task"],')
    report = engine.apply_documents({**renamed, "schemas/job.json": named}, by=OWNER, reason="renamed")
    assert report.applied and not report.waiting, report
    assert owned(engine, "kartotek__timer", "record_id", "name", "due") == before
    assert {type for (type,) in owned(engine, "kartotek__timer", "type")} == {"job"}
    time.go(hours=3)
    timed_site.settle(engine)
    found = engine.get(OWNER, "job", made["id"])
    assert (found["state"], found["version"]) == ("done", 2)
    assert [one["action"] for one in engine.history(OWNER, "job", made["id"]).items] == ["transition", "create"]
