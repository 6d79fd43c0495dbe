"""The search in every type over HTTP, and the search of a list through pinyin."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture(scope="module")
def clerk(shared: Any) -> Any:
    """Someone who may read people, of whom there are two that are searched for."""
    made = shared.client("clerk")
    for name in ("张三", "张三丰"):
        made.made("person", name=name)
    return made


def test_a_text_is_looked_for_in_every_type(clerk: Any) -> None:
    answer = clerk("GET", "/search?q=zhangsan&limit=1")
    (group,) = answer.json["groups"]
    assert answer.status_code == 200 and group["type"] == "person" and group["more"] is True
    assert [one["title"] for one in group["items"]] == ["张三"]
    assert clerk("GET", "/search?q=").json == clerk("GET", "/search").json == {"groups": []}
    assert clerk("GET", "/search?q=nobody").json == {"groups": []}


def test_a_list_is_searched_by_initials(clerk: Any) -> None:
    assert [one["fields"]["name"] for one in clerk("GET", "/records/person?search=zs&fields=name").json["items"]] == ["张三", "张三丰"]


def test_a_search_needs_somebody_and_right_parameters(shared: Any, clerk: Any) -> None:
    assert shared.client("")("GET", "/search?q=a").status_code == 401
    assert [clerk("GET", f"/search?{wrong}").status_code for wrong in ("q=a&limit=0", "q=a&q=b", "text=a", "q=%00")] == [400] * 4
