"""Ratcheting, drawn at random: no edit is refused for what it does not touch, and none makes a record break more than before."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from lengths import rounds
from neutral_site import CLERK
from tests.engine.newer_rules import documents, put_in_service

from kartotek.engine.compiled import Compiled
from kartotek.engine.engine import Engine
from kartotek.engine.open_writing import Writing
from kartotek.engine.ratchets import broken, ratchet
from kartotek.errors import Invalid
from kartotek.migration.ratcheted import names_of
from kartotek.storage.records import load_many

_TEXTS = ["a", "b", "bad code", "X", "x y"]
_NUMBERS = [-1, 1, 50, 100, 101, 500]
_LINES = "properties/lines/items"
SIMPLE = {"code", "size", "secret"}  # whose name alone says what is broken; what was touched of them has to fit
STRICTER: list[dict[str, Any]] = [
    {"properties/code/pattern": "^[a-z]+$"}, {"properties/size/maximum": 100}, {"properties/size/minimum": 0},
    {f"{_LINES}/properties/sku/pattern": "^[a-z]+$"}, {f"{_LINES}/properties/count/maximum": 100}, {f"{_LINES}/required": ["sku"]},
    {"properties/lines/minItems": 2}, {"properties/lines/maxItems": 2}, {"properties/box/properties/width/maximum": 100},
    {"properties/box/required": ["mark"]}, {"required": ["secret", "code"]}, {"properties/data/items/pattern": "^[a-z]+$"},
    {"properties/secret/x-field/requiredIf": "record.size > 100"}, {f"{_LINES}/properties/sku/x-field": {"requiredIf": "row.count > 50"}},
    {"x-record/validations": [{"name": "in_order", "rule": "record.end >= record.day", "message": "No"}]},
    {"x-record/validations": [{"name": "few", "rule": "record.size < 200 || isSet(record.code)", "message": "No"}]},
]  # fmt: skip


def drawn(random: random.Random) -> dict[str, Any]:
    """The fields of some record; each may lack."""
    days = ["2026-05-01", "2026-05-02", "2026-05-03"]
    made: dict[str, Any] = {
        "name": random.choice(_TEXTS), "code": random.choice(_TEXTS), "size": random.choice(_NUMBERS), "day": random.choice(days),
        "end": random.choice(days), "secret": random.choice(_TEXTS), "data": random.choices(_TEXTS, k=random.randrange(4)),
        "lines": [_some(random, {"sku": random.choice(_TEXTS), "count": random.choice(_NUMBERS)}) for _ in range(random.randrange(4))],
        "box": _some(random, {"width": random.choice(_NUMBERS), "mark": random.choice(_TEXTS)}),
    }  # fmt: skip
    return _some(random, made)


def _some(random: random.Random, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if random.random() < 0.75}


def edited(random: random.Random, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a form sends back: everything, with a thing or two changed; within tables and objects too."""
    sent = copy.deepcopy(dict(fields))
    for _ in range(random.choice((0, 1, 1, 2))):
        name = random.choice(["name", "code", "size", "day", "end", "secret", "lines", "box", "data"])
        if name == "lines" and sent.get("lines"):
            row = random.choice(sent["lines"])
            row["count"] = random.choice(_NUMBERS)
            if random.random() < 0.3:
                sent["lines"].append({"sku": random.choice(_TEXTS)})
            if random.random() < 0.2:
                sent["lines"].pop(0)
        elif name == "box" and sent.get("box"):
            sent["box"]["width"] = random.choice(_NUMBERS)
        else:
            sent[name] = drawn(random).get(name)
    return sent


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    return open_engine(documents())


@pytest.mark.parametrize("seed", range(rounds(6, 60)))
def test_edits_are_judged_by_what_they_touch(engine: Engine, seed: int) -> None:
    chance = random.Random(seed)
    olds = [drawn(chance) for _ in range(12)]
    for fields in olds:
        engine.create(CLERK, "thing", fields)
    changes: dict[str, Any] = {}
    for one in chance.sample(STRICTER, k=4):
        changes |= one
    declared = documents(changes)
    put_in_service(engine, declared)
    put_in_service(engine, declared, thing=sorted(names_of(engine.catalog().types["thing"])))
    for id in range(1, 13):
        for _ in range(3):
            fields = engine.get(CLERK, "thing", id)["fields"]
            sent = edited(chance, fields)
            touched = {name for name in {*fields, *sent} if fields.get(name) != sent.get(name)}
            before = breaks(engine, id)
            try:
                engine.update(CLERK, "thing", id, sent)
            except Invalid as refused:
                about = {one.path.split("/")[2] if one.path else "" for one in refused.problems}
                assert touched and all(reads(name) & touched for name in about), (sent, fields, refused.problems)
                continue
            after = breaks(engine, id)
            assert after <= before and not after & touched & SIMPLE, (sent, fields)


def reads(name: str) -> set[str]:
    """What has to be touched for a problem at this field, or of the whole record, to be anybody's fault."""
    return {"": {"day", "end", "size", "code"}, "secret": {"secret", "size"}}.get(name, {name})


def breaks(engine: Engine, id: int) -> set[str]:
    """What the stored record breaks, judged as if it were new."""

    def work(writing: Writing) -> set[str]:
        compiled: Compiled = writing.moment.compiled
        judged = ratchet(compiled, "thing")
        assert judged is not None
        one = compiled.type("thing")
        records = [one.codec.record(stored) for stored in load_many(writing.conn, one.layout, [id]).values()]
        return set(broken(one, judged, records, writing.setting)[id])

    return engine.transactions.transact(CLERK, lambda _: work)
