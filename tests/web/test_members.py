"""Members: what is required or locked within rows and small objects holds at the server as the browser shows it."""

from __future__ import annotations

from typing import Any

import pytest
from visitors import SYSTEM, Pages, typed

from kartotek.errors import Invalid, NotFound
from kartotek.model.actor import Actor

CLERK = Actor(7, "Clerk", frozenset({"manager"}))
LINE = {"price": "2.00", "qty": 1}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"lines": [LINE, {**LINE, "qty": 11}]}, "/fields/lines/1/reason"),
        ({"place": {"city": "Bern"}}, "/fields/place/zip"),
    ],
    ids=["a row", "an object"],
)
def test_what_a_condition_requires_inside_is_required(pages: Pages, fields: dict[str, Any], path: str) -> None:
    with pytest.raises(Invalid) as refused:
        pages.engine.create(CLERK, "bill", fields)
    assert [(one.path, one.code) for one in refused.value.problems] == [(path, "required")]


def test_what_no_condition_requires_may_be_absent(pages: Pages) -> None:
    made = pages.engine.create(CLERK, "bill", {"lines": [LINE, {**LINE, "qty": 11, "reason": "many"}], "place": {"city": "Basel"}})
    assert made["fields"]["total"] == "24.00"


def test_a_locked_member_of_a_row_stays_as_it_was(pages: Pages) -> None:
    made = pages.engine.create(CLERK, "bill", {"lines": [{**LINE, "code": "A"}, LINE]})
    changed = pages.engine.update(CLERK, "bill", made["id"], {"lines": [{**LINE, "code": "A"}, {**LINE, "code": "B"}]}, version=1)
    with pytest.raises(Invalid) as refused:
        pages.engine.update(CLERK, "bill", made["id"], {"lines": [{**LINE, "code": "A"}, {**LINE, "code": "C"}]}, version=changed["version"])
    assert [(one.path, one.code) for one in refused.value.problems] == [("/fields/lines/1/code", "read_only")]


def test_the_form_tells_it_beside_the_control_of_the_row(pages: Pages) -> None:
    manager = pages.visitor("manager")
    given = manager.form("/r/bill/new")
    typed(given, {"/lines": "n1", "/lines/n1/price": "2", "/lines/n1/qty": "11", "/lines/n1/reason": ""})
    answer = manager.post("/r/bill/new", given)
    assert answer.status_code == 422
    assert 'href="#f-2flines-2f0-2freason"' in answer.text
    with pytest.raises(NotFound):
        pages.engine.get(SYSTEM, "bill", 1)
