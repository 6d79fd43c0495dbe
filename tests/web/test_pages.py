"""Pages: lists, records, history and the trash, in both languages, and nothing of what an actor may not see."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

import pytest
from visitors import SYSTEM, Pages, open_pages, typed

XSS = '"><script>window.__xss=1</script><img src=x onerror="window.__xss=1">'


def test_the_list_shows_its_columns_and_leads_to_its_records(pages: Pages) -> None:
    record = pages.made("person", name="王芳", level="gold", email="a@example.org")
    text = pages.visitor("clerk").get("/r/person/").text
    assert all(part in text for part in ("王芳", "Gold", "a@example.org", f'href="/r/person/{record}"'))


@pytest.mark.parametrize(("search", "found"), [("王", {"王芳"}), ("AD", {"Ada"}), ("b@", {"Eve"}), ("zzz", set())])
def test_search_finds_in_the_declared_fields(pages: Pages, search: str, found: set[str]) -> None:
    for name, email in (("王芳", "w@example.org"), ("Ada", "a@example.org"), ("Eve", "b@example.org")):
        pages.made("person", name=name, email=email)
    clerk = pages.visitor("clerk")
    clerk.headers["HX-Request"] = "true"
    text = clerk.get("/r/person/", query_string={"search": search}).text
    assert "<html" not in text
    assert {name for name in ("王芳", "Ada", "Eve") if name in text} == found


def test_a_list_is_sorted_and_filtered_as_its_address_says(pages: Pages) -> None:
    for name, level in (("B", "gold"), ("A", "normal"), ("C", "gold")):
        pages.made("person", name=f"Name {name}", level=level)
    clerk = pages.visitor("clerk")

    def names(query: str) -> list[str]:
        return re.findall(r">Name (\w)</a>", clerk.get(f"/r/person/{query}").text)

    assert names("") == ["A", "B", "C"]
    assert names("?sort=-name") == ["C", "B", "A"]
    assert names("?level=gold&sort=-name") == ["C", "B"]


def test_pages_of_a_list_lead_on_and_back(pages: Pages) -> None:
    for number in range(120):
        pages.made("item", name=f"Thing {number:03}")
    clerk = pages.visitor("clerk")

    def visit(path: str) -> tuple[list[str], dict[str, str]]:
        text = clerk.get(path).text
        links = {rel: href.replace("&amp;", "&") for href, rel in re.findall(r'href="([^"]+)" rel="(\w+)"', text)}
        return re.findall(r"Thing (\d+)", text), links

    first, links = visit("/r/item/")
    second, middle = visit("/r/item/" + links["next"])
    third, end = visit("/r/item/" + middle["next"])
    assert (first[0], second[0], third[0], third[-1]) == ("000", "050", "100", "119")
    assert "prev" not in links and "next" not in end
    back, _ = visit("/r/item/" + end["prev"])
    assert back == second
    assert visit("/r/item/" + middle["prev"])[0] == first


@pytest.mark.parametrize("query", ["?sort=nothing", "?sort=secret", "?cursor=broken"])
def test_an_address_that_cannot_be_understood_is_a_page(pages: Pages, query: str) -> None:
    answer = pages.visitor("clerk").get(f"/r/person/{query}")
    assert answer.status_code == 400
    assert "<main" in answer.text


@pytest.mark.parametrize("path", ["/r/nothing/", "/r/user/", "/r/sample/", "/r/sample/1", "/r/person/999", "/r/sample/new", "/r/person/1/files/x", "/r/person/abc"])
def test_what_is_hidden_cannot_be_told_from_what_is_not_there(pages: Pages, path: str) -> None:
    pages.made("sample", text="concealed")
    answer = pages.visitor("clerk").get(path)
    assert answer.status_code == 404
    assert "concealed" not in answer.text


def test_a_record_shows_what_refers_to_it_and_who_changed_it(pages: Pages) -> None:
    manager = pages.visitor("manager")
    manager.post("/r/person/new", {"/name": "Ada", "/level": "normal", "/secret": "first secret"})
    ada = 1
    item = pages.made("item", name="Pen")
    order = pages.made("order", person=ada, lines=[{"item": item, "qty": 2}])
    given = manager.form(f"/r/person/{ada}/edit")
    typed(given, {"/level": "gold", "/secret": "second secret"})
    manager.post(f"/r/person/{ada}/edit", given)
    text = manager.get(f"/r/person/{ada}").text
    assert f'href="/r/order/{order}"' in text and f"/r/order/new?person={ada}" in text
    assert "Manager" in text and re.search(r"<del>Normal</del>.*<ins>Gold</ins>", text, re.DOTALL)
    assert "first secret" in text
    clerk = pages.visitor("clerk").get(f"/r/person/{ada}").text
    assert "secret" not in clerk.lower()
    assert f'href="/r/item/{item}">Pen</a>' in pages.visitor("clerk").get(f"/r/order/{order}").text


def test_a_deleted_record_can_be_found_in_the_trash_and_restored(pages: Pages) -> None:
    record = pages.made("person", name="Ada")
    manager = pages.visitor("manager")
    assert "Delete “Ada”?" in manager.get(f"/r/person/{record}/delete").text
    assert manager.post(f"/r/person/{record}/delete", {"version": "1"}).status_code == 303
    assert manager.get(f"/r/person/{record}").headers["Location"] == f"/r/person/{record}?trash=1"
    assert pages.visitor("clerk").get(f"/r/person/{record}").status_code == 404
    assert f"/r/person/{record}/restore" in manager.get("/r/person/?trash=1").text
    assert "Ada" in manager.get(f"/r/person/{record}?trash=1").text
    assert manager.post(f"/r/person/{record}/restore", {}).status_code == 303
    assert manager.get(f"/r/person/{record}").status_code == 200


def test_deleting_what_someone_changed_meanwhile_asks_again(pages: Pages) -> None:
    record = pages.made("person", name="Ada")
    manager = pages.visitor("manager")
    pages.engine.update(SYSTEM, "person", record, {"name": "Ada B"})
    answer = manager.post(f"/r/person/{record}/delete", {"version": "1"})
    assert answer.status_code == 409
    assert "changed since you read it" in answer.text and "Ada B" in answer.text


def test_deleting_what_others_refer_to_says_so(pages: Pages) -> None:
    ada, item = pages.made("person", name="Ada"), pages.made("item", name="Pen")
    pages.made("order", person=ada, lines=[{"item": item}])
    answer = pages.visitor("manager").post(f"/r/person/{ada}/delete", {"version": "1"})
    assert answer.status_code == 409
    assert "still refer to" in answer.text


def test_pages_speak_chinese_when_asked(pages: Pages) -> None:
    pages.made("person", name="Ada", level="gold")
    clerk = pages.visitor("clerk")
    clerk.post("/language", {"language": "zh", "next": "/r/person/"})
    text = clerk.get("/r/person/").text
    assert '<html lang="zh">' in text
    assert all(word in text for word in ("测试站点", "姓名", "金卡", "搜索", "新建"))
    refused = clerk.post("/r/person/new", {"/name": "", "/email": "x"}).text
    assert "此项必填。" in refused and "不是有效的电子邮箱。" in refused
    assert next(one for one in pages.users.list() if one.username == "clerk").language == "zh"


def test_a_browsers_language_is_taken_until_one_is_chosen(pages: Pages) -> None:
    visitor = pages.visitor()
    visitor.headers["Accept-Language"] = "zh-CN,zh;q=0.9,en;q=0.5"
    assert "登录" in visitor.get("/login/").text


def test_the_picker_finds_and_shows_only_what_may_be_seen(pages: Pages) -> None:
    item = pages.made("item", name="Pen")
    pages.made("item", name="Paper")
    clerk = pages.visitor("clerk")
    answer = clerk.get("/r/order/choices", query_string={"field": "/lines/n1/item", "search": "pe"})
    assert {"id": item, "title": "Pen"} in answer.json["items"]
    assert clerk.get("/r/order/choices?field=/lines/0/nothing").status_code == 404
    assert clerk.get("/r/sample/choices?field=/person").status_code == 404
    assert clerk.get("/r/person/choices?field=/name").status_code in {400, 404}


def test_the_owner_is_told_of_declarations_that_are_not_in_use(pages: Pages) -> None:
    pages.engine.apply_documents({"site.yaml": "nonsense: 1\n"}, by=SYSTEM, reason="broken")
    assert "site.yaml:1" in pages.visitor("owner").get("/").text
    assert "site.yaml" not in pages.visitor("clerk").get("/").text


def test_hostile_texts_are_shown_as_texts(tmp_path: object, clock: object) -> None:
    hostile = {
        "title": XSS, "description": XSS, "type": "object",
        "properties": {"a": {"type": "string", "title": XSS, "description": XSS}, "u": {"type": "string", "format": "uri", "title": "U"},
                       "m": {"type": "string", "contentMediaType": "text/markdown", "title": "M"},
                       "c": {"title": XSS, "oneOf": [{"const": XSS, "title": XSS, "x-color": XSS}]}},
        "x-record": {"plural": XSS, "titleTemplate": "{a}", "list": ["a", "c", "u"], "search": ["a"]},
    }  # fmt: skip
    pages = open_pages(f"sqlite:///{tmp_path}/r.db", f"sqlite:///{tmp_path}/a.db", tmp_path / "files", clock, hostile=hostile)  # type: ignore[operator,arg-type]
    record = pages.made("hostile", a=XSS, c=XSS, m=f"[x](javascript:alert(1)) {XSS}", u="https://example.org/")
    owner = pages.visitor("owner")
    owner.post(f"/r/hostile/{record}/edit", {**owner.form(f"/r/hostile/{record}/edit"), "/a": XSS + "2"})
    for path in ("/", "/r/hostile/", f"/r/hostile/{record}", f"/r/hostile/{record}/edit", f"/r/hostile/{record}/delete", f"/r/hostile/?search={XSS}"):
        text = owner.get(path).text
        assert "<script>window" not in text and "<img src=x" not in text, path
        assert not re.search(r'href="\s*javascript:', text), path
    pages.close()


@pytest.mark.parametrize("name", ["owner", "manager", "clerk"])
def test_every_link_of_every_page_leads_somewhere(pages: Pages, name: str) -> None:
    ada, item = pages.made("person", name="Ada", level="gold", email="a@example.org"), pages.made("item", name="Pen", price="1.00")
    pages.made("order", person=ada, lines=[{"item": item, "qty": 2}])
    pages.made("sample", text="one", person=ada, people=[ada], rows=[{"label": "x"}], mark="[a](https://example.org)", day="2026-01-01")
    gone = pages.made("person", name="Gone")
    pages.engine.delete(SYSTEM, "person", gone)
    visitor = pages.visitor(name)
    seen, todo = set(), ["/"]
    while todo and len(seen) < 150:
        path = todo.pop(0)
        if path in seen:
            continue
        seen.add(path)
        answer = visitor.get(path)
        if answer.status_code == 302:  # to the trash
            path = answer.headers["Location"]
            answer = visitor.get(path)
        assert answer.status_code == 200, path
        links = re.findall(r'(?:href|hx-get)="([^"#]+)"', answer.text)
        todo += [link for link in (urljoin(path, unescape(one)) for one in links) if link.startswith("/") and not link.startswith("/assets/")]
    assert len(seen) > 20
