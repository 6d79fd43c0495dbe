"""Transitions on pages: what can be done is a button, what cannot says why, and what is typed is neither lost nor done twice."""

from __future__ import annotations

import re
from typing import Any

import pytest
from visitors import SYSTEM, Pages, Visitor, filled, typed
from werkzeug.datastructures import MultiDict

TIMES = {"starts_at": "2026-12-01T02:00:00Z", "ends_at": "2026-12-01T03:00:00Z"}


def _state(pages: Pages, record: int) -> str:
    return str(pages.engine.get(SYSTEM, "task", record)["state"])


def _moves(pages: Pages, record: int) -> list[dict[str, Any]]:
    return [one for one in pages.engine.history(SYSTEM, "task", record).items if one["action"] == "transition"]


def _button(visitor: Visitor, record: int, name: str) -> MultiDict[str, str]:
    """What pressing the button on the record's page sends."""
    text = visitor.get(f"/r/task/{record}").text
    form = re.search(rf'action="/r/task/{record}/do/{name}"[^>]*>(.*?)</form>', text, re.DOTALL)
    assert form, text
    return MultiDict(re.findall(r'name="([^"]+)" value="([^"]*)"', form.group(1)))


def _run(pages: Pages, record: int, *names: str) -> None:
    for name in names:
        pages.engine.processes.run(SYSTEM, "task", record, name)


def test_a_record_shows_its_state_and_what_can_be_done_next(pages: Pages) -> None:
    record = pages.made("task", name="One")
    text = pages.visitor("clerk").get(f"/r/task/{record}").text
    assert re.search(r'class="badge k-state k-c-\w{6}">.*?Requested</span>', text)
    assert 'type="submit">Confirm</button>' in text
    assert f'href="/r/task/{record}/do/cancel">Cancel it</a>' in text
    assert "Throw away → Cancelled" in text, "what others can do is told, but is no button"
    assert f"/r/task/{record}/do/discard" not in text


def test_the_colours_of_states_come_with_the_style_sheet(pages: Pages) -> None:
    style = pages.visitor().get("/assets/site.css").text
    assert re.search(r"\.k-c-[0-9a-f]{6} \{ --k-state: #[0-9a-f]{6}; \}", style)


def test_a_step_that_asks_for_nothing_is_one_press(pages: Pages) -> None:
    record = pages.made("task", name="One")
    clerk = pages.visitor("clerk")
    answer = clerk.post(f"/r/task/{record}/do/confirm", _button(clerk, record, "confirm"))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/r/task/{record}")
    assert _state(pages, record) == "confirmed"
    assert "Confirm: now Confirmed." in clerk.get(f"/r/task/{record}").text


def test_a_button_pressed_twice_moves_once(pages: Pages) -> None:
    record = pages.made("task", name="One")
    clerk = pages.visitor("clerk")
    given = _button(clerk, record, "confirm")
    answers = [clerk.post(f"/r/task/{record}/do/confirm", given).status_code for _ in range(3)]
    assert answers == [303, 303, 303]
    assert len(_moves(pages, record)) == 1


def test_a_dialog_sent_twice_moves_once(pages: Pages) -> None:
    record = pages.made("task", name="One")
    clerk = pages.visitor("clerk")
    given = clerk.form(f"/r/task/{record}/do/cancel")
    typed(given, {"/reason": "moved", "~comment": "called"})
    answers = [clerk.post(f"/r/task/{record}/do/cancel", given).status_code for _ in range(2)]
    assert answers == [303, 303]
    assert [one["comment"] for one in _moves(pages, record)] == ["called"]


def test_two_presses_out_of_two_pages_are_a_conflict_and_one_move(pages: Pages) -> None:
    record = pages.made("task", name="One")
    one, other = pages.visitor("clerk"), pages.visitor("manager")
    mine, theirs = _button(one, record, "confirm"), _button(other, record, "confirm")
    assert other.post(f"/r/task/{record}/do/confirm", theirs).status_code == 303
    answer = one.post(f"/r/task/{record}/do/confirm", mine)
    assert answer.status_code == 409
    assert "In its present state this cannot be done." in answer.text
    assert len(_moves(pages, record)) == 1


