"""Walks through steps, dialogs, reasons and free times in Chromium, as the people at the desk use them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import Desk, Window
from PIL import Image
from playwright.sync_api import Page, expect

XSS = '"><script>window.__xss=1</script><img src=x onerror="window.__xss=1">'
SMALLEST_TARGET = 40


def _send(page: Page) -> None:
    page.click(".k-actions button[type=submit]")


def _desk(window: Window, name: str) -> None:
    page = window.go("/r/desk/new")
    page.get_by_label("Name").fill(name)
    _send(page)
    page.wait_for_url(re.compile(r"/r/desk/\d+$"))


def _task(window: Window, name: str, **values: str) -> str:
    """The path of a task made by typing into the form."""
    page = window.go("/r/task/new")
    page.get_by_label("Name").fill(name)
    for path, value in values.items():
        page.locator(f"[name='/{path}']").fill(value)
    _send(page)
    page.wait_for_url(re.compile(r"/r/task/\d+$"))
    return page.url.removeprefix(window.address)


def _choose(page: Page, label: str, text: str) -> None:
    picker = page.get_by_role("combobox", name=label)
    picker.click()
    picker.press_sequentially(text, delay=20)
    page.get_by_role("option", name=text).click()


def test_a_task_goes_its_way_by_buttons_and_dialogs(browser_desk: Desk, tmp_path: Path) -> None:
    _desk(browser_desk.window("manager"), "Way desk")
    window = browser_desk.window("clerk", width=820, height=1180)
    path = _task(window, "Way", price="80")
    page = window.page
    badge = page.locator(".page-header .k-state")
    expect(badge).to_have_text("Requested")
    assert badge.evaluate("one => getComputedStyle(one).backgroundColor") not in {"rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"}
    page.get_by_role("button", name="Confirm", exact=True).click()
    expect(badge).to_have_text("Confirmed")
    expect(page.get_by_role("button", name="Start")).to_be_disabled()
    expect(page.get_by_role("button", name="Start")).to_have_accessible_description("Nothing has been paid yet.")
    expect(page.get_by_role("link", name="Edit")).to_have_count(0)
    page.get_by_role("link", name="Take payment").click()
    page.get_by_label("Paid").fill("50")
    _send(page)
    expect(page.locator("[data-summary]")).to_contain_text("The whole price must be paid.")
    expect(page.get_by_label("Paid")).to_have_value("50")
    page.get_by_label("Paid").fill("80")
    _send(page)
    page.wait_for_url(f"**{path}")
    page.get_by_role("button", name="Start").click()
    expect(badge).to_have_text("Under way")
    page.get_by_role("link", name="Finish").click()
    picture = tmp_path / "after.png"
    Image.new("RGB", (300, 200), "teal").save(picture)
    page.locator("input[type=file][name='/photo']").set_input_files(picture)
    _choose(page, "Desk", "Way desk")
    page.get_by_label("Comment").fill(f"all well {XSS}")
    _send(page)
    page.wait_for_url(f"**{path}")
    expect(badge).to_have_text("Done")
    expect(page.locator("img.k-thumbnail")).to_have_count(1)
    expect(page.locator(".k-step-buttons")).to_have_count(0)
    expect(page.locator(".k-comment")).to_contain_text("all well")
    expect(page.locator(".k-history article")).to_have_count(5)
    assert page.evaluate("window.__xss") is None


def test_conditions_of_a_dialog_follow_what_is_typed(browser_desk: Desk) -> None:
    window = browser_desk.window("clerk")
    path = _task(window, "Conditional")
    page = window.go(f"{path}/do/cancel")
    details = page.get_by_label("Details")
    expect(details).to_be_hidden()
    page.get_by_role("radiogroup", name="Why").get_by_text("Other").click()
    expect(details).to_be_visible()
    expect(details).to_have_attribute("aria-required", "true")
    _send(page)
    summary = page.locator("[data-summary]")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Comment").click()
    expect(page.get_by_label("Comment")).to_be_focused()
    expect(page.get_by_role("radio", name="Other")).to_be_checked()
    details.fill("because")
    page.get_by_label("Comment").fill("called")
    _send(page)
    expect(page.locator(".page-header .k-state")).to_have_text("Cancelled")


def test_a_double_click_is_one_step(browser_desk: Desk) -> None:
    window = browser_desk.window("clerk")
    path = _task(window, "Impatient")
    window.page.get_by_role("button", name="Confirm", exact=True).dblclick()
    expect(window.page.locator(".page-header .k-state")).to_have_text("Confirmed")
    page = window.go(f"{path}/history")
    expect(page.locator("article")).to_have_count(2)
    page.go_back()
    expect(page.locator(".page-header .k-state")).to_have_text("Confirmed")


def test_a_taken_time_is_changed_by_one_click(browser_desk: Desk) -> None:
    _desk(browser_desk.window("manager"), "Busy desk")
    window = browser_desk.window("clerk", width=820, height=1180)
    for name in ("First come", "Second come"):
        page = window.go("/r/task/new")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Note").fill(f"about {name}")
        _choose(page, "Desk", "Busy desk")
        page.locator("[name='/starts_at']").fill("2027-01-11T10:00")
        page.locator("[name='/ends_at']").fill("2027-01-11T11:00")
        _send(page)
        page.wait_for_load_state()
    expect(page.locator("[data-summary]")).to_contain_text("The desk is taken then.")
    page.locator(".k-offers button").first.click()
    expect(page.locator("[data-filled]")).to_be_focused()
    expect(page.get_by_label("Note")).to_have_value("about Second come")
    _send(page)
    page.wait_for_url(re.compile(r"/r/task/\d+$"))
    expect(page.get_by_role("heading", name="Second come")).to_be_visible()


def test_a_reason_saves_in_spite_of_a_rule(browser_desk: Desk) -> None:
    page = browser_desk.window("clerk").go("/r/task/new")
    page.get_by_label("Name").fill("All day")
    page.locator("[name='/starts_at']").fill("2027-01-12T08:00")
    page.locator("[name='/ends_at']").fill("2027-01-12T18:00")
    _send(page)
    expect(page.locator("[data-questions]")).to_be_focused()
    page.get_by_label("Reason").fill("agreed on the phone")
    page.locator(".k-actions").get_by_role("button", name="Save all the same").click()
    page.wait_for_url(re.compile(r"/r/task/\d+$"))
    expect(page.locator(".k-note")).to_contain_text("agreed on the phone")


def test_the_diagram_opens_within_the_page(browser_desk: Desk) -> None:
    window = browser_desk.window("clerk", language="zh-CN")
    page = window.go("/r/task/new")
    # Another test may have chosen a language for this user, which goes before the browser's.
    page.locator('[name="/name"]').fill("Drawn")
    _send(page)
    page.wait_for_url(re.compile(r"/r/task/\d+$"))
    page.locator("summary", has_text=re.compile("流程|Process")).click()
    drawing = page.locator(".k-diagram svg")
    expect(drawing).to_be_visible()
    expect(drawing).to_contain_text(re.compile("进行中|Under way"))
    box = drawing.bounding_box()
    assert box and box["width"] > 300 and box["height"] > 200


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_pages_of_steps_fit_the_screen_and_the_finger(browser_desk: Desk, width: int) -> None:
    window = browser_desk.window("manager", width=width, height=844)
    path = _task(window, f"A task of a rather long name {width}", price="0")
    places = ["/r/task/", path, f"{path}/do/cancel", f"{path}/do/discard", f"{path}/do/start", f"{path}/edit", f"{path}/history", f"{path}/diagram"]
    for place in places:
        page = window.go(place)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
        for element in page.locator("main :is(.btn, .form-control, .form-select, summary):visible").all():
            box = element.bounding_box()
            assert box and box["height"] >= SMALLEST_TARGET, (place, element.evaluate("e => e.outerHTML.slice(0, 200)"))


def test_steps_work_without_script(browser_desk: Desk) -> None:
    path = _task(browser_desk.window("manager"), "Plain")
    window = browser_desk.window("clerk", script=False)
    page = window.go(path)
    page.get_by_role("button", name="Confirm", exact=True).click()
    expect(page.locator(".page-header .k-state")).to_have_text("Confirmed")
    page.locator("summary", has_text="Process").click()
    page.get_by_role("link", name="Show the diagram").click()
    expect(page.locator(".k-diagram svg")).to_be_visible()
    page = window.go(path)
    page.get_by_role("link", name="Cancel it").click()
    page.locator(".k-actions").get_by_role("button", name="Cancel it").click()
    expect(page.locator("[data-summary]")).to_contain_text("Why")
    page.get_by_role("radiogroup", name="Why").get_by_text("Moved").click()
    page.get_by_label("Comment").fill("called")
    page.locator(".k-actions").get_by_role("button", name="Cancel it").click()
    expect(page.locator(".page-header .k-state")).to_have_text("Cancelled")


def test_a_dialog_shows_what_it_asks_for_although_the_record_does_not_yet(browser_desk: Desk) -> None:
    window = browser_desk.window("clerk")
    page = window.go("/r/call/new")
    page.get_by_label("Name").fill("A call")
    expect(page.get_by_label("Result")).to_be_hidden()
    _send(page)
    page.get_by_role("link", name="Close", exact=True).click()
    expect(page.get_by_label("Why")).to_be_visible()
    expect(page.get_by_label("Result")).to_be_visible()
    page.get_by_label("Why").fill("done")
    _send(page)
    expect(page.locator(".page-header .k-state")).to_have_text("Closed")
