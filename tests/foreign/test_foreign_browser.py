"""Three forms of foreign types in a browser: groups, tables, lines and the JSON editor, on a tablet's width."""

from __future__ import annotations

import json
from pathlib import Path

from browser import desk
from corpus import all_schemas
from filling import save, stored
from playwright.sync_api import Page, expect
from serving import served_site
from test_foreign_forms import FULL, ODD
from verdicts import are_same

GROUPS, TABLES = "ocpp_v201_boot_notification_request", "ss_chart"


def test_three_foreign_forms_are_filled_in_and_edited(tmp_path: Path) -> None:
    files = {one.name: one.text for one in all_schemas() if one.name in (GROUPS, TABLES)} | {"odd": json.dumps(ODD)}
    with served_site(tmp_path, files) as site, desk(site.address) as front:
        window = front.window("owner", width=820, height=1180)
        page = window.page

        def kept(name: str, id: int) -> object:
            return stored(site.address, site.secret, name, id)

        page.goto(f"{site.address}/r/{GROUPS}/new")
        page.locator("[name='/chargingStation/model']").fill("M1")
        page.locator("[name='/chargingStation/vendorName']").fill("张三")
        page.locator("[name='/chargingStation/modem/iccid']").fill("8988")
        page.locator("[name='/reason']").select_option("PowerUp")
        id = save(page)
        station = {"model": "M1", "vendorName": "张三", "modem": {"iccid": "8988"}}
        assert kept(GROUPS, id) == {"chargingStation": station, "reason": "PowerUp"}

        page.goto(f"{site.address}/r/{TABLES}/new")
        _pick(page, "/apiVersion", "v2")
        page.locator("[name='/name']").fill("chart")
        page.locator("[name='/version']").fill("1.0.0")
        page.locator("[name='/keywords']").fill("one\ntwo words")
        table = page.locator("[data-rows='/maintainers']")
        table.locator("[data-row-add]").click()
        table.locator("[name$='/name']").first.fill("Åse")
        id = save(page)
        assert kept(TABLES, id) == {
            "apiVersion": "v2", "name": "chart", "version": "1.0.0", "keywords": ["one", "two words"], "maintainers": [{"name": "Åse"}],
            "type": "application",  # the declared default
        }  # fmt: skip
        _edit_as_json(page, site.address, kept)
        front.close_windows()


def _edit_as_json(page: Page, address: str, kept: object) -> None:
    page.goto(f"{address}/r/odd/new?~whole=1")
    page.locator("[data-json-editor] textarea").fill(json.dumps(FULL))
    id = save(page)
    page.goto(f"{address}/r/odd/{id}/edit")
    editor = page.locator("[data-json-editor]").filter(has=page.locator("[name='/free']"))
    text, status = editor.locator("textarea"), editor.locator("[data-json-status]")
    text.fill('{"a": 18446744073709551616,\n "b" 1.0}')
    expect(status).to_contain_text("Line 2, column 6")
    text.fill("")
    text.press_sequentially("{\u201ca\u201d: 18446744073709551616, \u201cb\u201d: [1.0]}")
    expect(status).to_have_attribute("data-state", "good")
    editor.locator("[data-json-tidy]").click()
    expect(text).to_have_value('{\n  "a": 18446744073709551616,\n  "b": [1.0]\n}')
    page.locator("[name='/count']").fill("nonsense")
    page.click(".k-actions button[type=submit]")
    expect(page.locator("[data-summary]")).to_be_visible()
    expect(text).to_have_value('{\n  "a": 18446744073709551616,\n  "b": [1.0]\n}')
    page.locator("[name='/count']").fill("7")
    save(page)
    assert are_same(kept("odd", id), {**FULL, "free": {"a": 2**64, "b": [1.0]}, "count": 7})  # type: ignore[operator]


def _pick(page: Page, path: str, value: str) -> None:
    """Chooses an option, whether it stands in a list or as a button."""
    control = page.locator(f"[name='{path}']")
    if control.first.evaluate("one => one.tagName") == "SELECT":
        control.select_option(value)
    else:
        page.locator(f"[name='{path}'][value='{value}']").evaluate("one => one.click()")
