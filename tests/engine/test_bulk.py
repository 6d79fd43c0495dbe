"""Many rows at once, requests that come twice, and what one write costs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from neutral_site import CLERK, HELPER

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.engine.transaction import Once
from kartotek.errors import Conflict, Invalid, Malformed, TooLarge
from kartotek.model.query import Query

Made = Callable[..., dict[str, Any]]


def names(engine: Engine) -> list[str]:
    return [one["fields"]["name"] for one in engine.select(CLERK, "person", Query()).items]


def test_one_bad_row_undoes_all_and_every_bad_row_is_named(engine: Engine, made: Made) -> None:
    ann = made("person", name="Ann", mobile="13800138000")
    rows = [
        BulkRow({"name": "Bob"}), BulkRow({"name": ""}), BulkRow({"note": "x"}, id=ann["id"], version=1),
        BulkRow({"name": "Cid", "mobile": "13800138000"}), BulkRow({"note": "x"}, id=999),
    ]
    with pytest.raises(Invalid) as error:
        engine.bulk(CLERK, "person", rows)
    assert [(one.path, one.code) for one in error.value.problems] == [
        ("/records/1/fields/name", "min_length"), ("/records/3/fields/mobile", "unique"), ("/records/4", "not_found")]
    assert names(engine) == ["Ann"]
    results = engine.bulk(CLERK, "person", rows, partial=True)
    assert [one["status"] for one in results] == ["created", "invalid", "updated", "conflict", "not_found"]
    assert names(engine) == ["Ann", "Bob"]
    assert len(engine.history(CLERK, "person", ann["id"]).items) == 2


def test_rows_are_matched_by_a_unique_key(engine: Engine, made: Made) -> None:
    ann = made("person", name="Ann", mobile="13800138000")
    rows = [BulkRow({"name": "Anna", "mobile": "138 0013 8000"}), BulkRow({"name": "Bob", "mobile": "13900139000"})]
    assert [one["status"] for one in engine.bulk(CLERK, "person", rows, on="mobile")] == ["updated", "created"]
    assert [one["status"] for one in engine.bulk(CLERK, "person", rows, on="mobile")] == ["unchanged", "unchanged"]
    assert engine.get(CLERK, "person", ann["id"])["fields"]["name"] == "Anna"
    with pytest.raises(Malformed):
        engine.bulk(CLERK, "person", rows, on="name")
    with pytest.raises(Malformed) as hidden:
        engine.bulk(HELPER, "person", rows, on="mobile")
    with pytest.raises(Malformed) as missing:
        engine.bulk(HELPER, "person", rows, on="mobilx")
    assert str(hidden.value).replace("mobile", "x") == str(missing.value).replace("mobilx", "x")


def test_no_more_rows_than_the_site_takes(engine: Engine) -> None:
    with pytest.raises(TooLarge):
        engine.bulk(CLERK, "person", [BulkRow({"name": "x"})] * 1001)


def test_a_repeated_request_changes_nothing_and_gets_the_same_answer(engine: Engine) -> None:
    once = Once("k1", "f1")
    first = engine.create(CLERK, "person", {"name": "Ann"}, once=once)
    assert engine.create(CLERK, "person", {"name": "Ann"}, once=once) == first
    assert names(engine) == ["Ann"]
    with pytest.raises(Invalid) as error:
        engine.create(CLERK, "person", {"name": "Bob"}, once=Once("k1", "f2"))
    assert error.value.problems[0].code == "idempotency_key_reused"
    engine.delete(CLERK, "person", first["id"], once=Once("k2", "f"))
    engine.delete(CLERK, "person", first["id"], once=Once("k2", "f"))
    with pytest.raises(Invalid):
        engine.create(CLERK, "person", {}, once=Once("k3", "f"))
    assert engine.create(CLERK, "person", {"name": "Cid"}, once=Once("k3", "f"))["fields"]["name"] == "Cid"


def test_a_kept_answer_is_not_given_to_somebody_who_has_lost_his_rights(engine: Engine) -> None:
    once = Once("k", "f")
    engine.create(CLERK, "person", {"name": "Ann", "mobile": "13800138000"}, once=once)
    for actor in (replace(CLERK, roles=frozenset({"helper"})), replace(CLERK, roles=frozenset())):
        with pytest.raises(Invalid):
            engine.create(actor, "person", {"name": "Ann", "mobile": "13800138000"}, once=once)


def test_the_same_request_at_the_same_time_is_done_once(engine: Engine) -> None:
    def create(_: int) -> Any:
        try:
            return engine.create(CLERK, "person", {"name": "Ann"}, once=Once("k", "f"))["id"]
        except Conflict:
            return None

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(create, range(12))) - {None}
    assert len(answers) == 1 and names(engine) == ["Ann"]


def test_two_redeemers_of_the_last_session_cannot_both_have_it(engine: Engine, made: Made) -> None:
    account = made("account", code="A")
    made("entry", account=account["id"], change=3)

    def redeem(_: int) -> bool:
        try:
            engine.create(CLERK, "entry", {"account": account["id"], "change": -1})
        except Invalid:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(redeem, range(12))) == 3
    assert engine.get(CLERK, "account", account["id"])["fields"]["remaining"] == 0
    assert len(engine.select(CLERK, "entry", Query()).items) == 4
