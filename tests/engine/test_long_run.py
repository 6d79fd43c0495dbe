"""A long run of random work: after every step the derived values are exact, and the past stays what it was."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from neutral_site import CLERK, OWNER

from kartotek.engine.engine import Engine
from kartotek.errors import Conflict, Invalid, NotFound
from kartotek.model.query import Query

STEPS = 120
START = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
DERIVED = ("orders_count", "spent", "age", "total", "remaining")


class Worker:
    """Does one random thing after another as a clerk would, some of it wrong."""

    def __init__(self, engine: Engine, seed: int) -> None:
        self.engine = engine
        self.random = random.Random(seed)
        self.now = START
        engine.clock = lambda: self.now
        self.ids: dict[str, list[int]] = {"person": [], "item": [], "order": [], "account": [], "entry": []}

    def step(self) -> None:
        """One piece of work; a refusal must leave everything as it was."""
        self.now += timedelta(minutes=1)
        act = self.random.choice([self.create, self.create, self.update, self.update, self.delete, self.restore])
        try:
            act()
        except (Conflict, Invalid, NotFound):
            pass

    def create(self) -> None:
        record_type = self.random.choice(list(self.ids))
        record = self.engine.create(CLERK, record_type, self.fields(record_type))
        self.ids[record_type].append(record["id"])

    def update(self) -> None:
        record_type = self.random.choice(list(self.ids))
        fields = self.fields(record_type)
        some = {name: fields[name] for name in fields if self.random.random() < 0.6}
        unset = [name for name in ("note", "tags", "reason") if self.random.random() < 0.1]
        self.engine.update(CLERK, record_type, self.one(record_type), some, unset=[name for name in unset if name not in some and (
            name in self.engine.sight(CLERK, record_type).writable)])

    def delete(self) -> None:
        record_type = self.random.choice(list(self.ids))
        self.engine.delete(CLERK, record_type, self.one(record_type))

    def restore(self) -> None:
        record_type = self.random.choice(list(self.ids))
        self.engine.restore(CLERK, record_type, self.one(record_type))

    def one(self, record_type: str) -> int:
        return self.random.choice([*self.ids[record_type], 10_000])

    def fields(self, record_type: str) -> dict[str, Any]:
        """Random input, now and then with a mistake."""
        pick = self.random
        if record_type == "person":
            note = pick.choice([{"note": None}, {"note": "n"}, {}])
            tags = pick.choice([{"tags": ["b", "a"]}, {"tags": []}, {"address": {"city": "Rome"}}, {"address": {}}])
            return {"name": pick.choice(["Ann", "Bob", ""]), "mobile": f"138{pick.randrange(4):08}", **note, **tags}
        if record_type == "item":
            return {"name": "Pen", "price": f"{pick.randrange(1, 400)}.{pick.randrange(100):02}", "on_sale": pick.random() < 0.8}
        if record_type == "order":
            lines = [{"item": self.one("item"), "quantity": pick.randrange(0, 4)} for _ in range(pick.randrange(0, 4))]
            return {"person": self.one("person"), "lines": lines, "paid": pick.random() < 0.6, "reason": "r"}
        if record_type == "account":
            return {"code": f"A{pick.randrange(4)}"}
        return {"account": self.one("account"), "change": pick.randrange(-3, 5)}

    def everything(self, record_type: str, *, trash: bool = False) -> list[dict[str, Any]]:
        return list(self.engine.select(OWNER, record_type, Query(limit=500, trash=trash, sort=("meta.id",))).items)


def exact(worker: Worker) -> None:
    """Every derived value equals what a fresh count of the live records says."""
    orders, entries = worker.everything("order"), worker.everything("entry")
    for order in orders:
        for line in order["fields"]["lines"]:
            assert Decimal(line["amount"]) == Decimal(line["price"]) * line["quantity"]
        assert Decimal(order["fields"]["total"]) == sum(Decimal(line["amount"]) for line in order["fields"]["lines"])
    for person in worker.everything("person"):
        mine = [one["fields"] for one in orders if one["fields"]["person"] == person["id"]]
        assert person["fields"]["orders_count"] == len(mine)
        assert Decimal(person["fields"]["spent"]) == sum(Decimal(one["total"]) for one in mine if one["paid"])
    for account in worker.everything("account"):
        mine = [one["fields"]["change"] for one in entries if one["fields"]["account"] == account["id"]]
        assert account["fields"]["remaining"] == sum(mine) >= 0


def plain(envelope: dict[str, Any]) -> dict[str, Any]:
    fields = {name: wire for name, wire in envelope["fields"].items() if name not in DERIVED}
    return {"fields": fields, "version": envelope["version"], "updated_at": envelope["updated_at"]}


@pytest.mark.parametrize("seed", [1, 2])
def test_derived_values_are_exact_and_the_past_can_be_read_back(engine: Engine, seed: int) -> None:
    worker = Worker(engine, seed)
    past: list[tuple[datetime, str, int, dict[str, Any]]] = []
    for number in range(STEPS):
        worker.step()
        if number % 10 == 9:
            exact(worker)
            past += [(worker.now, name, one["id"], plain(one)) for name in worker.ids for one in worker.everything(name)]
    assert len(past) > 50, "the run did too little to prove anything"
    for at, record_type, id, expected in past[:: max(1, len(past) // 60)]:
        assert plain(engine.get(OWNER, record_type, id, as_of=at)) == expected
