"""A process that takes units from ledgers as fast as it can, and says what became of each attempt."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from neutral_site import CLERK

from kartotek.engine.engine import Engine
from kartotek.errors import Busy, Invalid
from kartotek.storage.database import Database

PATIENCE = 40


def redeem_last(url: str, files: str, start: Any, answers: Any, *, ledgers: list[int]) -> None:
    """Tries to take one unit from each ledger, at the same moment as all others."""
    engine = _opened(url, files)
    said = []
    for ledger in ledgers:
        start.wait(60)
        said.append(_post(engine, ledger, -1, "redeem"))
    answers.put(said)
    engine.close()


def reserve_and_refund(url: str, files: str, start: Any, answers: Any, *, ledger: int, seed: int, rounds: int) -> None:
    """Reserves units and gives some of them back; says how many it still holds and how its attempts ended."""
    engine, chance = _opened(url, files), random.Random(seed)
    held, said = 0, []
    start.wait(60)
    for _ in range(rounds):
        if held and chance.random() < 0.5:
            said.append(_post(engine, ledger, 1, "refund"))
            held -= said[-1] == "done"
        else:
            said.append(_post(engine, ledger, -1, "reserve"))
            held += said[-1] == "done"
    answers.put((held, said))
    engine.close()


def _opened(url: str, files: str) -> Engine:
    engine = Engine(Database.open(url), files=Path(files), secret=b"s" * 32)
    engine.catalog()
    return engine


def _post(engine: Engine, ledger: int, change: int, kind: str) -> str:
    for _ in range(PATIENCE):
        try:
            engine.create(CLERK, "posting", {"ledger": ledger, "change": change, "kind": kind})
        except Invalid as refused:
            return "/".join(one.code for one in refused.problems)
        except Busy:
            continue
        return "done"
    return "busy"
