"""Rules that ask for a reason or only warn: at every door, by the right people, kept in history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from neutral_site import CLERK, HELPER, OWNER
from tests.engine.locked_site import locked_documents

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.errors import Invalid
from kartotek.model.actor import Actor
from kartotek.storage.history import of_record

CODES = list[tuple[str, str]]


@pytest.fixture
def engine(open_engine: Callable[..., Engine]) -> Engine:
    return open_engine(locked_documents())


def codes(refused: pytest.ExceptionInfo[Invalid]) -> CODES:
    return [(one.path, one.code) for one in refused.value.problems]


def last_note(engine: Engine, record_type: str, id: int) -> Any:
    with engine.database.read() as conn:
        return of_record(conn, record_type, id, limit=1)[0].note


def test_a_rule_that_asks_is_told_with_its_sentence_in_the_language_of_whoever_asks(engine: Engine) -> None:
    chinese = Actor(id=2, name="Clara", roles=frozenset({"clerk"}), language="zh")
    with pytest.raises(Invalid) as refused:
        engine.create(chinese, "ticket", {"name": "a", "size": 11, "note": "n"})
    (found,) = refused.value.problems
    assert (found.path, found.code, found.message, found.params["name"]) == ("/fields/size", "confirm_needed", "太大", "small")


def test_a_reason_saves_the_record_and_stands_in_history(engine: Engine) -> None:
    made = engine.create(HELPER, "ticket", {"name": "a", "size": 11, "note": "n"}, confirm={"small": " agreed by phone "})
    assert made["fields"]["size"] == 11
    assert last_note(engine, "ticket", made["id"]) == {"confirmed": {"small": "agreed by phone"}}


def test_a_rule_that_only_warns_is_told_with_the_record_and_in_history(engine: Engine) -> None:
    made = engine.create(CLERK, "ticket", {"name": "a"})
    assert [(one["code"], one["message"]) for one in made["warnings"]] == [("warning", "A note would help")]
    assert last_note(engine, "ticket", made["id"]) == {"warnings": ["noted"]}
    assert "warnings" not in engine.get(CLERK, "ticket", made["id"])


@pytest.mark.parametrize(("actor", "expected"), [
    (HELPER, [("/fields/size", "validation")]), (CLERK, None), (OWNER, None),
    (Actor.system("loading"), None),
], ids=["another role", "the role", "the owner", "what somebody wrote down before"])  # fmt: skip
def test_only_those_named_may_override(engine: Engine, actor: Actor, expected: CODES | None) -> None:
    reasons = {"small": "x", "huge": "y"}
    if expected is None:
        engine.create(actor, "ticket", {"name": "a", "size": 101, "note": "n"}, confirm=reasons)
        return
    with pytest.raises(Invalid) as refused:
        engine.create(actor, "ticket", {"name": "a", "size": 101, "note": "n"}, confirm=reasons)
    assert codes(refused) == expected


def test_background_work_can_be_asked_for_no_reason(engine: Engine) -> None:
    with pytest.raises(Invalid) as refused:
        engine.create(Actor.system("timer"), "ticket", {"name": "a", "size": 101, "note": "n"})
    assert codes(refused) == [("/fields/size", "validation"), ("/fields/size", "validation")]


REASONS: dict[str, tuple[dict[str, str], tuple[str, str]]] = {
    "a rule that does not ask": ({"possible": "x"}, ("/confirm/possible", "unknown_key")),
    "no rule": ({"nothing": "x"}, ("/confirm/nothing", "unknown_key")),
    "no words": ({"small": "  "}, ("/confirm/small", "required")),
    "too many words": ({"small": "x" * 501}, ("/confirm/small", "max_length")),
    "what cannot be stored": ({"small": "a\x00b"}, ("/confirm/small", "text_nul")),
}


@pytest.mark.parametrize("case", REASONS.values(), ids=REASONS.keys())
def test_a_reason_that_is_none_is_refused(engine: Engine, case: tuple[dict[str, str], tuple[str, str]]) -> None:
    with pytest.raises(Invalid) as refused:
        engine.create(CLERK, "ticket", {"name": "a", "size": 11, "note": "n"}, confirm=case[0])
    assert case[1] in codes(refused)


def test_a_reason_does_not_override_a_rule_that_refuses(engine: Engine) -> None:
    with pytest.raises(Invalid) as refused:
        engine.create(CLERK, "ticket", {"name": "a", "size": -1, "note": "n"}, confirm={"small": "x"})
    assert codes(refused) == [("/fields/size", "validation")]


def test_what_was_confirmed_once_is_not_asked_again_until_it_is_touched(engine: Engine) -> None:
    made = engine.create(CLERK, "ticket", {"name": "a", "size": 11, "note": "n"}, confirm={"small": "x"})
    engine.update(CLERK, "ticket", made["id"], {"name": "b"})
    assert last_note(engine, "ticket", made["id"]) == {}
    with pytest.raises(Invalid) as refused:
        engine.update(CLERK, "ticket", made["id"], {"size": 12})
    assert codes(refused) == [("/fields/size", "confirm_needed")]
    engine.update(CLERK, "ticket", made["id"], {"size": 12}, confirm={"small": "y"})
    assert last_note(engine, "ticket", made["id"]) == {"confirmed": {"small": "y"}}


def test_a_reason_for_a_rule_that_holds_is_not_kept(engine: Engine) -> None:
    made = engine.create(CLERK, "ticket", {"name": "a", "size": 3, "note": "n"}, confirm={"small": "x"})
    assert last_note(engine, "ticket", made["id"]) == {}


def test_each_row_of_a_bulk_request_has_its_own_reasons_and_warnings(engine: Engine) -> None:
    rows = [
        BulkRow(fields={"name": "a", "size": 11, "note": "n"}, confirm={"small": "x"}),
        BulkRow(fields={"name": "b", "size": 11, "note": "n"}),
        BulkRow(fields={"name": "c"}),
    ]
    first, second, third = engine.bulk(CLERK, "ticket", rows, partial=True)
    assert (first["status"], second["status"], third["status"]) == ("created", "invalid", "created")
    assert [one["code"] for one in second["problems"]] == ["confirm_needed"]
    assert [one["code"] for one in third["record"]["warnings"]] == ["warning"]
    assert "warnings" not in first["record"]


def test_a_rule_about_a_hidden_field_tells_a_stranger_no_field(engine: Engine) -> None:
    made = engine.create(CLERK, "ticket", {"name": "a", "note": "n", "secret": 9}, confirm={"quiet": "x"})
    engine.update(HELPER, "ticket", made["id"], {"name": "b"})
    with pytest.raises(Invalid) as refused:
        engine.create(HELPER, "ticket", {"name": "c", "size": 11, "note": "n"})
    assert all("secret" not in str(one.wire()) for one in refused.value.problems)
