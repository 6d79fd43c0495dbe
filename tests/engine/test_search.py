"""Search through the engine: what is found, in which order, page by page; and an index that is never out of step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from neutral_site import CLERK

from kartotek.engine.engine import Engine
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
