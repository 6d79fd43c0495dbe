"""Lists: filters put together in a panel, columns, counting, and many rows changed at once; nothing of it shows what is hidden."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest
from visitors import SYSTEM, Pages, Visitor

from kartotek.web.list_operators import ways


def _names(visitor: Visitor, query: str, path: str = "/r/person/") -> list[str]:
    answer = visitor.get(path + query)
    assert answer.status_code == 200, answer.text
    return [unescape(one) for one in re.findall(r'class="k-row-link"[^>]*>([^<]*)</a>', answer.text)]


def _people(pages: Pages) -> list[int]:
    rows = [("Ada", "gold", "ada@example.org"), ("Bob", "normal", "bob@example.org"), ("Cid", "gold", None)]
    return [pages.made("person", name=name, level=level, **({"email": email} if email else {})) for name, level, email in rows]


def test_a_filter_is_put_together_step_by_step(pages: Pages) -> None:
    ada, bob, _ = _people(pages)
    item = pages.made("item", name="Pen")
    for one in (ada, bob):
        pages.made("order", person=one, lines=[{"item": item, "qty": one}])
    clerk = pages.visitor("clerk")
    fields = clerk.get("/r/order/filter?search=O").text
    assert "~path=person" in fields and "~in=person" in fields and "~in=lines" in fields and "search=O" in fields
    assert "~path=person.level" in clerk.get("/r/order/filter?~in=person").text
    form = clerk.get("/r/order/filter?search=O&~path=person.level").text
    assert 'name="search" value="O"' in form and 'value="gold"' in form and "Person › Level" in form
    answer = clerk.get("/r/order/?search=O&~path=person.level&~operator=in&~many=gold&~was=")
    assert answer.status_code == 303
    assert parse_qsl(urlsplit(answer.headers["Location"]).query) == [("search", "O"), ("person.level[in]", "gold")]
    text = clerk.get(answer.headers["Location"]).text
    assert text.count("k-row-link") == 1 and "Person › Level Gold" in text
    removing = re.search(r'k-chip-drop" href="([^"]+)"', text)
    assert removing and clerk.get("/r/order/" + unescape(removing[1])).text.count("k-row-link") == 2
    assert len(_names(clerk, "?lines.qty[gte]=2", "/r/order/")) == 1


GIVEN = {
    "one": {"date": "2026-11-21", "instant": "2026-11-21", "time": "09:30", "integer": "3", "rating": "3", "number": "1.5", "decimal": "12.5",
            "duration": "PT45M", "monthday": "11-21", "color": "#ffffff", "boolean": "true", "phone": "13800138000", "uuid": "0" * 8 + "-0000-4000-8000-" + "0" * 12,
            "email": "a@example.org", "url": "https://example.org/"},
    "many": {"choice": "a", "choices": "x", "reference": "1", "references": "1", "user": "1"},
}  # fmt: skip


def test_every_field_can_be_filtered_in_every_way_that_is_offered(pages: Pages) -> None:
    manager = pages.visitor("manager")
    tried = 0
    kinds = {field.kind: field for field in pages.engine.sight(SYSTEM, "sample").readable}
    for field in [one for name, one in kinds.items() if name not in ("longtext", "url", "uuid", "number", "rating", "image", "files", "json")]:
        with pages.app.test_request_context():
            offered = ways(field)
        for place, way in enumerate(offered):
            single = GIVEN["one"].get(field.kind, "x")
            many = "1" if field.name == "radio" else GIVEN["many"].get(field.kind, "")
            typed = f"&~one={single.replace('#', '%23')}&~first={single}&~last=&~many={many}&~period=next-days&~days=14"
            answer = manager.get(f"/r/sample/?~path={field.name}&~operator={way.name}{typed}")
            assert answer.status_code == 303, (field.name, way.name, answer.text)
            found = manager.get(answer.headers["Location"])
            assert found.status_code == 200 and "k-chip-text" in found.text, (field.name, way.name)
            edit = re.search(r'k-chip-text" href="([^"]+)"', found.text)
            assert edit and (place or f'value="{way.name}" data-shape' in manager.get(unescape(edit[1])).text)
            tried += 1
    assert tried > 80


@pytest.mark.parametrize(
    "wrong",
    ["~path=whole&~operator=gt&~one=many", "~path=whole&~operator=gt&~one=", "~path=day&~operator=between&~first=&~last=", "~path=one&~operator=in",
     "~path=day&~operator=relative&~period=last-days&~days=0", "~path=day&~operator=contains&~one=1"],
)  # fmt: skip
def test_what_cannot_be_a_condition_comes_back_with_what_was_typed(pages: Pages, wrong: str) -> None:
    answer = pages.visitor("manager").get(f"/r/sample/?search=kept&{wrong}")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text and 'name="search" value="kept"' in answer.text
    assert "many" not in wrong or 'value="many"' in answer.text


def test_what_is_hidden_can_neither_be_filtered_nor_told_from_nothing(pages: Pages) -> None:
    _people(pages)
    clerk = pages.visitor("clerk")
    for path in ("/r/person/filter", "/r/order/filter?~in=person", "/r/order/filter?~in=lines", "/r/person/columns"):
        text = clerk.get(path).text.lower()
        assert "secret" not in text and "purchase" not in text, path
    for hidden, missing in (("?secret[contains]=a", "?nosuch[contains]=a"), ("?columns=secret,name&sort=secret", "?columns=nosuch,name&sort=nosuch")):
        answers = [clerk.get(f"/r/person/{one}") for one in (hidden, missing)]
        assert [one.status_code for one in answers] == [400, 400]
        assert _blank(answers[0].text, "secret") == _blank(answers[1].text, "nosuch")
    for query in ("~path=secret", "~path=nosuch", "~in=nosuch"):
        assert clerk.get(f"/r/person/filter?{query}").status_code == 404
        assert clerk.get(f"/r/person/?{query}&~operator=eq&~one=x").status_code in (404, 200)
    assert clerk.get("/r/order/?person.secret[contains]=a").status_code == 400
    assert clerk.get("/r/order/?lines.cost[gt]=1").status_code == 400


def _blank(text: str, name: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", text.replace(name, "…"))


def test_columns_are_chosen_kept_for_this_person_and_said_by_the_address(pages: Pages) -> None:
    _people(pages)
    clerk = pages.visitor("clerk")
    answer = clerk.post("/r/person/columns", {"~list": "?level=gold", "~sort": "-name", "show": ["email", "name", "meta.created_by", "secret"]})
    assert answer.status_code == 303
    assert dict(parse_qsl(urlsplit(answer.headers["Location"]).query)) == {"level": "gold", "sort": "-name", "columns": "email,name,meta.created_by"}

    def heads(visitor: Visitor, query: str = "") -> list[str]:
        text = visitor.get(f"/r/person/{query}").text
        return [re.sub(r"<[^>]*>|\s", "", one) for one in re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", text, re.DOTALL)]

    assert heads(clerk) == ["E-mail", "Name", "Createdby"]
    assert heads(clerk, "?columns=phone,nosuch,secret") == ["Phone"]
    assert heads(clerk) == ["E-mail", "Name", "Createdby"], "somebody's link changes nothing of one's own"
    assert heads(pages.visitor("manager"))[0] == "Name"
    clerk.post("/r/person/columns", {"~list": "?", "~reset": "1", "show": ["email"]})
    assert heads(clerk)[0] == "Name"
    moved = clerk.post("/r/person/columns", {"~list": "?", "~up": "email", "show": ["name", "email"]}).text
    assert re.findall(r'name="show" value="(\w+)" checked', moved) == ["email", "name"]


def test_a_list_is_counted_when_asked(pages: Pages) -> None:
    for number in range(52):
        pages.made("item", name=f"Thing {number}")
    clerk = pages.visitor("clerk")
    first = clerk.get("/r/item/").text
    counting = re.search(r'hx-target="#count"', first)
    assert counting and "in all" not in first
    assert "52 in all" in clerk.get("/r/item/?count=exact").text
    clerk.headers["HX-Request"] = "true"
    assert clerk.get("/r/item/?count=exact").text == "52 in all"
    assert clerk.get("/r/item/?name[contains]=1&count=exact").text == "15 in all"


def test_a_list_costs_no_query_a_row(pages: Pages) -> None:
    item = pages.made("item", name="Pen")

    def cost() -> int:
        clerk = pages.visitor("clerk")
        clerk.get("/r/order/")
        statements: list[str] = []
        pages.engine.database.listeners.append(statements.append)
        clerk.get("/r/order/?columns=number,person,total,meta.created_by,meta.updated_at&person.name[contains]=p")
        pages.engine.database.listeners.clear()
        return len(statements)

    def order(number: int) -> None:
        pages.made("order", person=pages.made("person", name=f"P{number}"), lines=[{"item": item}])

    order(0)
    few = cost()
    for number in range(20):
        order(number)
    assert cost() <= few <= 6


def test_many_are_changed_at_once_and_each_refusal_is_told(pages: Pages) -> None:
    ada, bob, cid = _people(pages)
    manager = pages.visitor("manager")
    pages.engine.update(SYSTEM, "person", bob, {"name": "Bob B"})
    picked = [f"{ada}.1", f"{bob}.1", f"{cid}.1"]
    asked = manager.get("/r/person/bulk", query_string={"id": picked, "~do": "change", "~list": "?level=gold"}).text
    assert "Ada, Bob B, Cid" in asked and 'name="~field" value="level"' in asked and 'value="note"' in asked
    control = manager.get("/r/person/bulk", query_string={"id": picked, "~do": "change", "~field": "member"}).text
    assert 'name="/member"' in control and "Change 3" in control
    answer = manager.post("/r/person/bulk", {"id": picked, "~do": "change", "~field": "level", "/level": "normal", "~list": "?level=gold"})
    assert "Level: 2 changed" in answer.text and "Bob B" in answer.text and "1 were left as they are" in answer.text
    assert [pages.stored("person", one)["level"] for one in (ada, cid)] == ["normal", "normal"]
    undo = dict(re.findall(r'type="hidden" name="(~\w+)" value="([^"]*)"', answer.text))
    assert json.loads(unescape(undo["~was"])) == {str(ada): "gold", str(cid): "gold"}
    manager.post("/r/person/bulk", {"id": [f"{ada}.2", f"{cid}.2"], **{name: unescape(one) for name, one in undo.items()}})
    assert [pages.stored("person", one)["level"] for one in (ada, cid)] == ["gold", "gold"]


def test_a_wrong_value_for_many_is_told_and_changes_nothing(pages: Pages) -> None:
    ada, bob, _ = _people(pages)
    manager = pages.visitor("manager")
    taken = manager.post("/r/person/bulk", {"id": [str(ada), str(bob)], "~do": "change", "~field": "email", "/email": "bob@example.org"}).text
    assert "0 changed" in taken and "1 were so already" in taken and "1 were left as they are" in taken
    assert pages.stored("person", ada)["email"] == "ada@example.org"
    required = manager.post("/r/person/bulk", {"id": [str(ada)], "~do": "change", "~field": "name", "/name": ""}).text
    assert "0 changed" in required and pages.stored("person", ada)["name"] == "Ada"


def test_many_go_to_the_trash_and_come_back(pages: Pages) -> None:
    people = _people(pages)
    manager = pages.visitor("manager")
    picked = [f"{one}.1" for one in people[:2]]
    assert "Delete 2?" in manager.get("/r/person/bulk", query_string={"id": picked, "~do": "delete"}).text
    gone = manager.post("/r/person/bulk", {"id": picked, "~do": "delete"}).text
    assert "2 moved to the trash" in gone and 'value="restore"' in gone
    assert _names(manager, "") == ["Cid"] and _names(manager, "?trash=1") == ["Ada", "Bob"]
    assert "2 restored" in manager.post("/r/person/bulk", {"id": [str(one) for one in people[:2]], "~do": "restore"}).text
    assert len(_names(manager, "")) == 3


def test_many_are_moved_on_where_a_step_asks_for_nothing(pages: Pages) -> None:
    one, two = pages.made("task", name="One"), pages.made("task", name="Two")
    pages.engine.processes.run(SYSTEM, "task", two, "confirm")
    clerk = pages.visitor("clerk")
    asked = clerk.get("/r/task/bulk", query_string={"id": [str(one), str(two)], "~do": "step"}).text
    assert 'name="~step" value="confirm"' in asked
    done = clerk.post("/r/task/bulk", {"id": [str(one), str(two)], "~do": "step", "~step": "confirm"}).text
    assert "1 done" in done and "1 were left" in done
    assert pages.engine.get(SYSTEM, "task", one)["state"] == "confirmed"


def test_nobody_does_to_many_what_he_may_not_do_to_one(pages: Pages) -> None:
    people = _people(pages)
    clerk = pages.visitor("clerk")
    picked = [str(one) for one in people]
    assert 'value="delete"' not in clerk.get("/r/person/").text
    assert "0 moved to the trash" in clerk.post("/r/person/bulk", {"id": picked, "~do": "delete"}).text
    for given in ({"~do": "change", "~field": "secret", "/secret": "x"}, {"~do": "undo", "~field": "secret", "~was": json.dumps(dict.fromkeys(picked))}, {"~do": "step", "~step": "x"}):
        assert clerk.post("/r/person/bulk", {"id": picked, **given}).status_code == 404
    assert clerk.post("/r/sample/bulk", {"id": ["1"], "~do": "delete"}).status_code == 404
    assert clerk.post("/r/person/bulk", {"id": picked, "~do": "delete"}, token=False).status_code == 400
    assert len(_names(clerk, "")) == 3
    back = clerk.get("/r/person/bulk", query_string={"id": picked, "~do": "change", "~list": "//evil.example"}).text
    assert 'href="/r/person/">People</a>' in back


def test_lists_speak_chinese(pages: Pages) -> None:
    _people(pages)
    clerk = pages.visitor("clerk")
    clerk.headers["Accept-Language"] = "zh-CN"
    text = clerk.get("/r/person/?level[in]=gold&meta.created_at[relative]=last-7-days&email[empty]=false").text
    assert all(part in text for part in ("等级 金卡", "最近 7 天", "筛选", "显示")), text
    assert "等级" in clerk.get("/r/person/filter").text and unquote("%E7%AD%89%E7%BA%A7") in clerk.get("/r/order/filter?~in=person").text