def test_a_guard_tells_its_sentence_beside_the_button(pages: Pages) -> None:
    record = pages.made("task", name="One")
    _run(pages, record, "confirm")
    clerk = pages.visitor("clerk")
    text = clerk.get(f"/r/task/{record}").text
    assert re.search(r'disabled aria-describedby="why-start">.*?Start</button> <span id="why-start">Nothing has been paid yet\.', text, re.DOTALL)
    answer = clerk.post(f"/r/task/{record}/do/start", {"version": "2", "key": "k"})
    assert answer.status_code == 409
    assert "Nothing has been paid yet." in answer.text
    assert _state(pages, record) == "confirmed"


def test_a_guard_that_the_dialog_can_meet_leaves_the_button(pages: Pages) -> None:
    record = pages.made("task", name="One", price="100.00")
    _run(pages, record, "confirm")
    clerk = pages.visitor("clerk")
    assert f'href="/r/task/{record}/do/settle"' in clerk.get(f"/r/task/{record}").text
    given = clerk.form(f"/r/task/{record}/do/settle")
    given["/paid"] = "50"
    answer = clerk.post(f"/r/task/{record}/do/settle", given)
    assert answer.status_code == 409
    assert "The whole price must be paid." in answer.text
    again = filled(answer.text)
    assert again["/paid"] == "50"
    again["/paid"] = "100"
    assert clerk.post(f"/r/task/{record}/do/settle", again).status_code == 303
    assert pages.stored("task", record)["paid"] == "100.00"


def test_a_dialog_asks_for_its_fields_alone_and_demands_the_required_ones(pages: Pages) -> None:
    record = pages.made("task", name="One", note="kept")
    clerk = pages.visitor("clerk")
    given = clerk.form(f"/r/task/{record}/do/cancel")
    asked = set(re.findall(r'name="(/[a-z]+)"', clerk.get(f"/r/task/{record}/do/cancel").text))
    assert asked == {"/reason", "/details"}
    given["~comment"] = "  "
    answer = clerk.post(f"/r/task/{record}/do/cancel", given)
    assert answer.status_code == 422
    assert answer.text.count("This field is required.") == 4, "each beside its control and in the summary"
    assert 'href="#comment"' in answer.text
    typed(given, {"/reason": "other", "~comment": "called", "/name": "forged", "/note": ""})
    answer = clerk.post(f"/r/task/{record}/do/cancel", given)
    assert answer.status_code == 422, "a live condition is decided again by the server"
    again = filled(answer.text)
    assert (again["/reason"], again["~comment"]) == ("other", "called")
    again["/details"] = "because"
    assert clerk.post(f"/r/task/{record}/do/cancel", again).status_code == 303
    assert pages.stored("task", record) == {"name": "One", "note": "kept", "reason": "other", "details": "because"}


def test_a_button_sends_no_fields_and_so_empties_none(pages: Pages) -> None:
    record = pages.made("task", name="One", note="kept")
    _run(pages, record, "confirm")
    pages.engine.update(SYSTEM, "task", record, {"paid": "1.00"})
    _run(pages, record, "start")
    version = pages.engine.get(SYSTEM, "task", record)["version"]
    answer = pages.visitor("clerk").post(f"/r/task/{record}/do/finish", {"version": str(version), "key": "k"})
    assert answer.status_code == 303
    assert pages.stored("task", record)["note"] == "kept"


