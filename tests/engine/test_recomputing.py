"""Derived values of very many records come after the switch, and survive whatever is declared meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from changing import Types, named, record, text, to, values
from neutral_site import OWNER

from kartotek.engine import recomputing
from kartotek.engine.engine import Engine


def computed(formula: str, *old: str) -> dict[str, Any]:
    return {"type": "integer", "readOnly": True, "x-field": {"compute": formula, "stored": True, **({"aliases": list(old)} if old else {})}}


SIZE = {"type": "integer"}
PARENT = {"type": "integer", "x-field": {"references": "box", "inverse": "things"}}
TOTAL = {"type": "integer", "readOnly": True, "x-field": {"rollup": {"from": "things", "fn": "sum", "field": "double"}}}
FIRST = {"box": record(name=text()), "thing": record(box=PARENT, size=SIZE)}
SECOND = {"box": record(name=text(), total=TOTAL), "thing": record(box=PARENT, size=SIZE, double=computed("record.size * 2"))}
THIRD = {
    "crate": record(("box",), name=text(), sum=named({**TOTAL, "x-field": {"rollup": {"from": "things", "fn": "sum", "field": "twice"}}}, "total")),
    "thing": record(
        box={"type": "integer", "x-field": {"references": "crate", "inverse": "things"}}, size=SIZE,
        twice=computed("record.size * 2", "double"),
    ),
}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five records are many here."""
    monkeypatch.setattr(recomputing, "AT_ONCE", 5)


def filled(engine: Engine) -> tuple[int, list[int]]:
    box = engine.create(OWNER, "box", {"name": "B"})["id"]
    return box, [engine.create(OWNER, "thing", {"box": box, "size": n})["id"] for n in range(12)]


def done(engine: Engine) -> None:
    while engine.timers.run_due():
        pass


@pytest.mark.usefixtures("few")
def test_values_come_after_the_switch_in_the_order_in_which_they_follow(site: Callable[[Types], Engine]) -> None:
    engine = site(FIRST)
    box, ids = filled(engine)
    to(engine, SECOND)
    assert "double" not in values(engine, "thing", ids[5])
    engine.update(OWNER, "thing", ids[5], {"size": 100})
    assert values(engine, "thing", ids[5])["double"] == 200
    done(engine)
    assert [values(engine, "thing", id)["double"] for id in ids[:5]] == [0, 2, 4, 6, 8]
    assert values(engine, "box", box)["total"] == 2 * (sum(range(12)) - 5 + 100)


@pytest.mark.usefixtures("few")
def test_what_is_still_to_be_done_goes_on_under_new_names(site: Callable[[Types], Engine]) -> None:
    engine = site(FIRST)
    box, ids = filled(engine)
    to(engine, SECOND)
    to(engine, THIRD)
    done(engine)
    assert values(engine, "thing", ids[4])["twice"] == 8
    assert values(engine, "crate", box)["sum"] == 2 * sum(range(12))
