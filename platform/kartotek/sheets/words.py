"""Words: yes and no, the options of a choice by value or title in any language, and what stands for nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from kartotek.kinds.kind import refuse
from kartotek.model.field import Field, Option
from kartotek.sheets.cells import Cell, key_of, plain, shown

NOTHING = frozenset(
    {
        "-",
        "--",
        "---",
        "/",
        "\\",
        "—",
        "——",
        "–",
        "无",
        "none",
        "n/a",
        "na",
        "#n/a",
        "null",
        "nil",
        "nan",
        "空",
        "未填",
        ".",
    }
)
_TRUE = frozenset(
    {
        "是",
        "有",
        "对",
        "真",
        "yes",
        "y",
        "true",
        "t",
        "1",
        "1.0",
        "√",
        "✓",
        "✔",
        "☑",
        "on",
        "已",
        "ja",
        "oui",
        "si",
        "sí",
        "x",
    }
)
_FALSE = frozenset(
    {
        "否",
        "无",
        "错",
        "假",
        "no",
        "n",
        "false",
        "f",
        "0",
        "0.0",
        "×",
        "✗",
        "✘",
        "☐",
        "off",
        "未",
        "没有",
        "nein",
        "non",
        "不",
        "不是",
    }
)
_STRONG = re.compile(r"[、;；\n|]")
_WEAK = re.compile(r"[、;；\n|,，/]")


def read_boolean(text: str) -> bool | None:
    """True or False for a plain word or sign, else None. A lone x is a cross on a list, which marks: yes."""
    word = text.casefold()
    return True if word in _TRUE else False if word in _FALSE else None


def option_finder(field: Field) -> Callable[[Cell, list[str]], Any]:
    """Cell → value of the option it names, by value or title in any language. Raises Refused where there is none."""
    by_key = _options(field)

    def find(cell: Cell, said: list[str]) -> Any:
        text = shown(cell)
        found = by_key.get(_key(text))
        if found is None:
            refuse("choice")
        if str(found.value) != text:
            said.append("option_title")
        return found.value

    return find


def _options(field: Field) -> Mapping[str, Option]:
    """{key: option}; values go before titles, and a title that two options share names neither."""
    by_value = {_key(_json(one.value)): one for one in field.options} | {
        _key(str(one.value)): one for one in field.options
    }
    by_title: dict[str, Option | None] = {}
    for one in field.options:
        for title in {_key(text) for text in (one.title, *one.titles.values()) if text}:
            by_title[title] = None if by_title.get(title, one) is not one else one
    return {key: one for key, one in by_title.items() if one} | by_value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _key(text: str) -> str:
    """Letters and digits of a title; a title that has none, such as + or ★, stands for itself."""
    return key_of(text) or plain(text)


def separated(text: str, *, strongly: bool = False) -> list[str]:
    """The parts of a cell with several values; commas and slashes separate only where they may."""
    parts = (_STRONG if strongly else _WEAK).split(text)
    return [one.strip() for one in parts if one.strip()]


def is_nothing(text: str) -> bool:
    return len(text) < 10 and plain(text).casefold() in NOTHING
