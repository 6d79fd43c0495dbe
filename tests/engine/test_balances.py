"""Balances made of entries: however many take from one at once, none is ever overdrawn and every unit is used."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from neutral_site import CLERK, OWNER
from tests.engine import redeemer
from tests.engine.locked_site import locked_documents

from kartotek.engine.engine import Engine
from kartotek.errors import Forbidden, Invalid
from kartotek.model.query import Query

PROCESSES = 8
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.engine.redeemer"])


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    return open_engine(locked_documents())


def together(target: Callable[..., None], url: str, files: Path, each: Callable[[int], dict[str, Any]]) -> list[Any]:
    """What each of the processes answers."""
    start, answers = CONTEXT.Barrier(PROCESSES), CONTEXT.Queue()
    workers = [
        CONTEXT.Process(target=target, args=(url, str(files), start, answers), kwargs=each(index), daemon=True)
        for index in range(PROCESSES)
    ]
    for one in workers:
        one.start()
    found = [answers.get(timeout=180) for _ in workers]
    for one in workers:
        one.join(30)
        assert one.exitcode == 0
    return found


def remaining(engine: Engine, ledger: int) -> int:
    return int(engine.get(OWNER, "ledger", ledger)["fields"]["remaining"])


def entries(engine: Engine, ledger: int) -> list[int]:
    page = engine.select(OWNER, "posting", Query(filter=f"record.ledger == {ledger}", limit=500))
    return [one["fields"]["change"] for one in page.items]


def test_of_eight_that_redeem_the_last_unit_one_wins(engine: Engine, database_url: str, tmp_path: Path) -> None:
    ledgers = [engine.create(CLERK, "ledger", {"name": "l"})["id"] for _ in range(6)]
    for ledger in ledgers:
        engine.create(CLERK, "posting", {"ledger": ledger, "change": 1, "kind": "sale"})
    said = together(redeemer.redeem_last, database_url, tmp_path / "files", lambda _: {"ledgers": ledgers})
    for at, ledger in enumerate(ledgers):
        assert sorted(one[at] for one in said) == ["done", *["validation"] * (PROCESSES - 1)]
        assert (remaining(engine, ledger), sorted(entries(engine, ledger))) == (0, [-1, 1])


def test_units_reserved_and_given_back_by_many_add_up(engine: Engine, database_url: str, tmp_path: Path) -> None:
    ledger = engine.create(CLERK, "ledger", {"name": "l"})["id"]
    engine.create(CLERK, "posting", {"ledger": ledger, "change": 3, "kind": "sale"})
    said = together(
        redeemer.reserve_and_refund, database_url, tmp_path / "files",
        lambda index: {"ledger": ledger, "seed": index, "rounds": 25},
    )
    held = sum(one for one, _ in said)
    assert {answer for _, answers in said for answer in answers} <= {"done", "validation"}
    assert remaining(engine, ledger) == sum(entries(engine, ledger)) == 3 - held
    assert 0 <= held <= 3


def test_an_entry_that_overdraws_is_refused_and_none_of_it_stays(engine: Engine) -> None:
    ledger = engine.create(CLERK, "ledger", {"name": "l"})["id"]
    engine.create(CLERK, "posting", {"ledger": ledger, "change": 2})
    with pytest.raises(Invalid) as refused:
        engine.create(CLERK, "posting", {"ledger": ledger, "change": -3})
    assert [(one.path, one.code) for one in refused.value.problems] == [("", "validation")]
    assert (remaining(engine, ledger), entries(engine, ledger)) == (2, [2])


def test_an_entry_cannot_be_taken_back_but_by_another(engine: Engine) -> None:
    ledger = engine.create(CLERK, "ledger", {"name": "l"})["id"]
    sale = engine.create(CLERK, "posting", {"ledger": ledger, "change": 2})["id"]
    for refusal in (
        lambda: engine.delete(OWNER, "posting", sale), lambda: engine.update(OWNER, "posting", sale, {"change": 9}),
        lambda: engine.delete(OWNER, "ledger", ledger),
    ):
        with pytest.raises(Forbidden):
            refusal()
    engine.create(CLERK, "posting", {"ledger": ledger, "change": -2, "kind": "refund"})
    assert remaining(engine, ledger) == 0