def test_a_step_to_confirm_asks_before_it_is_done(pages: Pages) -> None:
    record = pages.made("task", name="One")
    manager = pages.visitor("manager")
    text = manager.get(f"/r/task/{record}/do/discard").text
    assert "Throw away: are you sure?" in text and "The record is then Cancelled." in text
    assert _state(pages, record) == "draft"
    assert manager.post(f"/r/task/{record}/do/discard", filled(text)).status_code == 303
    assert _state(pages, record) == "cancelled"


def test_what_others_changed_meanwhile_stands_beside_what_was_typed(pages: Pages) -> None:
    record = pages.made("task", name="One")
    clerk = pages.visitor("clerk")
    given = clerk.form(f"/r/task/{record}/do/cancel")
    typed(given, {"/reason": "moved", "~comment": "called"})
    pages.engine.update(SYSTEM, "task", record, {"name": "Renamed", "details": "theirs"})
    answer = clerk.post(f"/r/task/{record}/do/cancel", given)
    assert answer.status_code == 409
    assert "Renamed" in answer.text and "Cancel it all the same" in answer.text
    again = filled(answer.text)
    assert (again["/reason"], again["/details"], again["~comment"]) == ("moved", "theirs", "called")
    assert _state(pages, record) == "draft"
    assert clerk.post(f"/r/task/{record}/do/cancel", again).status_code == 303
    assert pages.stored("task", record)["details"] == "theirs"


def test_what_was_typed_into_a_dialog_whose_time_is_over_is_kept_to_be_read(pages: Pages) -> None:
    record = pages.made("task", name="One")
    clerk = pages.visitor("clerk")
    given = clerk.form(f"/r/task/{record}/do/cancel")
    typed(given, {"/reason": "other", "/details": "a long story", "~comment": "called twice"})
    _run(pages, record, "discard")
    answer = clerk.post(f"/r/task/{record}/do/cancel", given)
    assert answer.status_code == 409
    assert "a long story" in answer.text and "called twice" in answer.text and "What you typed is kept here." in answer.text
    assert 'class="btn btn-primary" type="submit"' not in answer.text.split("k-actions")[1]


def test_a_session_that_ended_in_a_dialog_loses_nothing(pages: Pages) -> None:
    record = pages.made("task", name="One")
    clerk = pages.visitor("clerk")
    given = clerk.form(f"/r/task/{record}/do/cancel")
    typed(given, {"/reason": "moved", "~comment": "before lunch", "csrf_token": clerk.token()})
    clerk.client.delete_cookie("kartotek")
    kept = clerk.client.post(f"/r/task/{record}/do/cancel", data=given)
    assert kept.status_code == 400 and "before lunch" in kept.text
    again = MultiDict(given)
    typed(again, {"csrf_token": clerk.token(), "~username": "clerk", "~password": "correct horse battery"})
    assert clerk.client.post(f"/r/task/{record}/do/cancel", data=again).status_code == 303
    assert _moves(pages, record)[0]["comment"] == "before lunch"


