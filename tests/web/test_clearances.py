"""Masks, flags and opened records on the pages: list, record, related lists, form and messages, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from levelled_site import CLERK, VALUES, documents
from visitors import Pages, Visitor, open_pages

SECRETS = ("13812345678", "138 1234 5678", "ming@", "1985-03-04", "Mar 4, 1985", "12.50")


@pytest.fixture
def levelled(tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Pages]:
    """The pages over the site with levels, with two folders of which one is below the other."""
    made = open_pages(f"sqlite:///{tmp_path}/records.db", f"sqlite:///{tmp_path}/auth.db", tmp_path / "files", clock, given=documents())
    above = made.made("folder", **VALUES)
    made.made("folder", **(VALUES | {"above": above, "phone": "+8613900004444"}))
    yield made
    made.close()


def read(visitor: Visitor, path: str) -> str:
    """The text of a page that answers."""
    answer = visitor.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return str(answer.text)


def test_masks_stand_where_values_would(levelled: Pages) -> None:
    front = levelled.visitor("front")
    for path in ("/r/folder/", "/r/folder/1", "/r/folder/2", "/r/folder/1/edit", "/r/folder/1/history", "/search?q=138"):
        page = read(front, path)
        assert not [one for one in SECRETS if one in page], path
    page = read(front, "/r/folder/1")
    for mask in ("王•••", "•••5678", "•••@example.com", "1985"):
        assert mask in page
    assert "•••4444" in page, "in the list of what is below it"
    listed = read(front, "/r/folder/")
    assert "•••5678" in listed and "•••4444" in listed and "王•••" in listed
    assert "sort=phone" not in listed and "sort=-grade" in listed and "tel:" not in page
    assert "•••5678" in read(front, "/r/folder/1/edit") and 'name="/phone"' not in read(front, "/r/folder/1/edit")
    assert "phone" not in read(front, "/r/folder/filter") and "phone" in read(front, "/r/folder/columns")


def test_flags_say_that_there_is_something(levelled: Pages) -> None:
    page = read(levelled.visitor("helper"), "/r/folder/1")
    assert "k-flag" in page and "filled in" in page and not [one for one in SECRETS if one in page and one != "Mar 4, 1985" and one != "1985-03-04"]
    levelled.engine.update(CLERK, "folder", 1, {}, unset=["amount"])
    assert "filled in" not in read(levelled.visitor("helper"), "/r/folder/1")


def test_a_record_is_opened_and_closed_by_buttons(levelled: Pages) -> None:
    helper, eye = levelled.visitor("helper"), levelled.visitor("eye")
    assert "break-glass" in read(helper, "/r/folder/1") and "break-glass" not in read(eye, "/r/folder/1")
    assert helper.post("/r/folder/1/break-glass", {"reason": " "}).status_code == 303
    assert "12.50" not in read(helper, "/r/folder/1")
    assert helper.post("/r/folder/1/break-glass", {"reason": "He <b>fainted</b>"}).status_code == 303
    page = read(helper, "/r/folder/1")
    assert "12.50" in page and "data-open" in page and "12.50" not in read(helper, "/r/folder/2")
    message = read(eye, "/messages/")
    assert "He &lt;b&gt;fainted&lt;/b&gt;" in message and "Helper" in message
    assert helper.post("/r/folder/1/break-glass/end", {}).status_code == 303
    assert "12.50" not in read(helper, "/r/folder/1")
    assert eye.post("/r/folder/1/break-glass", {"reason": "curious"}).status_code == 403
    assert helper.post("/r/folder/99/break-glass", {"reason": "curious"}).status_code == 404
    hidden, missing = levelled.made("folder", name="n", grade=1), 99
    answers = [helper.get(f"/r/folder/{id}") for id in (hidden, missing)]
    assert [one.status_code for one in answers] == [404, 404]
    texts = [re.sub(r'name="csrf_token" value="[^"]*"|nonce-[^"]*', "", one.text.replace(f"/{id}/", "/1/").replace(f"folder/{id}", "folder/1")) for one, id in zip(answers, (hidden, missing))]
    assert texts[0] == texts[1] and "break-glass" in texts[0] and "break-glass" not in eye.get("/r/folder/99").text
    assert helper.post(f"/r/folder/{hidden}/break-glass", {"reason": "He is here"}).status_code == 303 and helper.get(f"/r/folder/{hidden}").status_code == 200


def test_sentences_are_chinese_for_chinese(levelled: Pages) -> None:
    front = levelled.visitor("front")
    front.headers["Accept-Language"] = "zh"
    helper = levelled.visitor("helper")
    helper.headers["Accept-Language"] = "zh"
    page = read(helper, "/r/folder/1")
    assert 'lang="zh"' in page and "已填写" in page and "紧急查看" in page and "仅显示部分" in read(front, "/r/folder/1")
    assert not re.search(r"Shown in part|filled in|Open in an emergency", page)
