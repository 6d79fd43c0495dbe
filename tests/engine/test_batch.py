"""Writing many rows as one step: the same outcomes, records and history as one after the other, with few statements."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from neutral_site import CLERK, HELPER, documents

from kartotek.engine import batch
from kartotek.engine.bulk_rows import BulkRow
from kartotek.engine.bulk_single import single
from kartotek.engine.engine import Engine
from kartotek.engine.open_writing import Writing
from kartotek.errors import KartotekError
from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.storage import history
from kartotek.storage.database import Database

_SEEDS = range(6)


def _rows(seed: int) -> tuple[list[BulkRow], str | None]:
    """Rows that are good, bad, repeated, of the same key, and of records that are there."""
    draw = random.Random(seed)
    on = draw.choice((None, "mobile"))
    rows = []
    for number in range(40):
        fields: dict[str, Any] = {"name": draw.choice(("Mia", "Noah", "", "x" * 61)) if draw.random() < 0.2 else f"P{number}"}
        if draw.random() < 0.8 or on:
            fields["mobile"] = f"+86139000000{draw.randint(10, 30)}"
        if draw.random() < 0.3:
            fields |= draw.choice(({"level": "gold"}, {"level": "tin"}, {"born": "1999-02-30"}, {"tags": ["a"]}, {"age": 3}))
        if draw.random() < 0.2:
            fields["address"] = {"city": "Bern"}
        id = draw.randint(1, 8) if on is None and draw.random() < 0.3 else None
        rows.append(BulkRow(fields=fields, id=id, unset=("note",) if id and draw.random() < 0.3 else ()))
    return rows, on


def _outcome(one: Any) -> Any:
    if isinstance(one, KartotekError):
        return type(one).__name__, sorted((each.path, each.code) for each in one.problems)
    return one


def _written(engine: Engine, actor: Actor, rows: list[BulkRow], on: str | None, *, as_one: bool) -> list[Any]:
    def work(writing: Writing) -> list[Any]:
        made = batch.write_rows(writing, "person", rows, on) if as_one else [single(writing, "person", one, on) for one in rows]
        return [_outcome(one) for one in made]

    return engine.transactions.transact(actor, lambda _: work)


def _history(engine: Engine) -> list[Any]:
    with engine.transactions.reading() as conn:
        return [
            (one.record_id, one.version, one.action, one.was, one.now, one.note)
            for one in history.of_type(conn, "person")
        ]


def _seeded(engine: Engine) -> None:
    engine.bulk(CLERK, "person", [BulkRow(fields={"name": f"First {one}", "mobile": f"+861390000001{one}"}) for one in range(8)])


@pytest.mark.parametrize("seed", _SEEDS)
@pytest.mark.parametrize("actor", [CLERK, HELPER], ids=lambda one: one.name)
def test_a_batch_comes_to_what_its_rows_come_to_one_by_one(
    tmp_path: Any, clock: Any, seed: int, actor: Actor
) -> None:

    rows, on = _rows(seed)
    on = on if actor is CLERK else None  # he may not read the key
    found = []
    for as_one in (True, False):
        engine = Engine(
            Database.open(f"sqlite:///{tmp_path}/{as_one}.db"), files=tmp_path / "files", secret=b"s" * 32, clock=clock
        )
        engine.apply_documents(documents(), by=Actor.system("test"), reason="test")
        _seeded(engine)
        outcomes = _written(engine, actor, rows, on, as_one=as_one)
        listed = engine.select(CLERK, "person", Query(limit=200)).items
        found.append((outcomes, listed, _history(engine)))
        engine.close()
    assert found[0][0] == found[1][0]
    assert found[0][1] == found[1][1]
    assert found[0][2] == found[1][2]


def test_a_batch_costs_statements_per_batch_and_not_per_row(engine: Engine, made: Callable[..., Any]) -> None:
    person = made("person", name="Mia")["id"]
    item = made("item", name="Pen", price="1.00")["id"]
    told: list[str] = []
    engine.database.listeners.append(told.append)
    counted = []
    for size in (10, 60):
        rows = [BulkRow(fields={"person": person, "lines": [{"item": item, "quantity": 2}]}) for _ in range(size)]
        told.clear()
        engine.bulk(CLERK, "order", rows)
        counted.append(len([one for one in told if "kartotek__pulse" not in one]))  # that is asked for by the clock too
    assert counted[0] == counted[1]


def test_rollups_are_exact_after_a_batch_and_numbers_have_no_gaps(engine: Engine, made: Callable[..., Any]) -> None:
    people = [made("person", name=name)["id"] for name in ("Mia", "Noah")]
    item = made("item", name="Pen", price="1.50")["id"]
    rows = [
        BulkRow(fields={"person": people[one % 2], "paid": True, "lines": [{"item": item, "quantity": 0 if one == 3 else 2}]})
        for one in range(9)
    ]
    results = engine.bulk(CLERK, "order", rows, partial=True)
    assert [one["status"] for one in results].count("invalid") == 1
    numbers = [one["record"]["fields"]["number"] for one in results if one["status"] == "created"]
    assert [int(one[-4:]) for one in numbers] == list(range(1, 9))
    assert engine.get(CLERK, "person", people[0])["fields"]["spent"] == "15.00"
    assert engine.get(CLERK, "person", people[1])["fields"]["orders_count"] == 3
