"""Rules on pages: a reason to save in spite of one, a word of warning, and what is free where a time is taken."""

from __future__ import annotations

import re

import pytest
from visitors import SYSTEM, Pages, filled, typed

LONG = {"/name": "Long", "/starts_at": "2026-12-01T10:00", "/ends_at": "2026-12-01T18:00"}


def _notes(pages: Pages, record: int) -> list[dict[str, object]]:
    return [one["note"] for one in pages.engine.history(SYSTEM, "task", record).items if one.get("note")]


def test_a_rule_to_override_asks_for_a_reason_and_keeps_it(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    given = clerk.form("/r/task/new")
    typed(given, LONG)
    answer = clerk.post("/r/task/new", given)
    assert answer.status_code == 422
    assert "That is longer than four hours." in answer.text and "Save all the same" in answer.text
    assert "data-summary" not in answer.text, "nothing has to be mended"
    again = filled(answer.text)
    assert (again["/name"], again["~confirm/long"]) == ("Long", "")
    again["~confirm/long"] = "   "
    assert clerk.post("/r/task/new", again).status_code == 422, "blanks are no reason"
    again["~confirm/long"] = "the customer <asked>"
    saved = clerk.post("/r/task/new", again)
    assert saved.status_code == 303, saved.text
    record = int(saved.headers["Location"].rpartition("/")[2])
    assert _notes(pages, record) == [{"confirmed": {"long": "the customer <asked>"}}]
    text = clerk.get(f"/r/task/{record}/history").text
    assert re.search(r"Saved all the same:.*?That is longer than four hours\..*?the customer &lt;asked&gt;", text, re.DOTALL)


def test_a_reason_given_stays_while_other_things_are_mended(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    given = clerk.form("/r/task/new")
    typed(given, {**LONG, "/name": "", "~confirm/long": "agreed"})
    answer = clerk.post("/r/task/new", given)
    assert answer.status_code == 422 and "data-summary" in answer.text
    again = filled(answer.text)
    assert again["~confirm/long"] == "agreed"
    again["/name"] = "Named"
    assert clerk.post("/r/task/new", again).status_code == 303


def test_a_button_pressed_twice_with_a_reason_makes_one_record(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    given = clerk.form("/r/task/new")
    typed(given, {**LONG, "~confirm/long": "agreed"})
    places = {clerk.post("/r/task/new", given).headers["Location"] for _ in range(2)}
    assert len(places) == 1


def test_a_change_asks_for_a_reason_too_but_not_for_what_stood_before(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    record = pages.made("task", name="One", starts_at="2026-12-01T02:00:00Z", ends_at="2026-12-01T03:00:00Z")
    given = clerk.form(f"/r/task/{record}/edit")
    given["/ends_at"] = "2026-12-01T20:00"
    answer = clerk.post(f"/r/task/{record}/edit", given)
    assert answer.status_code == 422 and "Save all the same" in answer.text
    again = filled(answer.text)
    again["~confirm/long"] = "agreed"
    assert clerk.post(f"/r/task/{record}/edit", again).status_code == 303
    given = clerk.form(f"/r/task/{record}/edit")
    given["/note"] = "something else"
    assert clerk.post(f"/r/task/{record}/edit", given).status_code == 303


def test_a_reason_of_somebody_who_may_not_override_does_not_help(pages: Pages) -> None:
    for user, wanted in (("clerk", "validation"), ("manager", "confirm")):
        visitor = pages.visitor(user)
        given = visitor.form("/r/task/new")
        typed(given, {"/name": "Dear", "/price": "5000"})
        answer = visitor.post("/r/task/new", given)
        assert answer.status_code == 422 and "That is an unusual price." in answer.text
        assert ("~confirm/dear" in answer.text) == (wanted == "confirm")
        typed(given, {"~confirm/dear": "agreed"})
        assert visitor.post("/r/task/new", given).status_code == (303 if wanted == "confirm" else 422)


def test_a_reason_that_is_too_long_is_told_beside_its_box(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    given = clerk.form("/r/task/new")
    typed(given, {**LONG, "~confirm/long": "x" * 501})
    answer = clerk.post("/r/task/new", given)
    assert answer.status_code == 422
    assert re.search(r'id="confirm-long-more"><div class="invalid-feedback d-block">Use at most 500', answer.text)
    assert filled(answer.text)["~confirm/long"] == "x" * 501


def test_a_reason_for_no_rule_is_not_heeded(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    given = clerk.form("/r/task/new")
    typed(given, {"/name": "One", "~confirm/nothing": "x", "~confirm/order": "x", "~confirm/": "y"})
    assert clerk.post("/r/task/new", given).status_code == 303


def test_a_warning_is_told_after_saving(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    given = clerk.form("/r/task/new")
    typed(given, {"/name": "Gift", "/price": "0"})
    saved = clerk.post("/r/task/new", given)
    assert saved.status_code == 303
    text = clerk.get(saved.headers["Location"]).text
    assert re.search(r'alert-warning[^>]*>.*?This one costs nothing\.', text, re.DOTALL)
    assert "With a warning:" in pages.visitor("owner").get(saved.headers["Location"]).text


def test_a_transition_asks_for_reasons_as_a_form_does(pages: Pages) -> None:
    record = pages.made("task", name="One")
    manager = pages.visitor("manager")
    pages.engine.processes.run(SYSTEM, "task", record, "confirm")
    given = manager.form(f"/r/task/{record}/do/settle")
    typed(given, {"/paid": "5000", "/price": "5000"})
    answer = manager.post(f"/r/task/{record}/do/settle", given)
    assert answer.status_code == 422
    assert "Take payment all the same" in answer.text
    again = filled(answer.text)
    assert (again["/paid"], again["~confirm/dear"]) == ("5000", "")
    again["~confirm/dear"] = "agreed"
    assert manager.post(f"/r/task/{record}/do/settle", again).status_code == 303
    assert _notes(pages, record) == [{"confirmed": {"dear": "agreed"}}]


def test_rules_are_told_in_the_language_of_the_page(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    clerk.headers["Accept-Language"] = "zh"
    given = clerk.form("/r/task/new")
    typed(given, {**LONG, "/starts_at": "2026-12-02T10:00"})
    assert "结束必须晚于开始。" in clerk.post("/r/task/new", given).text
    typed(given, LONG)
    text = clerk.post("/r/task/new", given).text
    assert "超过四小时。" in text and "仍然保存" in text and "理由" in text


def _taken(pages: Pages) -> tuple[int, int]:
    one, two = (pages.made("desk", name=name) for name in ("Desk A", "Desk B"))
    pages.made("task", name="First", desk=one, starts_at="2026-12-01T02:00:00Z", ends_at="2026-12-01T03:00:00Z")
    return one, two


def test_a_taken_time_offers_what_is_free_and_a_click_fills_it_in(pages: Pages) -> None:
    desk, _ = _taken(pages)
    clerk = pages.visitor("clerk")
    given = clerk.form("/r/task/new")
    typed(given, {"/name": "Second", "/desk": str(desk), "/starts_at": "2026-12-01T10:30", "/ends_at": "2026-12-01T11:30", "/note": "typed"})
    answer = clerk.post("/r/task/new", given)
    assert answer.status_code == 409
    assert "The desk is taken then." in answer.text and "Free instead" in answer.text
    offers = [one.replace("&amp;", "&") for one in re.findall(r'name="~use" value="([^"]+)"', answer.text)]
    assert offers
    again = filled(answer.text)
    again["~use"] = offers[0]
    draft = clerk.post("/r/task/new", again)
    assert draft.status_code == 200 and "The free time is filled in." in draft.text
    chosen = filled(draft.text)
    assert (chosen["/name"], chosen["/note"]) == ("Second", "typed")
    assert (chosen["/desk"], chosen["/starts_at"]) != (str(desk), "2026-12-01T10:30")
    assert clerk.post("/r/task/new", chosen).status_code == 303


def test_an_alternative_fills_in_nothing_one_may_not_write(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    record = pages.made("task", name="One", note="kept")
    given = clerk.form(f"/r/task/{record}/do/cancel")
    given["~use"] = "/note=forged&/reason=moved&/name=forged&state=done"
    draft = filled(clerk.post(f"/r/task/{record}/do/cancel", given).text)
    assert draft["/reason"] == "moved" and "/note" not in draft and "/name" not in draft
    assert pages.stored("task", record) == {"name": "One", "note": "kept"}


@pytest.mark.parametrize("given", ["%", "/starts_at", "/starts_at=nonsense&/desk=x", "=" * 500, "&".join("/desk=1" for _ in range(500)), "/=&//=&/~=1"])
def test_a_forged_alternative_is_never_an_error_of_ours(pages: Pages, given: str) -> None:
    clerk = pages.visitor("clerk")
    form = clerk.form("/r/task/new")
    form["~use"] = given
    assert clerk.post("/r/task/new", form).status_code in {200, 422}


def test_a_record_that_no_longer_fits_is_found_from_the_start_page(pages: Pages) -> None:
    desk, _ = _taken(pages)
    clerk = pages.visitor("clerk")
    assert "/conflicts/" not in clerk.get("/").text
    assert "Everything fits" in clerk.get("/conflicts/").text
    pages.engine.update(SYSTEM, "desk", desk, {"broken": True})
    pages.engine.timers.run_due()
    assert "One record no longer fits a rule." in clerk.get("/").text
    text = clerk.get("/conflicts/").text
    assert "First" in text and "The desk is broken." in text and 'href="/r/task/1"' in text
    assert "First" in clerk.get("/conflicts/?type=task").text
    assert "First" in clerk.get("/conflicts/?type=nothing").text, "a type that is not there does not narrow the list"
    assert re.search(r"This no longer fits.*?Desk: The desk is broken\.", clerk.get("/r/task/1").text, re.DOTALL)
    assert clerk.get("/conflicts/?cursor=broken").status_code == 400
    pages.engine.update(SYSTEM, "desk", desk, {"broken": False})
    pages.engine.timers.run_due()
    assert "Everything fits" in clerk.get("/conflicts/").text


def test_conflicts_of_hidden_types_are_not_told(pages: Pages) -> None:
    desk, _ = _taken(pages)
    pages.engine.update(SYSTEM, "desk", desk, {"broken": True})
    pages.engine.timers.run_due()
    pages.users.add("guest", "correct horse battery", name="Guest", roles=())
    guest = pages.visitor("guest")
    assert "/conflicts/" not in guest.get("/").text
    assert "First" not in guest.get("/conflicts/").text
