"""Lists in a real browser: search as one types, the panels on a telephone, rows picked, and all of it without script."""

from __future__ import annotations

import re
import time

from browser import Desk
from playwright.sync_api import Page, Route, expect


def _add(page: Page, desk: Desk, *names: str) -> None:
    for name in names:
        page.goto(f"{desk.address}/r/person/new")
        page.fill("[name='/name']", name)
        page.click("button.btn-primary[type=submit]")
        page.wait_for_url(re.compile(r"/r/person/\d+"))


def _rows(page: Page) -> list[str]:
    return [one.strip() for one in page.locator("#list .k-row-link").all_inner_texts()]


def test_a_list_is_searched_as_one_types(browser_desk: Desk) -> None:
    page = browser_desk.window("manager").page
    _add(page, browser_desk, "Typed Anna", "Typed Anton", "打字王芳")
    page.goto(f"{browser_desk.address}/r/person/")
    asked: list[str] = []

    def slowly(route: Route) -> None:
        """The answer to the first letters comes later than that to the whole word."""
        asked.append(route.request.url)
        if route.request.url.endswith("Typed+An"):
            time.sleep(0.8)
        route.continue_()

    page.route(re.compile(r"search="), slowly)
    page.click("#search")
    page.keyboard.type("Typed An")
    page.wait_for_timeout(400)
    page.keyboard.type("t")
    expect(page.locator("#list .k-row-link")).to_have_text(["Typed Anton"])
    page.wait_for_timeout(900)
    assert _rows(page) == ["Typed Anton"], "an answer that comes late must not replace a newer one"
    assert page.evaluate("[document.activeElement.id, document.activeElement.selectionStart]") == ["search", 9]
    assert page.url.endswith("?search=Typed+Ant")

    page.fill("#search", "")
    expect(page.locator("#list .k-row-link")).not_to_have_count(1)
    asked.clear()
    keyboard = page.context.new_cdp_session(page)
    page.click("#search")
    for text in ("d", "da", "da zi"):
        keyboard.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
        page.wait_for_timeout(300)
    assert asked == [], "nothing is asked while a word is being composed"
    keyboard.send("Input.insertText", {"text": "打字"})
    expect(page.locator("#list .k-row-link")).to_have_text(["打字王芳"])


def test_a_filter_is_put_together_on_a_telephone(browser_desk: Desk) -> None:
    page = browser_desk.window("manager", width=390, height=844).page
    _add(page, browser_desk, "Panel Ada", "Panel Bob")
    page.goto(f"{browser_desk.address}/r/person/?search=Panel")
    page.click("[data-panel][href*='filter']")
    page.fill("[data-narrow]", "nam")
    page.click("#panel .k-spot:visible")
    page.select_option("[data-ways]", "is_empty")
    expect(page.locator("#panel input[name='~one']")).to_be_hidden()
    page.select_option("[data-ways]", "contains")
    page.fill("#panel input[name='~one']", "ADA")
    page.click("#panel .btn-primary")
    expect(page.locator("#list .k-row-link")).to_have_text(["Panel Ada"])
    expect(page.locator(".k-chip")).to_contain_text("Name contains “ADA”")
    expect(page.locator("#panel")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.click(".k-chip-text")
    page.fill("#panel input[name='~one']", "bob")
    page.click("#panel .btn-primary")
    expect(page.locator("#list .k-row-link")).to_have_text(["Panel Bob"])
    page.reload()
    expect(page.locator("#list .k-row-link")).to_have_text(["Panel Bob"])
    page.click(".k-chip-drop")
    expect(page.locator("#list .k-row-link")).to_have_count(2)
    page.go_back()
    expect(page.locator("#list .k-row-link")).to_have_text(["Panel Bob"])


def test_columns_are_moved_and_rows_are_picked_and_changed(browser_desk: Desk) -> None:
    page = browser_desk.window("manager").page
    _add(page, browser_desk, "Picked A", "Picked B", "Picked C")
    page.goto(f"{browser_desk.address}/r/person/?search=Picked")
    page.click("[data-panel][href*='columns']")
    page.click("#panel li:has(input[value='level']) button[name='~up']")
    page.uncheck("#panel input[value='phone']")
    page.click("#panel .btn-primary")
    expect(page.locator("thead th:visible a")).to_have_text(["Level", "Name", "E-mail"])
    boxes = page.locator("#list input[name='id']")
    expect(page.locator(".k-picked")).to_be_hidden()
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-picked-count]")).to_have_text("3 selected")
    page.click(".k-picked [value='change']")
    page.click("[name='~field'][value='level']")
    page.locator("[name='/level']").first.wait_for()
    if page.locator("select[name='/level']").count():
        page.select_option("select[name='/level']", "gold")
    else:
        page.locator("label:has(input[name='/level'][value='gold'])").click()
    page.click("form[data-once] .btn-primary")
    expect(page.locator("h1")).to_have_text("Level: 3 changed.")
    page.click("text=Back to the list")
    expect(page.locator("#list .k-row-link")).to_have_text(["Gold", "Gold", "Gold"])


def test_filters_and_bulk_work_without_script(browser_desk: Desk) -> None:
    window = browser_desk.window("manager")
    _add(window.page, browser_desk, "Plain One", "Plain Two")
    page = browser_desk.window("manager", script=False).page
    page.goto(f"{browser_desk.address}/r/person/?search=Plain")
    page.click("#list-buttons a[href*='filter']")
    page.click("a.k-spot:text-is('Name')")
    page.select_option("[name='~operator']", "contains")
    page.fill("[name='~one']", "two")
    page.click("main .btn-primary")
    assert _rows(page) == ["Plain Two"]
    page.check("#list input[name='id']")
    page.click(".k-picked [value='delete']")
    page.click("form[data-once] .btn-danger")
    assert "1 moved to the trash" in page.inner_text("h1")
