"""Walks through the pages in Chromium, against a real server, as the people at the desk use them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import Desk, Window
from PIL import Image
from playwright.sync_api import Page, expect

XSS = '"><script>window.__xss=1</script><img src=x onerror="window.__xss=1">'
SMALLEST_TARGET = 40


def _save(page: Page) -> None:
    page.click(".k-actions button[type=submit]")


def _new_person(window: Window, name: str, **values: str) -> str:
    """The path of a person made by typing into the form."""
    page = window.go("/r/person/new")
    page.get_by_label("Name", exact=True).fill(name)
    for label, value in values.items():
        page.get_by_label(label).fill(value)
    _save(page)
    page.wait_for_url(re.compile(r"/r/person/\d+$"))
    return page.url.removeprefix(window.address)


def test_create_find_edit_conflict_history_delete_restore(browser_desk: Desk) -> None:
    one, two = browser_desk.window("manager"), browser_desk.window("clerk")
    path = _new_person(one, "欧阳", Phone="138 0013 8000")

    page = one.go("/r/person/")
    page.get_by_role("searchbox", name="Search this list").press_sequentially("欧", delay=20)
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("search="))
    page.get_by_role("link", name="欧阳").click()
    page.wait_for_url(f"**{path}")

    mine, theirs = one.go(path + "/edit"), two.go(path + "/edit")
    theirs.get_by_label("Name", exact=True).fill("欧阳 Theirs")
    theirs.get_by_label("E-mail").fill("theirs@example.org")
    _save(theirs)
    theirs.wait_for_url(f"**{path}")
    mine.get_by_label("Name", exact=True).fill("欧阳 Mine")
    _save(mine)
    conflict = mine.locator("[data-conflict]")
    expect(conflict).to_be_focused()
    expect(conflict).to_contain_text("clerk")
    expect(conflict.locator("tr.k-clash")).to_contain_text("欧阳 Mine")
    expect(mine.get_by_label("Name", exact=True)).to_have_value("欧阳 Mine")
    expect(mine.get_by_label("E-mail")).to_have_value("theirs@example.org")
    _save(mine)
    mine.wait_for_url(f"**{path}")

    history = mine.locator(".k-history")
    expect(history.locator("article")).to_have_count(3)
    expect(history.locator("del").first).to_have_text("欧阳 Theirs")
    expect(history.locator("ins").first).to_have_text("欧阳 Mine")

    mine.get_by_role("link", name="Delete").click()
    mine.get_by_role("button", name="Delete").click()
    expect(mine.get_by_text("Moved to the trash")).to_be_visible()
    assert two.page.goto(two.address + path).status == 404  # type: ignore[union-attr]
    mine.goto(one.address + "/r/person/?trash=1")
    mine.get_by_role("row", name="欧阳 Mine").get_by_role("button", name="Restore").click()
    mine.wait_for_url(f"**{path}")
    expect(mine.get_by_role("heading", name="欧阳 Mine")).to_be_visible()


def test_rows_are_added_filled_moved_and_removed(browser_desk: Desk) -> None:
    window = browser_desk.window("manager")
    for name in ("Pen", "Paper", "Ink"):
        page = window.go("/r/item/new")
        page.get_by_label("Name").fill(name)
        _save(page)
        page.wait_for_url(re.compile(r"/r/item/\d+$"))
    _new_person(window, "Rows Person")
    page = window.go("/r/order/new")
    picker = page.get_by_role("combobox", name="Person")
    picker.click()
    picker.press_sequentially("Rows", delay=20)
    page.get_by_role("option", name="Rows Person").click()
    for place, name in enumerate(("Pen", "Paper", "Ink")):
        page.get_by_role("button", name="Add a row").click()
        row = page.locator("tr[data-row]").nth(place)
        item = row.get_by_role("combobox", name="Item")
        expect(item).to_be_focused()
        item.press_sequentially(name, delay=20)
        expect(page.get_by_role("option", name=name)).to_be_visible()
        item.press("Enter")
        expect(item).to_have_value(name)
        row.get_by_label("Quantity").fill(str(place + 1))
    page.locator("tr[data-row]").nth(2).get_by_role("button", name="Move up").click()
    page.locator("tr[data-row]").nth(0).get_by_role("button", name="Remove the row").click()
    _save(page)
    page.wait_for_url(re.compile(r"/r/order/\d+$"))
    shown = page.locator(".k-rows-shown tbody tr")
    expect(shown).to_have_count(2)
    expect(shown.nth(0)).to_contain_text("Ink")
    expect(shown.nth(1)).to_contain_text("Paper")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Rows Person")


def test_conditions_follow_what_is_typed(browser_desk: Desk) -> None:
    page = browser_desk.window("clerk").go("/r/person/new")
    number = page.get_by_label("Member number")
    expect(number).to_be_hidden()
    page.get_by_label("Member", exact=True).check()
    expect(number).to_be_visible()
    expect(number).to_have_attribute("aria-required", "true")
    page.get_by_label("Name", exact=True).fill("Conditional")
    _save(page)
    summary = page.locator("[data-summary]")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Member number").click()
    expect(number).to_be_focused()
    expect(number).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Conditional")
    number.fill("M-1")
    _save(page)
    page.wait_for_url(re.compile(r"/r/person/\d+$"))


def test_a_list_is_sorted_by_its_headers_and_filtered(browser_desk: Desk) -> None:
    window = browser_desk.window("clerk")
    for name in ("Sorted A", "Sorted B"):
        _new_person(window, name)
    page = window.go("/r/person/?search=Sorted")
    names = page.locator("#list td.k-first")
    expect(names).to_have_text(["Sorted B", "Sorted A"])  # found equally well: the newest first
    page.get_by_role("link", name="Name").click()
    expect(names).to_have_text(["Sorted A", "Sorted B"])
    page.get_by_role("link", name="Name").click()
    expect(names).to_have_text(["Sorted B", "Sorted A"])
    page.get_by_role("link", name="Filter").click()
    page.locator("#panel").get_by_role("link", name="Level", exact=True).click()
    page.locator("#panel").get_by_label("Gold").check()
    page.locator("#panel").get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.go_back()
    expect(names).to_have_text(["Sorted B", "Sorted A"])


def test_an_image_is_uploaded_shown_and_removed(browser_desk: Desk, tmp_path: Path) -> None:
    picture = tmp_path / "a picture.png"
    Image.new("RGB", (300, 200), "teal").save(picture)
    page = browser_desk.window("manager").go("/r/sample/new")
    page.get_by_label("Text", exact=True).fill("With an image")
    page.locator("input[type=file][name='/image']").set_input_files(picture)
    _save(page)
    page.wait_for_url(re.compile(r"/r/sample/\d+$"))
    thumbnail = page.locator("img.k-thumbnail")
    expect(thumbnail).to_have_attribute("alt", "a picture.png")
    assert thumbnail.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("a picture.png").uncheck()
    _save(page)
    page.wait_for_url(re.compile(r"/r/sample/\d+$"))
    expect(thumbnail).to_have_count(0)


def test_the_pages_speak_chinese(browser_desk: Desk) -> None:
    window = browser_desk.window("clerk")
    page = window.go("/r/person/")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    page.get_by_role("link", name="新建").click()
    page.get_by_label("姓名").fill("李娜")
    page.get_by_role("button", name="保存").last.click()
    expect(page.get_by_text("已保存。")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_pages_fit_the_screen_and_the_finger(browser_desk: Desk, width: int) -> None:
    window = browser_desk.window("manager", width=width, height=844)
    path = _new_person(window, f"Ada Lovelace of a rather long name {width}", Phone="138 0013 8000")
    for place in ("/", "/r/person/", "/r/person/new", path, path + "/edit", "/r/order/new", "/r/sample/new", path + "/delete", "/account/"):
        page = window.go(place)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, place
        for element in page.locator("main :is(.btn, .form-control, .form-select, .form-selectgroup-label):visible").all():
            box = element.bounding_box()
            assert box and box["height"] >= SMALLEST_TARGET, (place, element.evaluate("e => e.outerHTML.slice(0, 200)"))
    if width < 992:
        page.get_by_role("button", name="Menu").click()
    expect(page.get_by_role("link", name="People")).to_be_visible()


def test_every_page_works_without_script(browser_desk: Desk) -> None:
    with_script = browser_desk.window("manager")
    page = with_script.go("/r/item/new")
    page.get_by_label("Name").fill("Plain thing")
    _save(page)
    page.wait_for_url(re.compile(r"/r/item/\d+$"))
    _new_person(with_script, "Plain person")
    page = browser_desk.window("clerk", script=False).go("/r/order/new")
    page.get_by_label("Person").select_option(label="Plain person")
    page.get_by_role("button", name="Add a row").click()
    page.get_by_label("Item").select_option(label="Plain thing")
    page.get_by_role("button", name="Add a row").click()
    expect(page.get_by_label("Quantity")).to_have_count(2)
    page.get_by_role("button", name="Remove the row").last.click()
    page.get_by_label("Quantity").fill("3")
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator(".k-rows-shown tbody tr")).to_have_count(1)
    page.goto(page.url.rpartition("/")[0] + "/?search=O-")
    expect(page.locator("#list tbody tr").first).to_be_visible()


def test_hostile_values_do_nothing(browser_desk: Desk) -> None:
    window = browser_desk.window("manager")
    path = _new_person(window, XSS[:60])
    page = window.go(path + "/edit")
    page.get_by_label("Note").fill(f"{XSS} [a](javascript:window.__xss=1) <svg onload=alert(1)>")
    page.get_by_label("Secret").fill(XSS)
    _save(page)
    page.wait_for_url(f"**{path}")
    for place in ("/r/person/", path, path + "/edit", path + "/history", path + "/delete", f"/r/person/?search={XSS}"):
        page = window.go(place)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.__xss") is None, place
    page = window.go("/r/order/new")
    page.get_by_role("combobox", name="Person").fill("script")
    expect(page.get_by_role("option").first).to_be_visible()
    assert page.evaluate("window.__xss") is None


def test_the_keyboard_reaches_the_content_and_the_picker(browser_desk: Desk) -> None:
    window = browser_desk.window("clerk")
    _new_person(window, "Keyboard Person")
    page = window.go("/r/order/new")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    picker = page.get_by_role("combobox", name="Person")
    picker.focus()
    picker.press_sequentially("Keyboard", delay=20)
    expect(page.get_by_role("option", name="Keyboard Person")).to_be_visible()
    picker.press("Enter")
    expect(picker).to_have_value("Keyboard Person")
    picker.press("Escape")
    expect(page.get_by_role("listbox")).to_have_count(0)


def test_a_session_that_ended_is_taken_up_where_it_was(browser_desk: Desk) -> None:
    window = browser_desk.window("clerk")
    page = window.go("/r/person/new")
    page.get_by_label("Name", exact=True).fill("Typed before lunch")
    window.context.clear_cookies()
    _save(page)
    expect(page.get_by_text("Your session has ended")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("clerk")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Sign in and send").click()
    expect(page.get_by_role("heading", name="Typed before lunch")).to_be_visible()
