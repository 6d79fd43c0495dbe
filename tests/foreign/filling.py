"""Fills in the form of a foreign type in a browser as a person would: control by control, from a sample instance."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from corpus import Foreign, judge
from drawing import Drawing
from playwright.sync_api import Locator, Page

from kartotek.kinds.equality import canonical
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.problem import pointer
from kartotek.web.posted import strings_of, wire_of
from kartotek.web.structures import structured

_TRIES = 300
_TEXT_LINES = frozenset({"longtext", "json"})


def sample_of(one: Foreign, record_type: RecordType) -> dict[str, Any] | None:
    """The richest valid instance that its own sample or a plain drawing gives and whose values can be typed."""
    judged, drawing = judge(one.schema), Drawing(one.schema, 11, plain=True)
    drawn = [drawing.instance() for _ in range(_TRIES)]
    given = [_without_blanks(made) for made in one.samples]
    found = [made for made in given + drawn if isinstance(made, dict) and judged(made) and _typable(record_type, made)]
    return max([made for made in given if made in found] or found, key=lambda made: len(json.dumps(made)), default=None)


def is_plain(record_type: RecordType, instance: Mapping[str, Any], timezone: str) -> bool:
    """Whether the controls of an empty form can take the instance; else the record is filled in as JSON."""
    empty, full = controls_of(record_type, {}, timezone), controls_of(record_type, instance, timezone)
    return all(one.kind == other.kind and one.settings.keys() == other.settings.keys() for one, other in zip(empty, full, strict=True))


def fill_whole(page: Page, instance: Mapping[str, Any]) -> int:
    """Types the instance as JSON."""
    page.locator("[data-json-editor] textarea").fill(json.dumps(instance, ensure_ascii=False))
    page.click("[data-json-tidy]")
    return 1


def controls_of(record_type: RecordType, instance: Mapping[str, Any], timezone: str) -> list[Field]:
    """The fields as the form shows them."""
    made = (structured(one, record_type.schema, instance.get(one.name), timezone) for one in record_type.fields)
    return [replace(one, required=False, settings={"timezone": timezone}) if one.kind == "instant" else one for one in made]


def fill(page: Page, fields: Sequence[Field], instance: Mapping[str, Any]) -> int:
    """Types the instance into the open form; how many controls were touched."""
    strings = strings_of(fields, instance, "en")
    _add_rows(page, fields, strings, "")
    touched = 0
    for path, values in strings.items():
        touched += _fill_one(page, _shown(page, path), values) if values and not _is_table(fields, path) else 0
    return touched


def save(page: Page) -> int:
    """Saves the form; the id of its record. What the form says of a refusal is the error."""
    page.click(".k-actions button[type=submit]")
    page.wait_for_load_state()
    found = re.search(r"/r/\w+/(\d+)(\?|$)", page.url)
    if found is None or page.url.endswith("/edit"):
        raise AssertionError(page.locator("[data-summary]").inner_text() if page.locator("[data-summary]").count() else page.url)
    return int(found[1])


def stored(address: str, secret: str, type_name: str, id: int) -> Any:
    """The record's fields as the API gives them."""
    asked = urllib.request.Request(f"{address}/api/v1/records/{type_name}/{id}", headers={"Authorization": f"Bearer {secret}"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        return json.loads(answer.read())["fields"]


def are_equal(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same."""
    return canonical(one) == canonical(other)


def _without_blanks(value: Any) -> Any:
    """Nobody types an empty text."""
    if isinstance(value, dict):
        return {name: _without_blanks(one) for name, one in value.items() if one not in ("", None)}
    return [_without_blanks(one) for one in value] if isinstance(value, list) else value


def _typable(record_type: RecordType, instance: Mapping[str, Any]) -> bool:
    if any(name not in record_type.by_name for name in instance):
        return False
    fields = controls_of(record_type, instance, "Asia/Shanghai")
    strings = strings_of(fields, instance, "en")
    wire, problems = wire_of(fields, strings, "en")
    return not problems and are_equal(wire, instance)


def _add_rows(page: Page, fields: Sequence[Field], strings: dict[str, list[str]], prefix: str) -> None:
    for field in fields:
        path = prefix + pointer(field.name)
        if field.kind == "object":
            _add_rows(page, field.fields, strings, path)
        elif field.kind == "rows":
            table = page.locator(f"[data-rows={json.dumps(path)}]")
            for _ in strings[path]:
                table.locator("[data-row-add]").click()


def _is_table(fields: Sequence[Field], path: str) -> bool:
    for field in fields:
        here = pointer(field.name)
        if path == here:
            return field.kind == "rows"
        if field.kind == "object" and path.startswith(here + "/"):
            return _is_table(field.fields, path.removeprefix(here))
    return False


def _shown(page: Page, path: str) -> Locator:
    """The controls of a path; rows that a button added are found by their place."""
    found = page.locator(f"[name={json.dumps(path)}]:not([type=hidden])")
    if found.count():
        return found
    table, place, member = re.fullmatch(r"(.*)/(\d+)(/[^/]*)", path).groups()  # type: ignore[union-attr]
    row = page.locator(f"[data-rows={json.dumps(table)}] tbody > tr[data-row]").nth(int(place))
    return row.locator(f"[name$={json.dumps(member)}]:not([type=hidden])")


def _fill_one(page: Page, control: Locator, values: Sequence[str]) -> int:
    tag, kind = control.first.evaluate("one => [one.tagName, one.type]")
    _unfold(control.first)
    if tag == "SELECT":
        control.select_option(values[0])
    elif kind in ("radio", "checkbox"):
        for value in values:
            box = control.and_(page.locator(f"[value={json.dumps(value)}]"))
            if box.count():
                box.evaluate("one => one.click()")
            elif kind == "checkbox":
                control.evaluate("(one, wanted) => { if (one.checked !== wanted) one.click(); }", value == "true")
    else:
        control.fill(values[0])
    return 1


def _unfold(control: Locator) -> None:
    control.evaluate("one => { for (let at = one.closest('details'); at; at = at.parentElement.closest('details')) at.open = true; }")
