"""Values that no column holds: what becomes one by a conversion that was prepared is there afterwards like every other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from changing import Types, documents_of, record, text, values
from neutral_site import OWNER

from kartotek.engine import preparation
from kartotek.engine.engine import Engine
from kartotek.errors import Conflict

LARGE = 2**70
INTEGER = {"type": "integer"}
FORMER: tuple[tuple[dict[str, Any], Any], ...] = (
    (text(), str(LARGE)),
    ({"type": "object", "properties": {"y": text()}}, {"y": str(LARGE)}),
    ({"type": "array", "items": {"type": "object", "properties": {"y": text()}}}, [{"y": str(LARGE)}]),
)


@pytest.mark.parametrize("most", [20_000, 1])
def test_texts_that_become_numbers_over_64_bit_are_there(
    site: Callable[[Types], Engine], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "_MOST_AGAIN", most)
    engine = site({f"t{at}": record(a=field) for at, (field, _) in enumerate(FORMER)} | {"lines": record(a=lines(text()))})
    ids = {f"t{at}": [engine.create(OWNER, f"t{at}", {"a": wire})["id"] for _ in range(3)] for at, (_, wire) in enumerate(FORMER)}
    rows = engine.create(OWNER, "lines", {"a": [{"x": "7"}, {"x": str(LARGE)}]})["id"]
    wanted = documents_of({name: record(a=INTEGER) for name in ids} | {"lines": record(a=lines(INTEGER))})
    plan = engine.plans.plan(OWNER, wanted)
    assert [one.verdict for one in plan.steps if one.action == "retype"] == ["safe"] * 4
    engine.plans.apply(OWNER, wanted, hash=plan.hash, confirm=plan.to_confirm)
    assert {values(engine, name, id)["a"] for name, each in ids.items() for id in each} == {LARGE}
    assert values(engine, "lines", rows) == {"a": [{"x": 7}, {"x": LARGE}]}


def lines(inner: dict[str, Any]) -> dict[str, Any]:
    """A table with one column."""
    return {"type": "array", "items": {"type": "object", "properties": {"x": inner}}}


def test_a_link_within_an_object_is_followed_when_its_record_is_deleted(site: Callable[[Types], Engine]) -> None:
    def holder(rule: str) -> dict[str, Any]:
        link = {"type": "integer", "x-field": {"references": "person", "onDelete": rule}}
        return record(box={"type": "object", "properties": {"who": link, "note": text()}})

    engine = site({"person": record(name=text()), "strict": holder("restrict"), "loose": holder("setNull")})
    one, two = (engine.create(OWNER, "person", {"name": "A"})["id"] for _ in range(2))
    engine.create(OWNER, "strict", {"box": {"who": one}})
    loose = engine.create(OWNER, "loose", {"box": {"who": two, "note": "n"}})["id"]
    with pytest.raises(Conflict):
        engine.delete(OWNER, "person", one)
    engine.delete(OWNER, "person", two)
    assert values(engine, "loose", loose) == {"box": {"note": "n"}}
