"""The search box in the head of every page: what it finds while one types, and its page."""

from __future__ import annotations

from visitors import Pages


def test_the_box_finds_in_all_types_one_may_read(pages: Pages) -> None:
    ids = [pages.made("person", name=name) for name in ("王芳", "王<b>", "Ada")]
    clerk = pages.visitor("clerk")
    assert 'action="/search"' in clerk.get("/r/person/").text
    whole = clerk.get("/search?q=wang").text
    assert "<html" in whole and all(f'href="/r/person/{id}"' in whole for id in ids[:2]) and f"/r/person/{ids[2]}" not in whole
    clerk.headers["HX-Request"] = "true"
    part = clerk.get("/search?q=wf").text
    assert "<html" not in part and f'href="/r/person/{ids[0]}"' in part and "<b>" not in clerk.get("/search?q=wang").text
    assert "Nothing was found" in clerk.get("/search?q=nobody").text
    assert clerk.get("/search?q=").text.strip() == ""


def test_more_than_a_few_lead_to_the_list(pages: Pages) -> None:
    for number in range(7):
        pages.made("person", name=f"Ada & {number}")
    text = pages.visitor("clerk").get("/search?q=ada %26").text
    assert text.count('href="/r/person/') - text.count('href="/r/person/"') == 6 and "search=ada+%26" in text