@pytest.mark.parametrize("path", ["do/nothing", "do/%00", "do/..", f"do/{'x' * 3000}", "do/取消"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_step_that_is_not_declared_is_not_found(pages: Pages, path: str, method: str) -> None:
    record = pages.made("task", name="One")
    owner = pages.visitor("owner")
    answer = owner.get(f"/r/task/{record}/{path}") if method == "get" else owner.post(f"/r/task/{record}/{path}", {})
    assert answer.status_code == 404


def test_a_type_without_a_workflow_has_neither_steps_nor_a_diagram(pages: Pages) -> None:
    record = pages.made("person", name="Ada")
    owner = pages.visitor("owner")
    for path in (f"/r/person/{record}/do/confirm", f"/r/person/{record}/diagram", "/r/task/999/do/confirm", "/r/task/999/diagram"):
        assert owner.get(path).status_code == 404
    assert "k-state" not in owner.get(f"/r/person/{record}").text


def test_a_step_for_another_role_is_refused_at_its_address(pages: Pages) -> None:
    record = pages.made("task", name="One")
    clerk = pages.visitor("clerk")
    assert clerk.get(f"/r/task/{record}/do/discard").status_code == 409
    answer = clerk.post(f"/r/task/{record}/do/discard", {"version": "1", "key": "k", "~dialog": "1"})
    assert answer.status_code == 403
    assert _state(pages, record) == "draft"


@pytest.mark.parametrize("given", [{}, {"version": "²"}, {"version": "1", "key": "x" * 5000}, {"version": "1", "~comment": "\x00"}, {"version": "1", "~comment": "\ud800", "key": "\ud800"}, {"~add": "/lines", "version": "1", "~dialog": "1"}, {"~use": "/reason=moved&x=%00", "version": "1", "~dialog": "1"}])
def test_nonsense_is_refused_and_never_an_error_of_ours(pages: Pages, given: dict[str, str]) -> None:
    record = pages.made("task", name="One")
    owner = pages.visitor("owner")
    body = "&".join(f"{name}={value}" for name, value in ({"csrf_token": owner.token()} | given).items()).encode("utf-8", "surrogatepass")
    for name in ("cancel", "discard"):
        answer = owner.client.post(f"/r/task/{record}/do/{name}", data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code in {200, 303, 400, 409, 422}, answer.text


def test_a_state_that_is_not_edited_hides_the_button_and_says_why(pages: Pages) -> None:
    record = pages.made("task", name="One")
    clerk = pages.visitor("clerk")
    assert f'href="/r/task/{record}/edit"' in clerk.get(f"/r/task/{record}").text
    _run(pages, record, "confirm")
    text = clerk.get(f"/r/task/{record}").text
    assert f'href="/r/task/{record}/edit"' not in text
    assert "In its present state you may not change this record." in text
    answer = clerk.get(f"/r/task/{record}/edit")
    assert answer.status_code == 403 and "In its present state you may not change this record." in answer.text
    assert clerk.post(f"/r/task/{record}/edit", {"version": "2", "/name": "Eve"}).status_code == 403
    assert f'href="/r/task/{record}/edit"' in pages.visitor("manager").get(f"/r/task/{record}").text
    assert pages.stored("task", record)["name"] == "One"


def test_entries_that_are_only_added_and_frozen_records_have_no_buttons(pages: Pages) -> None:
    manager = pages.visitor("manager")
    entry = pages.made("entry", text="one")
    ledger = pages.made("ledger", name="L", closed=True)
    open_one = pages.made("ledger", name="M")
    for path in (f"/r/entry/{entry}", f"/r/ledger/{ledger}"):
        text = manager.get(path).text
        assert f'href="{path}/edit"' not in text and f'href="{path}/delete"' not in text
        answer = manager.get(f"{path}/edit")
        assert answer.status_code == 403
        assert "empty-subtitle" in answer.text, "it says why"
        assert manager.post(f"{path}/delete", {"version": "1"}).status_code in {403, 409}
        assert manager.get(path).status_code == 200
    text = manager.get(f"/r/ledger/{open_one}").text
    assert f"/r/ledger/{open_one}/edit" in text and f"/r/ledger/{open_one}/delete" in text


def test_the_list_shows_states_and_is_filtered_by_them(pages: Pages) -> None:
    one, two = pages.made("task", name="Task one"), pages.made("task", name="Task two")
    _run(pages, two, "confirm")
    clerk = pages.visitor("clerk")

    def names(query: str) -> list[str]:
        return re.findall(r">Task (\w+)</a>", clerk.get(f"/r/task/{query}").text)

    text = clerk.get("/r/task/").text
    assert "Requested</span>" in text and "Confirmed</span>" in text
    assert names("") == ["one", "two"]
    assert names("?meta.state=confirmed") == ["two"]
    assert names("?meta.state[in]=draft,done&search=task") == ["one"]
    assert names("?meta.state=done") == []
    assert names("?meta.state=' || true || '") == [], "what is no state is that of no record, and is no formula"
    assert one != two


def test_history_tells_of_steps_with_their_comments(pages: Pages) -> None:
    record = pages.made("task", name="One")
    clerk = pages.visitor("clerk")
    given = clerk.form(f"/r/task/{record}/do/cancel")
    typed(given, {"/reason": "moved", "~comment": "<b>called</b>"})
    clerk.post(f"/r/task/{record}/do/cancel", given)
    text = clerk.get(f"/r/task/{record}/history").text
    assert re.search(r"<strong>Clerk</strong>: Cancel it", text)
    assert re.search(r"Requested</span>.*?Cancelled</span>", text, re.DOTALL)
    assert "&lt;b&gt;called&lt;/b&gt;" in text
    assert "<ins>Moved</ins>" in text


def test_the_diagram_is_a_part_of_the_page_and_a_page_without_script(pages: Pages) -> None:
    record = pages.made("task", name="One")
    clerk = pages.visitor("clerk")
    assert f'hx-get="/r/task/{record}/diagram"' in clerk.get(f"/r/task/{record}").text
    whole = clerk.get(f"/r/task/{record}/diagram").text
    clerk.headers["HX-Request"] = "true"
    part = clerk.get(f"/r/task/{record}/diagram").text
    assert "<html" in whole and "<html" not in part
    for text in (whole, part):
        assert "<svg" in text and "Under way" in text and "style=" not in text.partition("<svg")[2].partition("</svg>")[0]


def test_the_pages_of_steps_speak_chinese(pages: Pages) -> None:
    record = pages.made("task", name="One")
    clerk = pages.visitor("clerk")
    clerk.headers["Accept-Language"] = "zh-CN"
    text = clerk.get(f"/r/task/{record}").text
    assert "待确认" in text and ">确认</button>" in text and "取消</a>" in text
    dialog = clerk.get(f"/r/task/{record}/do/cancel").text
    assert "原因" in dialog and "备注说明" in dialog and "已取消" in dialog
    _run(pages, record, "confirm")
    assert "尚未付款。" in clerk.get(f"/r/task/{record}").text


def test_a_field_that_shows_the_state_is_a_column_and_a_filter_but_no_control(pages: Pages) -> None:
    one, two = pages.made("call", name="Call one"), pages.made("call", name="Call two")
    pages.engine.processes.run(SYSTEM, "call", two, "close", fields={"why": "x"})
    clerk = pages.visitor("clerk")
    panel = clerk.get("/r/call/filter").text
    assert "~path=status" in panel and "~path=meta.state" not in panel
    for query in ("?status=closed", "?meta.state=closed"):
        assert re.findall(r">Call (\w+)</a>", clerk.get(f"/r/call/{query}").text) == ["two"]
    assert "/status" not in clerk.form(f"/r/call/{one}/edit")
    assert "<dt>Status</dt>" not in clerk.get(f"/r/call/{one}").text, "the badge says it"


def test_a_dialog_shows_its_fields_for_the_state_to_come(pages: Pages) -> None:
    record = pages.made("call", name="Call")
    text = pages.visitor("clerk").get(f"/r/call/{record}/do/close").text
    assert re.search(r'data-path="/why"[^>]*>', text) and "data-show" not in re.search(r'data-path="/why"[^>]*>', text).group(0)  # type: ignore[union-attr]
    assert "&#34;becoming&#34;: {&#34;fields&#34;: {&#34;status&#34;: &#34;closed&#34;}, &#34;state&#34;: &#34;closed&#34;}" in text or '"becoming": {"fields": {"status": "closed"}, "state": "closed"}' in text


def test_what_comes_by_itself_is_told(pages: Pages) -> None:
    record = pages.made("task", name="One")
    assert "By itself on Nov 22, 2026 6:00 PM: Not confirmed in time" in pages.visitor("clerk").get(f"/r/task/{record}").text
