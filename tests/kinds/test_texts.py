"""What readers see, in their language, and what they type."""

from __future__ import annotations

from typing import Any

import pytest
from kind_samples import field_of

from kartotek.kinds.kind import Refused
from kartotek.kinds.registry import kind_of
from kartotek.model.missing import MISSING
from kartotek.model.settings import SiteSettings

_MONEY = {"type": "string", "format": "decimal", "x-field": {"scale": 2, "currency": "CNY"}}
_YEN = {"type": "string", "format": "decimal", "x-field": {"currency": "JPY"}}
_RATE = {"type": "string", "format": "decimal", "x-field": {"scale": 4, "currency": "CNY"}}
_CHOICE = {"oneOf": [{"const": "vip", "title": {"en": "Important", "zh": "贵宾"}}, {"const": "x", "deprecated": True}]}
_ROWS = {
    "type": "array",
    "items": {"type": "object", "properties": {"day": {"type": "string", "format": "date"}, "sum": _MONEY}},
}
_INSTANT = {"type": "string", "format": "date-time"}
_DURATION = {"type": "string", "format": "duration"}


def _string(format: str) -> dict[str, Any]:
    return {"type": "string", "format": format}


@pytest.mark.parametrize(
    ("fragment", "wire", "en", "zh"),
    [
        (_MONEY, "1234.50", "CN¥1,234.50", "¥1,234.50"),
        (_MONEY, "-1234.50", "-CN¥1,234.50", "-¥1,234.50"),
        (_RATE, "1.2500", "CN¥1.2500", "¥1.2500"),
        (_YEN, "1200", "¥1,200", "JP¥1,200"),
        ({"type": "string", "format": "decimal"}, "1234567.80", "1,234,567.80", "1,234,567.80"),
        ({"type": "integer"}, 1234567, "1,234,567", "1,234,567"),
        ({"type": "number"}, 1234.5, "1,234.5", "1,234.5"),
        ({"type": "number"}, 0.1 + 0.2, "0.3", "0.3"),
        ({"type": "boolean"}, True, "Yes", "是"),
        (_string("date"), "2026-11-21", "Nov 21, 2026", "2026年11月21日"),
        (_string("month-day"), "02-29", "Feb 29", "2月29日"),
        (_string("time"), "18:30:00", "6:30 PM", "18:30"),
        (_INSTANT, "2026-11-21T10:00:00Z", "Nov 21, 2026 6:00 PM", "2026年11月21日 18:00"),
        (_DURATION, "PT1H30M", "1 hr 30 min", "1小时30分钟"),
        (_DURATION, "-PT45M", "-45 min", "-45分钟"),
        (_CHOICE, "vip", "Important", "贵宾"),
        (_CHOICE, "x", "x", "x"),
        (_CHOICE, "gone", "gone", "gone"),
        ({"type": "array", "items": _CHOICE}, ["vip", "x"], "Important, x", "贵宾, x"),
        (_string("phone"), "+8613800138000", "+86 138 0013 8000", "+86 138 0013 8000"),
        (
            _ROWS,
            [{"day": "2026-11-21", "sum": "1.00"}, {"sum": None}],
            "Nov 21, 2026, CN¥1.00; ",
            "2026年11月21日, ¥1.00; ",
        ),
        ({"type": "string", "contentMediaType": "text/markdown"}, "# A\n\n*b* `<c>`\n\n- d", "A b <c> d", "A b <c> d"),
    ],
)
def test_text_is_in_the_readers_language(fragment: dict[str, Any], wire: Any, en: str, zh: str) -> None:
    field = field_of("f", fragment)
    assert kind_of(field).text(field, wire, "en") == en
    assert kind_of(field).text(field, wire, "zh-CN") == zh
    assert kind_of(field).text(field, wire, "zh") == zh


@pytest.mark.parametrize(
    ("fragment", "typed", "wire"),
    [
        (_MONEY, "￥1,234.50", "1234.50"),
        (_MONEY, " 12 ", "12"),
        (_MONEY, "１２．５", "12.5"),
        (_MONEY, "twelve", "twelve"),
        ({"type": "integer"}, "1,234", 1234),
        ({"type": "integer"}, "+7", 7),
        ({"type": "integer"}, "1.5", 1.5),
        ({"type": "number"}, "1e3", 1000.0),
        ({"type": "boolean"}, "on", True),
        (_string("date"), " 2026-11-21 ", "2026-11-21"),
        (_string("month-day"), "02/29", "02-29"),
        (_string("time"), "9:05", "09:05:00"),
        (_INSTANT, "2026-11-21T18:00", "2026-11-21T10:00:00Z"),
        (_INSTANT, "2026-11-21 18:00:30", "2026-11-21T10:00:30Z"),
        (_DURATION, "1:30", "PT1H30M"),
        (_DURATION, "PT45M", "PT45M"),
        (_string("email"), " a@b.cn ", "a@b.cn"),
        (_string("uri"), "https://例.cn/路?a=b%20c", "https://%E4%BE%8B.cn/%E8%B7%AF?a=b%20c"),
        ({"enum": [1, "1", True]}, "1", 1),
        ({"enum": [1, "1", True]}, '"1"', "1"),
        ({"enum": [1, "1", True]}, "true", True),
        ({"type": "array", "items": {"type": "integer"}, "x-field": {"references": "item"}}, "3", [3]),
        ({"type": "string", "x-field": {"widget": "textarea"}}, "a\r\nb", "a\nb"),
    ],
)
def test_what_is_typed_becomes_a_wire_value(fragment: dict[str, Any], typed: str, wire: Any) -> None:
    field = field_of("f", fragment)
    found = kind_of(field).from_form(field, [typed], "zh-CN")
    assert found == wire and type(found) is type(wire)


def test_box_after_a_hidden_false_says_whether_it_was_ticked() -> None:
    field = field_of("f", {"type": "boolean"})
    assert kind_of(field).from_form(field, ["false", "true"], "en") is True
    assert kind_of(field).from_form(field, ["false"], "en") is False
    assert kind_of(field).from_form(field, [], "en") is MISSING


def test_local_time_that_no_clock_shows_is_refused() -> None:
    field = field_of("f", _INSTANT, SiteSettings(timezone="America/New_York"))
    with pytest.raises(Refused) as refused:
        kind_of(field).from_form(field, ["2026-03-08T02:30"], "en")
    assert refused.value.problems[0].code == "local_time"
    assert kind_of(field).from_form(field, ["2026-11-01T01:30"], "en") == "2026-11-01T05:30:00Z"


def test_form_shows_an_instant_in_the_sites_zone_without_needless_seconds() -> None:
    field = field_of("f", _INSTANT)
    assert kind_of(field).to_form(field, "2026-11-21T10:00:00Z", "en") == ["2026-11-21T18:00"]
    assert kind_of(field).to_form(field, "2026-11-21T10:00:30Z", "en") == ["2026-11-21T18:00:30"]


def test_typed_json_that_is_none_is_refused() -> None:
    field = field_of("f", {"type": "object"})
    with pytest.raises(Refused):
        kind_of(field).from_form(field, ["{"], "en")
    with pytest.raises(Refused):
        kind_of(field).from_form(field, ["[NaN]"], "en")
