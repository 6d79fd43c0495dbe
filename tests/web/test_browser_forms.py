"""Forms in Chromium: what follows from what is typed, what is sent at once, and that nothing typed is lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import Desk
from PIL import Image
from playwright.sync_api import Page, expect

SAVED = re.compile(r"/r/sample/\d+$")
NOISE = (1000, 900)  # some 2.7 MB as PNG: more than an ordinary request may have


def _save(page: Page) -> None:
    page.click(".k-actions button[type=submit]")


def _fill_every_kind(page: Page) -> None:
    for label, text in {
        "Text": "Everything", "Long": "two\nlines", "Markdown": "**fat**", "Whole": "42", "Float": "1.5", "Money": "12.30", "Day": "2026-05-20",
        "Clock": "09:30", "Moment": "2026-05-20T10:15", "Span": "1:30", "Mail": "a@example.org", "Phone": "138 0013 8000",
        "Link": "https://example.org", "Uuid": "8f14e45f-ceea-467f-a0f5-0a1b2c3d4e5f", "City": "Xi'an",
    }.items():  # fmt: skip
        page.get_by_label(label, exact=True).first.fill(text)
    page.locator("input[name='/color']").fill("#336699")
    page.locator("[data-monthday] select").first.select_option("05")
    page.locator("[data-monthday] select").last.select_option("20")
    for text in ("A", "Second", "Y"):
        page.locator("fieldset .form-selectgroup-label").get_by_text(text, exact=True).click()
    page.locator("[data-path='/maybe'] .form-selectgroup-label").get_by_text("No", exact=True).click()
    page.get_by_label("Yes", exact=True).last.check()
    page.locator(".k-rating label").nth(3).click()


@pytest.mark.parametrize("width", [390, 820])
def test_every_kind_is_filled_in_and_read_again(browser_desk: Desk, width: int) -> None:
    page = browser_desk.window("manager", width=width, height=1000).go("/r/sample/new")
    _fill_every_kind(page)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("[data-preview-place] strong")).to_have_text("fat")
    page.get_by_role("button", name="Add a row").click()
    page.get_by_role("button", name="Add a row").click()
    for place, text in enumerate(("first", "second")):
        page.locator("tr[data-row]").nth(place).get_by_label("Label").fill(text)
    grip, top = page.locator("tr[data-row]").nth(1).locator("[data-row-grip]"), page.locator("tr[data-row]").nth(0)
    grip.evaluate("grip => grip.scrollIntoView({block: 'center', behavior: 'instant'})")
    start, goal = grip.bounding_box(), top.bounding_box()
    assert start and goal
    page.mouse.move(start["x"] + 10, start["y"] + 20)
    page.mouse.down()
    page.mouse.move(start["x"] + 10, goal["y"] + 5, steps=4)
    page.mouse.up()
    _save(page)
    page.wait_for_url(SAVED)
    values = page.locator(".k-values")
    for text in ("Everything", "42", "May 20", "#336699", "1 hr 30 min", "A", "Second", "Xi'an", "+86 138 0013 8000"):
        expect(values.get_by_text(text).first).to_be_visible()
    expect(page.locator(".k-stars .k-star-on")).to_have_count(4)
    expect(page.locator(".k-rows-shown tbody tr").first).to_contain_text("second")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_large_picture_is_sent_when_it_is_chosen_and_survives_a_refusal(browser_desk: Desk, tmp_path: Path) -> None:
    picture = tmp_path / "large.png"
    Image.effect_noise(NOISE, 90).convert("RGB").save(picture, compress_level=0)
    page = browser_desk.window("manager").go("/r/sample/new")
    page.locator("input[type=file][name='/image']").set_input_files(picture)
    kept = page.get_by_role("checkbox", name="large.png")
    expect(kept).to_be_checked()
    page.get_by_label("Mail", exact=True).fill("no address")
    _save(page)
    expect(page.locator("[data-summary]")).to_be_focused()
    expect(kept).to_be_checked()
    page.get_by_label("Mail", exact=True).fill("")
    _save(page)
    page.wait_for_url(SAVED)
    assert page.locator("img.k-thumbnail").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_what_was_typed_is_offered_again_and_no_connection_loses_nothing(browser_desk: Desk) -> None:
    window = browser_desk.window("manager")
    page = window.go("/r/sample/new")
    page.get_by_label("Text", exact=True).fill("Half done")
    page.get_by_role("button", name="Add a row").click()
    page.locator("tr[data-row]").get_by_label("Label").fill("kept row")
    page.once("dialog", lambda dialog: dialog.accept())  # the question before unsaved work is left
    window.go("/")
    page = window.go("/r/sample/new")
    page.get_by_role("button", name="Take it up again").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value("Half done")
    expect(page.locator("tr[data-row]").get_by_label("Label")).to_have_value("kept row")
    window.context.set_offline(True)
    _save(page)
    expect(page.get_by_text("There is no connection.")).to_be_visible()
    window.context.set_offline(False)
    _save(page)
    page.wait_for_url(SAVED)
    expect(window.go("/r/sample/new").locator("[data-draft]")).to_be_hidden()


def test_a_picker_makes_what_is_missing_and_can_be_cleared(browser_desk: Desk) -> None:
    window = browser_desk.window("manager")
    page = window.go("/r/sample/new")
    page.get_by_label("Text", exact=True).fill("With somebody new")
    picker = page.get_by_role("combobox", name="Person", exact=True)
    picker.click()
    picker.fill("Zora")
    with window.context.expect_page() as opened:
        page.get_by_role("option", name="New: Person").click()
    made = opened.value
    expect(made.get_by_label("Name", exact=True)).to_have_value("Zora")
    with made.expect_event("close"):
        made.click(".k-actions button[type=submit]")
    expect(picker).to_have_value("Zora")
    page.get_by_role("button", name="Clear").first.click()
    expect(picker).to_have_value("")


def test_computed_values_and_conditions_of_rows_follow_what_is_typed(browser_desk: Desk) -> None:
    page = browser_desk.window("manager").go("/r/bill/new")
    total = page.locator("[data-path='/total'] [data-value]")
    expect(total).to_have_text("CN¥0.00")
    page.get_by_role("button", name="Add a row").click()
    row = page.locator("tr[data-row]").first
    row.get_by_label("Price").fill("12.50")
    row.get_by_label("Quantity").fill("3")
    expect(row.locator("[data-value]")).to_have_text("CN¥37.50")
    expect(total).to_have_text("CN¥37.50")
    expect(row.get_by_label("Reason")).to_be_hidden()
    row.get_by_label("Quantity").fill("11")
    expect(row.get_by_label("Reason")).to_be_visible()
    expect(row.get_by_label("Reason")).to_have_attribute("aria-required", "true")
    expect(page.get_by_label("Street")).to_be_hidden()
    page.get_by_label("City").fill("Bern")
    expect(page.get_by_label("Street")).to_be_visible()
    _save(page)
    page.locator("[data-summary]").get_by_role("link", name="Reason").click()
    expect(row.get_by_label("Reason")).to_be_focused()
    row.get_by_label("Reason").fill("many")
    page.get_by_label("Zip").fill("3011")
    _save(page)
    page.wait_for_url(re.compile(r"/r/bill/\d+$"))
    expect(page.locator(".k-values").get_by_text("CN¥137.50").first).to_be_visible()


def test_somebody_is_invited_and_comes_in(browser_desk: Desk) -> None:
    width = 820
    owner, guest = browser_desk.window("owner", width=width), browser_desk.window(width=width)
    page = owner.go("/users/new")
    page.get_by_label("Name", exact=True).fill("Grace H.")
    page.get_by_label("Signs in as").fill("grace")
    page.locator(".form-selectgroup-label").get_by_text("Clerk").click()
    page.get_by_role("button", name="Invite").click()
    link = page.get_by_label("Link", exact=True).input_value()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    guest.page.goto(link)
    guest.page.get_by_label("New password").fill("seven quiet rivers")
    guest.page.get_by_label("Once more").fill("seven quiet rivers")
    guest.page.get_by_role("button", name="Set the password and sign in").click()
    expect(guest.page.get_by_text("Welcome, Grace H.")).to_be_visible()
    page = owner.go("/users/")
    page.get_by_role("row", name="grace").get_by_role("link").click()
    page.get_by_label("May sign in").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="grace")).to_contain_text("disabled")
    guest.go("/")
    expect(guest.page).to_have_url(re.compile("/login/"))
