"""Search through the engine: what is found, in which order, page by page; and an index that is never out of step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from neutral_site import CLERK, STRANGER

from kartotek.engine.engine import Engine
from kartotek.errors import Malformed
from kartotek.model.query import Query

PEOPLE = {
    "张三": "+8613800138000", "张三丰": "+8613912345678", "小张三": "+8615012340001", "曾单": "+8613800000001",
    "Anna Ångström": "+46701740605", "Joanna Banks": "+12025550123", "Lena Müller": "+4915112345678", "Straße Süd": "+4915187654321",
}
FOUND = [
    ("张三", ["张三", "张三丰", "小张三"]),
    ("三", ["小张三", "张三丰", "张三"]),
    ("张三丰", ["张三丰"]),
    ("zhangsan", ["张三", "张三丰", "小张三"]),
    ("zhangs", ["张三丰", "张三", "小张三"]),
    ("ZS", ["曾单", "张三", "张三丰", "小张三"]),
    ("cengdan", ["曾单"]),
    ("zengshan", ["曾单"]),
    ("张 138", ["张三"]),
    ("zhang san 5678", ["张三丰"]),
    ("muller", ["Lena Müller"]),
    ("MÜLL", ["Lena Müller"]),
    ("strasse", ["Straße Süd"]),
    ("ann", ["Anna Ångström"]),
    ("angstrom anna", ["Anna Ångström"]),
    ("+86 139 1234-5678", ["张三丰"]),
    ("１３９１２３", ["张三丰"]),
    ("0151 1234", ["Lena Müller"]),
    ("1234", ["Lena Müller", "小张三", "张三丰"]),
    ("三张", []),
    ("_", []),
]


@pytest.fixture
def people(made: Callable[..., dict[str, Any]]) -> None:
    """The people above, in this order."""
    for name, mobile in PEOPLE.items():
        made("person", name=name, mobile=mobile)


def names(engine: Engine, text: str, **more: Any) -> list[str]:
    """Who is found, in order."""
    return [one["fields"]["name"] for one in engine.select(CLERK, "person", Query(search=text, **more)).items]


@pytest.mark.usefixtures("people")
def test_search_finds_best_matches_first(engine: Engine) -> None:
    assert {text: names(engine, text) for text, _ in FOUND} == dict(FOUND)
    compared = engine.indexes.compare("person")
    assert (compared.complete, compared.records, compared.wrong) == (True, len(PEOPLE), ())


@pytest.mark.usefixtures("people")
def test_a_search_in_everything_gives_the_best_of_each_type_that_one_may_read(engine: Engine, made: Any) -> None:
    made("item", name="张 tin", price="1.00")
    (items, people) = sorted(engine.everywhere.search(CLERK, "zhang", limit=2), key=lambda one: str(one["type"]))
    assert [one["title"] for one in items["items"]] == ["张 tin"] and not items["more"]
    assert [one["title"] for one in people["items"]] == ["张三丰", "张三"] and people["more"]
    assert engine.everywhere.search(CLERK, "  ") == engine.everywhere.search(STRANGER, "zhang") == []


@pytest.mark.usefixtures("people")
def test_pages_of_a_search_go_on_where_the_one_before_ended(engine: Engine) -> None:
    for text in ("1", "zs", "三", "张"):
        cursor, found = "", []
        while True:
            page = engine.select(CLERK, "person", Query(search=text, limit=1, cursor=cursor, count=True))
            found += [one["fields"]["name"] for one in page.items]
            if not page.next:
                break
            cursor = page.next
        assert found == names(engine, text) and page.count == len(found)
    with pytest.raises(Malformed):
        engine.select(CLERK, "person", Query(search="三丰", limit=1, cursor=cursor))


@pytest.mark.usefixtures("people")
def test_an_order_that_is_asked_for_wins(engine: Engine) -> None:
    assert names(engine, "zs", sort=("-name",)) == sorted(names(engine, "zs"), reverse=True)


@pytest.mark.usefixtures("people")
def test_what_is_in_the_trash_is_found_there_alone(engine: Engine) -> None:
    for one in engine.select(CLERK, "person", Query(search="张三丰")).items:
        engine.delete(CLERK, "person", one["id"])
    assert names(engine, "zhangsanfeng") == [] and names(engine, "zhangsanfeng", trash=True) == ["张三丰"]
