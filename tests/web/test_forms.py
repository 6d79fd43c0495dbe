"""Forms: what is typed is what is stored, what is refused is not lost, and nobody saves over another unawares."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlencode

import pytest
from visitors import SYSTEM, Pages, filled, typed
from werkzeug.datastructures import MultiDict

from kartotek.model.query import Query

FULL: dict[str, Any] = {
    "text": "plain <b>& 中文",
    "long": "one\n\ntwo",
    "mark": "**bold**\n\n- a",
    "whole": 12345678901234567,
    "float": 0.1,
    "money": "-1234.50",
    "maybe": False,
    "yes": True,
    "day": "2024-02-29",
    "feast": "02-29",
    "clock": "09:05:00",
    "moment": "2026-11-21T10:00:01Z",
    "span": "PT90M",
    "one": "b",
    "radio": 2,
    "many": ["y", "x"],
    "mail": "a@example.org",
    "phone": "+8613800138000",
    "link": "https://example.org/a?b=c&d=%20",
    "uuid": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "color": "#00ff7f",
    "stars": 4,
    "place": {"city": "上海"},
    "rows": [{"label": "one", "done": True}, {"label": "two"}],
    "json": [3, 1],
}


def _versions(pages: Pages, type_name: str, record_id: int) -> int:
    return len(pages.engine.history(SYSTEM, type_name, record_id).items)


def test_a_form_sent_back_untouched_changes_nothing(pages: Pages) -> None:
    ada = pages.made("person", name="Ada")
    record = pages.made("sample", **FULL, person=ada, people=[ada])
    before = pages.stored("sample", record)
    manager = pages.visitor("manager")
    answer = manager.post(f"/r/sample/{record}/edit", manager.form(f"/r/sample/{record}/edit"))
    assert answer.status_code == 303, answer.text
    assert pages.stored("sample", record) == before
    assert _versions(pages, "sample", record) == 1


def test_an_empty_form_sent_back_untouched_changes_nothing(pages: Pages) -> None:
    record = pages.made("sample")
    manager = pages.visitor("manager")
    manager.post(f"/r/sample/{record}/edit", manager.form(f"/r/sample/{record}/edit"))
    assert pages.stored("sample", record) == {"yes": False}
    assert _versions(pages, "sample", record) == 1


def test_a_deprecated_field_is_offered_only_where_it_has_a_value(pages: Pages) -> None:
    manager = pages.visitor("manager")
    with_value, without = pages.made("sample", former="x"), pages.made("sample")
    offered = [
        'name="/former"' in manager.get(path).text
        for path in ("/r/sample/new", f"/r/sample/{without}/edit", f"/r/sample/{with_value}/edit")
    ]
    assert offered == [False, False, True]


def test_what_is_typed_is_stored(pages: Pages) -> None:
    manager = pages.visitor("manager")
    given = manager.form("/r/sample/new")
    typed(given, {"/text": "中文", "/whole": "1,000", "/money": "12.5", "/day": "2026-01-31", "/place/city": "Paris", "/span": "1:30"})
    given.setlist("/many", ["x"])
    given.setlist("/yes", ["false", "true"])
    given.setlist("/rows", ["n2", "n1"])
    typed(given, {"/rows/n1/label": "last", "/rows/n2/label": "first"})
    answer = manager.post("/r/sample/new", given)
    assert answer.status_code == 303, answer.text
    stored = pages.stored("sample", int(answer.headers["Location"].rpartition("/")[2]))
    assert stored == {
        "text": "中文", "whole": 1000, "money": "12.50", "day": "2026-01-31", "place": {"city": "Paris"}, "span": "PT1H30M",
        "many": ["x"], "yes": True, "rows": [{"label": "first"}, {"label": "last"}],
    }  # fmt: skip


def test_an_emptied_control_removes_the_value(pages: Pages) -> None:
    record = pages.made("sample", text="x", money="1.00", many=["x"], rows=[{"label": "a"}], place={"city": "Paris"})
    manager = pages.visitor("manager")
    given = manager.form(f"/r/sample/{record}/edit")
    for name in ("/text", "/money", "/place/city"):
        given[name] = ""
    for name in ("/many", "/rows"):
        given.poplist(name)
    assert manager.post(f"/r/sample/{record}/edit", given).status_code == 303
    assert pages.stored("sample", record) == {"yes": False}


def test_a_refused_form_comes_back_with_all_that_was_typed(pages: Pages) -> None:
    manager = pages.visitor("manager")
    given = {"/person": "", "/lines": "n1", "/lines/n1/item": "", "/lines/n1/qty": "zero", "/lines/n1/price": "3,50x"}
    answer = manager.post("/r/order/new", given)
    assert answer.status_code == 422
    again = filled(answer.text)
    assert (again["/lines/0/qty"], again["/lines/0/price"]) == ("zero", "3,50x")
    assert 'href="#f-2flines-2f0-2fqty"' in answer.text or "data-summary" in answer.text
    assert pages.engine.select(SYSTEM, "order", Query()).items == []


def test_every_problem_stands_beside_its_control_and_in_the_summary(pages: Pages) -> None:
    answer = pages.visitor("clerk").post("/r/person/new", {"/name": "", "/email": "no address", "/member": "true"})
    assert answer.status_code == 422
    for label in ("Name", "E-mail", "Member number"):
        assert f">{label}</a>:" in answer.text
    assert answer.text.count('aria-invalid="true"') >= 3


def test_a_value_that_must_be_unique_is_told_beside_its_control(pages: Pages) -> None:
    pages.made("person", name="Ada", email="a@example.org")
    answer = pages.visitor("clerk").post("/r/person/new", {"/name": "Eve", "/email": "a@example.org"})
    assert answer.status_code == 409
    assert "Another record has the same value." in answer.text
    assert filled(answer.text)["/name"] == "Eve"


def test_a_field_one_may_not_write_cannot_be_forged(pages: Pages) -> None:
    record = pages.made("person", name="Ada", secret="concealed")
    clerk = pages.visitor("clerk")
    page = clerk.get(f"/r/person/{record}/edit").text
    assert "Secret" not in page and "concealed" not in page
    clerk.post(f"/r/person/{record}/edit", {"version": "1", "/name": "Ada B", "/secret": "new"})
    assert pages.stored("person", record)["secret"] == "concealed"


def test_a_form_keeps_what_others_saved_and_what_was_typed(pages: Pages) -> None:
    record = pages.made("person", name="Ada", email="a@example.org", phone="+8613800138000")
    one, other = pages.visitor("clerk"), pages.visitor("manager")
    mine = one.form(f"/r/person/{record}/edit")
    theirs = other.form(f"/r/person/{record}/edit")
    typed(theirs, {"/name": "Ada Theirs", "/email": "b@example.org"})
    assert other.post(f"/r/person/{record}/edit", theirs).status_code == 303
    typed(mine, {"/name": "Ada Mine", "/phone": "+8613800138001"})
    answer = one.post(f"/r/person/{record}/edit", mine)
    assert answer.status_code == 409
    assert pages.stored("person", record)["name"] == "Ada Theirs"
    assert all(text in answer.text for text in ("Manager", "Ada Theirs", "Ada Mine", "a@example.org", "b@example.org"))
    again = filled(answer.text)
    assert (again["/name"], again["/email"], again["/phone"]) == ("Ada Mine", "b@example.org", "+86 138 0013 8001")
    assert one.post(f"/r/person/{record}/edit", again).status_code == 303
    stored = pages.stored("person", record)
    assert (stored["name"], stored["email"], stored["phone"]) == ("Ada Mine", "b@example.org", "+8613800138001")


def test_an_emptied_control_stays_empty_through_a_conflict(pages: Pages) -> None:
    record = pages.made("person", name="Ada", phone="+8613800138000")
    one = pages.visitor("clerk")
    mine = one.form(f"/r/person/{record}/edit")
    pages.engine.update(SYSTEM, "person", record, {"name": "Theirs"})
    mine["/phone"] = ""
    again = filled(one.post(f"/r/person/{record}/edit", mine).text)
    assert (again["/phone"], again["/name"]) == ("", "Theirs")


def test_a_session_that_ended_while_typing_loses_nothing(pages: Pages) -> None:
    record = pages.made("person", name="Ada")
    clerk = pages.visitor("clerk")
    given = clerk.form(f"/r/person/{record}/edit")
    given["/name"] = "Typed <long>\nago"
    given["csrf_token"] = clerk.token()
    clerk.client.delete_cookie("kartotek")
    kept = clerk.client.post(f"/r/person/{record}/edit", data=given)
    assert kept.status_code == 400
    assert "Typed &lt;long&gt;\nago" in kept.text
    again = MultiDict(given)
    typed(again, {"csrf_token": clerk.token(), "~username": "clerk", "~password": "wrong password!"})
    assert clerk.client.post(f"/r/person/{record}/edit", data=again).status_code == 401
    again = MultiDict(given)
    typed(again, {"csrf_token": clerk.token(), "~username": "clerk", "~password": "correct horse battery", "/name": "Typed"})
    assert clerk.client.post(f"/r/person/{record}/edit", data=again).status_code == 303
    assert pages.stored("person", record)["name"] == "Typed"


def test_rows_can_be_added_and_removed_without_script(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    given = clerk.form("/r/order/new")
    given["~add"] = "/lines"
    given = filled(clerk.post("/r/order/new", given).text)
    given["/lines/0/qty"] = "7"
    given["~add"] = "/lines"
    given = filled(clerk.post("/r/order/new", given).text)
    assert given.getlist("/lines") == ["0", "1"] and given["/lines/0/qty"] == "7"
    given["~remove"] = "/lines/0"
    assert filled(clerk.post("/r/order/new", given).text).getlist("/lines") == ["0"]


def test_an_order_of_rows_is_kept(pages: Pages) -> None:
    ada = pages.made("person", name="Ada")
    items = [pages.made("item", name=name) for name in ("A", "B")]
    record = pages.made("order", person=ada, lines=[{"item": one, "qty": 1} for one in items])
    clerk = pages.visitor("clerk")
    given = clerk.form(f"/r/order/{record}/edit")
    given.setlist("/lines", ["1", "0"])
    assert clerk.post(f"/r/order/{record}/edit", given).status_code == 303
    assert [row["item"] for row in pages.stored("order", record)["lines"]] == items[::-1]


def test_what_one_may_not_see_of_a_row_is_kept(pages: Pages) -> None:
    ada, item = pages.made("person", name="Ada"), pages.made("item", name="Pen")
    record = pages.made("order", person=ada, lines=[{"item": item, "qty": 1, "cost": 7}, {"item": item, "qty": 2, "cost": 8}])
    clerk = pages.visitor("clerk")
    assert "Purchase cost" not in clerk.get(f"/r/order/{record}/edit").text + clerk.get(f"/r/order/{record}").text
    given = clerk.form(f"/r/order/{record}/edit")
    given["/lines/0/qty"] = "5"
    assert clerk.post(f"/r/order/{record}/edit", given).status_code == 303
    assert [(row["qty"], row["cost"]) for row in pages.stored("order", record)["lines"]] == [(5, 7), (2, 8)]


def test_an_address_can_give_a_new_record_its_values(pages: Pages) -> None:
    ada = pages.made("person", name="Ada")
    assert pages.visitor("clerk").form(f"/r/order/new?person={ada}")["/person"] == str(ada)


def test_files_survive_a_refused_form_and_come_back_as_downloads(pages: Pages) -> None:
    manager = pages.visitor("manager")
    given = manager.form("/r/sample/new")
    typed(given, {"/text": "with file", "/whole": "not a number", "csrf_token": manager.token()})
    upload = {**given.to_dict(), "/file": (io.BytesIO(b"<script>alert(1)</script>"), "note.txt")}
    refused = manager.client.post("/r/sample/new", data=upload, content_type="multipart/form-data")
    assert refused.status_code == 422
    again = filled(refused.text)
    assert "note.txt" in refused.text and again["/file"]
    again["/whole"] = "1"
    saved = manager.post("/r/sample/new", again)
    assert saved.status_code == 303, saved.text
    record = saved.headers["Location"].rpartition("/")[2]
    file = manager.get(f"/r/sample/{record}/files/{again['/file']}")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in file.headers["Content-Security-Policy"]
    assert pages.visitor("clerk").get(f"/r/sample/{record}/files/{again['/file']}").status_code == 404


@pytest.mark.parametrize("path", ["/r/item/new", "/r/item/1/edit"])
def test_a_form_one_may_not_send_is_not_shown(pages: Pages, path: str) -> None:
    pages.made("item", name="A")
    clerk = pages.visitor("clerk")
    assert clerk.get(path).status_code == 403
    assert clerk.post(path, {"/name": "B", "version": "1"}).status_code == 403



def test_a_button_pressed_twice_makes_one_record(pages: Pages) -> None:
    clerk = pages.visitor("clerk")
    given = clerk.form("/r/person/new")
    given["/name"] = "Once"
    first, second = clerk.post("/r/person/new", given), clerk.post("/r/person/new", given)
    assert first.headers["Location"] == second.headers["Location"]
    given["/name"] = "Another out of the same form"
    assert clerk.post("/r/person/new", given).headers["Location"] != first.headers["Location"]


def test_a_change_sent_twice_is_no_conflict(pages: Pages) -> None:
    record = pages.made("person", name="Ada")
    clerk = pages.visitor("clerk")
    given = clerk.form(f"/r/person/{record}/edit")
    given["/name"] = "Ada B"
    assert [clerk.post(f"/r/person/{record}/edit", given).status_code for _ in range(2)] == [303, 303]
    assert _versions(pages, "person", record) == 2


def test_what_was_typed_into_a_record_deleted_meanwhile_can_be_copied(pages: Pages) -> None:
    record = pages.made("person", name="Ada")
    clerk = pages.visitor("clerk")
    given = clerk.form(f"/r/person/{record}/edit")
    given["/name"] = "Typed for nothing"
    pages.engine.delete(SYSTEM, "person", record)
    answer = clerk.post(f"/r/person/{record}/edit", given)
    assert answer.status_code == 404
    assert "Typed for nothing" in answer.text


@pytest.mark.parametrize("path", ["/r/person/99999999999999999999", "/r/person/9007199254740991", "/r/person/-1", "/r/person/1.5", f"/r/person/{'9' * 5000}"])
def test_an_id_that_cannot_be_is_not_found(pages: Pages, path: str) -> None:
    assert pages.visitor("owner").get(path).status_code == 404


@pytest.mark.parametrize(
    "given",
    [
        {"/whole": "9" * 5000}, {"/float": "1e999"}, {"/text": "a\x00b"}, {"/text": "\ud800"}, {"/day": "9999-99-99"}, {"/money": "-"},
        {"/moment": "0001-01-01T00:00"}, {"/span": "999999999:59:59"}, {"/json": "{"}, {"/person": "x"}, {"/person": "9" * 40},
        {"/many": "nothing"}, {"/rows": ["0"] * 3, "/rows/0/done": "perhaps"}, {"/file": "../../etc/passwd"}, {"/phone": "+" * 5000},
        {"/color": "red;}"}, {"/stars": "11"}, {"/person": "9" * 5000}, {"/people": ["²", "9" * 5000]}, {"/rows": ["²"], "/rows/²/label": "x"}, {"/rows": ["x"] * 2000}, {"/owner": "999"},
    ],
)  # fmt: skip
def test_nonsense_is_refused_and_never_an_error_of_ours(pages: Pages, given: dict[str, Any]) -> None:
    manager = pages.visitor("manager")
    form = manager.form("/r/sample/new")
    for name, value in given.items():
        form.setlist(name, value if isinstance(value, list) else [value])
    encoded = urlencode(list(form.items(multi=True)) + [("csrf_token", manager.token())], errors="surrogatepass")
    answer = manager.client.post("/r/sample/new", data=encoded, content_type="application/x-www-form-urlencoded")
    assert answer.status_code in {303, 409, 422}, answer.text


@pytest.mark.parametrize("version", ["", "x", "²", "-1", "9" * 5000])
def test_a_nonsense_version_is_a_conflict_and_no_error_of_ours(pages: Pages, version: str) -> None:
    record = pages.made("person", name="Ada")
    clerk = pages.visitor("clerk")
    given = clerk.form(f"/r/person/{record}/edit")
    typed(given, {"/name": "Eve", "version": version})
    assert clerk.post(f"/r/person/{record}/edit", given).status_code == 409
    assert pages.stored("person", record)["name"] == "Ada"
