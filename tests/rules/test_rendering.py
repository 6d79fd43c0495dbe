"""Rendering: what the pieces of a message come to in a language, a zone and a currency."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from kartotek.formula import UNRELATED
from kartotek.model.actor import Actor
from kartotek.model.formula import Formula, Member, Name, Type
from kartotek.model.process import Each, LinkTo, Piece, Placeholder, When
from kartotek.model.record import Record
from kartotek.rules.rendering import LONGEST, Manner, chosen, rendered
from kartotek.rules.setting import Setting

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
ACTOR = Actor.system("test")
MOMENT = datetime(2026, 11, 21, 15, 30, 20, tzinfo=UTC)


def field(name: str, type: Type, root: str = "record") -> Formula:
    """The formula `record.name`."""
    owner = Type("record", record="order") if root == "record" else Type("row", record="order.lines")
    node = Member(Name(root, owner, 0, 0), name, type, 0, 0)
    return Formula(f"{root}.{name}", node, type, True, frozenset({(root, name)}), frozenset())


def said(*pieces: Piece, language: str = "en", **values: Any) -> str:
    record = Record(type="order", id=1, values=values)
    setting = Setting(ACTOR, NOW, {"record": record}, UNRELATED)
    manner = Manner(language=language, zone="Asia/Shanghai", currency="CNY", link=lambda name: f"https://x/l/{name}")
    return rendered(pieces, setting, manner)


@pytest.mark.parametrize(
    ("value", "type", "style", "en", "zh"),
    [
        (Decimal("1234.50"), Type("decimal", scale=2, currency="EUR"), "money", "€1,234.50", "€1,234.50"),
        (Decimal("1234.50"), Type("decimal", scale=2), "money", "CN¥1,234.50", "¥1,234.50"),
        (Decimal("1234.50"), Type("decimal", scale=2), "", "1,234.50", "1,234.50"),
        (1234567, Type("int"), "number", "1,234,567", "1,234,567"),
        (0.1 + 0.2, Type("number"), "", "0.3", "0.3"),
        (date(2026, 2, 3), Type("date"), "date", "Feb 3, 2026", "2026年2月3日"),
        (MOMENT, Type("instant"), "date", "Nov 21, 2026", "2026年11月21日"),
        (MOMENT, Type("instant"), "time", "11:30 PM", "23:30"),
        (MOMENT.replace(second=0), Type("instant"), "datetime", "Nov 21, 2026 11:30 PM", "2026年11月21日 23:30"),
        (time(9, 5), Type("time"), "", "9:05 AM", "09:05"),
        (timedelta(minutes=90), Type("duration"), "", "1 hr 30 min", "1小时30分钟"),
        (True, Type("bool"), "", "Yes", "是"),
        ("as it is <b>{x}", Type("string"), "", "as it is <b>{x}", "as it is <b>{x}"),
    ],
)
def test_a_value_is_written_as_its_reader_expects(value: Any, type: Type, style: str, en: str, zh: str) -> None:
    piece = Placeholder(field("x", type), style)
    assert (said(piece, x=value), said(piece, x=value, language="zh")) == (en, zh)


def test_what_is_absent_is_left_out_and_no_condition_holds_by_it() -> None:
    text, flag = field("x", Type("string")), field("flag", Type("bool"))
    pieces = ("a", Placeholder(text), When(flag, ("yes",), ("no",)), "z")
    assert (said(*pieces), said(*pieces, flag=True, x="b"), said(*pieces, flag=False)) == ("anoz", "abyesz", "anoz")


def test_a_block_is_repeated_for_each_element() -> None:
    lines = field("lines", Type("list", Type("row", record="order.lines")))
    name = field("name", Type("string"), "item")
    pieces = Each(lines, ("- ", Placeholder(name), "\n"))
    assert said(pieces, lines=({"name": "a"}, {"name": "b"})) == "- a\n- b\n"
    assert said(pieces) == ""


def test_a_text_that_nobody_reads_to_its_end_is_cut() -> None:
    lines = field("lines", Type("list", Type("row", record="order.lines")))
    assert len(said(Each(lines, ("x" * 1000,)), lines=({},) * 5000)) == LONGEST


def test_a_link_is_asked_for_by_its_name() -> None:
    assert said("see ", LinkTo("confirm")) == "see https://x/l/confirm"


@pytest.mark.parametrize(
    ("texts", "wanted", "found"),
    [
        ({"en": ("e",), "zh": ("z",)}, ["zh"], "zh"), ({"en": ("e",), "zh": ("z",)}, ["zh-CN", "en"], "zh"),
        ({"en": ("e",), "zh": ("z",)}, ["fr", "zh"], "zh"), ({"en": ("e",)}, ["fr"], "en"), ({}, ["en"], ""),
    ],
)  # fmt: skip
def test_a_language_is_chosen_in_the_order_of_wishes(texts: Any, wanted: list[str], found: str) -> None:
    assert chosen(texts, wanted)[0] == found
