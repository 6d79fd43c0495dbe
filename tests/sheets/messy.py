"""A seeded maker of messy sheets, which knows of every cell what must become of it.

`python tests/sheets/messy.py 50000 people.xlsx` writes one for trying things out.
"""

from __future__ import annotations

import csv
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl

# (the cell of a text file, the cell of a workbook, what it becomes: a wire, None for nothing, or !code)
Cell = tuple[str, Any, Any]
HEADER = [
    "姓名",
    "手机",
    "出生日期",
    "birthday",
    "金额",
    "count",
    "性别",
    "active",
    "地址",
    "",
    "tags",
    "length",
    "opens",
    "seen_at",
    "stars",
    "备注",
]
LOWER = ["", "", "", "", "", "", "", "", "城市", "楼层", "", "", "", "", "", ""]
FIELDS = [
    "name",
    "mobile",
    "born",
    "birthday",
    "price",
    "count",
    "sex",
    "active",
    "address.city",
    "address.floor",
    "tags",
    "length",
    "opens",
    "seen_at",
    "stars",
    None,
]
_SURNAMES, _GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂"
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_CHINESE = "〇一二三四五六七八九"
_WIDE = {
    ord(one): chr(ord(one) + 0xFEE0)
    for one in "0123456789-/:.()+,%@abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
}


@dataclass
class Messy:
    """`lines` are the rows of the sheet in two writings; `records` is {row number: {path: what it becomes}}."""

    text: list[list[str]] = field(default_factory=list)
    typed: list[list[Any]] = field(default_factory=list)
    records: dict[int, dict[str, Any]] = field(default_factory=dict)
    skipped: dict[str, list[int]] = field(default_factory=dict)
    merged: list[str] = field(default_factory=list)

    def add(self, text: Sequence[str], typed: Sequence[Any]) -> int:
        """Adds a row and gives its number."""
        self.text.append(list(text))
        self.typed.append(list(typed))
        return len(self.text)

    def skip(self, reason: str, cells: Sequence[str]) -> None:
        """Adds a row that holds no record."""
        padded = [*cells, *[""] * (len(HEADER) - len(cells))]
        self.skipped.setdefault(reason, []).append(self.add(padded, [one or None for one in padded]))

    def write_csv(self, path: Path, encoding: str = "utf-8-sig", delimiter: str = ",") -> None:
        """The sheet as a text file, whose header has one line."""
        with path.open("w", encoding=encoding, newline="") as stream:
            csv.writer(stream, delimiter=delimiter).writerows(self.text)

    def write_xlsx(self, path: Path) -> None:
        """The sheet as a workbook with typed cells, behind a cover sheet."""
        book = openpyxl.Workbook()
        book.active.append(["See the next sheet."])
        sheet = book.create_sheet("People")
        for number, row in enumerate(self.typed, 1):
            sheet.append(row)
            for column, one in enumerate(row, 1):
                if isinstance(one, str) and one.startswith("="):
                    sheet.cell(number, column).data_type = "s"  # the library takes such texts for formulas
        for area in self.merged:
            sheet.merge_cells(area)
        book.save(path)


def messy(seed: int, rows: int, bad: float = 0.1) -> Messy:
    """A sheet with so many records, of whose cells about this share is wrong."""
    made, dice = Messy(), random.Random(seed)
    made.skip("title", [f"Our people, as of {TODAY}"])
    made.skip("blank", [])
    top = made.add(HEADER, [one or None for one in HEADER])
    made.add(LOWER, [one or None for one in LOWER])
    made.skipped["header"] = [top, top + 1]
    made.merged += ["A1:P1", f"I{top}:J{top}", *(f"{letter}{top}:{letter}{top + 1}" for letter in "ABCDEFGHKLMNOP")]
    _record(made, dice, 0, bad=0)  # shows in which order the column's days and months stand
    for number in range(1, rows):
        if dice.random() < 0.01:
            made.skip("blank", ["  "] if dice.random() < 0.5 else [])
        if dice.random() < 0.005:
            made.skip("total", ["小计", "", "", "", "¥1,234.00", str(number)])
        _record(made, dice, number, bad=bad)
    made.skip("total", ["合计：", "", "", "", "99万", str(rows)])
    made.skip("blank", [])
    made.skip("note", ["注：仅供内部使用"])
    return made


TODAY = "2026-11-22"


def _record(made: Messy, dice: random.Random, number: int, *, bad: float) -> None:
    cells = [
        _WRONG[path](dice) if path in _WRONG and dice.random() < bad else make(dice, number) for path, make in _MAKERS
    ]
    row = made.add([one[0] for one in cells], [one[1] if one[1] != "" else None for one in cells])
    made.records[row] = {path: one[2] for (path, _), one in zip(_MAKERS, cells, strict=True) if path}


def _dirty(dice: random.Random, text: str) -> str:
    """The text with what people and programs leave around and within it."""
    way = dice.randrange(12)
    if way == 0:
        return text.translate(_WIDE)
    around = {
        1: ("\u3000", ""),
        2: (" ", " "),
        3: ("\u00a0", ""),
        4: ("", "\u200b"),
        5: ("\ufeff", ""),
        6: ("", "'"),
    }.get(way, ("", ""))
    return around[0] + text + around[1]


def _both(dice: random.Random, text: str, value: Any) -> Cell:
    dirty = _dirty(dice, text)
    return dirty, dirty, value


def _name(dice: random.Random, number: int) -> Cell:
    name = (
        dice.choice(_SURNAMES)
        + dice.choice(_GIVEN)
        + (dice.choice(_GIVEN) if dice.random() < 0.5 else "")
        + str(number)
    )
    text = dice.choice([name, f" {name}", f"{name}\u3000", f"{name}\u200b", f"'={name}"])
    value = f"={name}" if text.startswith("'") else name
    return text, text.removeprefix("'") if text.startswith("'=") else text, value


def _mobile(dice: random.Random, number: int) -> Cell:
    digits = f"13{number:09d}"
    value = f"+86{digits}"
    if dice.random() < 0.1:
        return dice.choice([("", "", None), ("无", "无", None), ("-", "-", None)])
    if dice.random() < 0.3:
        return f"{digits[0]}.{digits[1:]}E10", int(digits), value
    forms = [
        digits,
        f"{digits[:3]}-{digits[3:7]}-{digits[7:]}",
        f"+86 {digits[:3]} {digits[3:7]} {digits[7:]}",
        f"0086{digits}",
        f"{digits}.0",
    ]
    return _both(dice, dice.choice(forms), value)


def _day(dice: random.Random, number: int) -> date:
    return date(2020, 5, 20) if number == 0 else date(1940, 1, 1) + timedelta(days=dice.randrange(29_000))


def _born(dice: random.Random, number: int) -> Cell:
    day = _day(dice, number)
    value, way = day.isoformat(), 9 if number == 0 else dice.randrange(12)
    if way == 0:
        return value, day, value
    if way == 1:
        serial = (day - date(1899, 12, 30)).days
        return str(serial), serial, value
    if way == 2:
        return f"{value} 00:00:00", datetime.combine(day, time()), value
    year = "".join(_CHINESE[int(one)] for one in str(day.year))
    forms = [
        value,
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month}.{day.day}",
        day.strftime("%Y%m%d"),
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.day} {_MONTHS[day.month - 1]} {day.year}",
        f"{day.day}/{day.month}/{day.year}",
        f"{_MONTHS[day.month - 1]} {day.day}, {day.year}",
        f"{day.day}.{day.month}.{day.year}",
    ]
    if way == 11:
        text = f"{year}年{_counted(day.month)}月{_counted(day.day)}日"
        return text, text, value
    text = forms[way - 3] if way < 11 else forms[8]
    return (text, text, value) if number == 0 else _both(dice, text, value)


def _counted(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{_CHINESE[tens]}十") + (_CHINESE[ones] if ones else "")


def _birthday(dice: random.Random, number: int) -> Cell:
    day = _day(dice, 1)
    forms = [day.strftime("%m-%d"), f"{day.month}月{day.day}日", f"{day.day} {_MONTHS[day.month - 1]}", day.isoformat()]
    return _both(dice, dice.choice(forms), day.strftime("%m-%d"))


def _price(dice: random.Random, number: int) -> Cell:
    if number == 0:
        return "¥1,234.50", "¥1,234.50", "1234.50"
    cents = dice.randrange(-500_000, 9_000_000)
    amount = Decimal(cents).scaleb(-2)
    plain, value = f"{abs(amount):.2f}", f"{amount:.2f}"
    if dice.random() < 0.3:
        return value, float(amount), value
    if cents < 0:
        return _both(dice, dice.choice([f"({plain})", f"-{plain}", f"{plain}-", f"-¥{abs(amount):,.2f}"]), value)
    if dice.random() < 0.1:
        return "1.2万", "1.2万", "12000"
    return _both(
        dice,
        dice.choice([plain, f"¥{amount:,.2f}", f"￥{plain}", f"{plain}元", f"RMB {plain}", f"{amount:,.2f} CNY"]),
        value,
    )


def _count(dice: random.Random, number: int) -> Cell:
    value = dice.randrange(-3000, 90_000)
    if dice.random() < 0.4:
        return f"{value}.0", value, value
    return _both(
        dice,
        dice.choice([str(value), f"{value:,}", f"{value:,}".replace(",", " "), f"{value:,}".replace(",", ".")]),
        value,
    )


def _words(*pairs: tuple[str, Any]) -> Callable[[random.Random, int], Cell]:
    def make(dice: random.Random, number: int) -> Cell:
        text, value = dice.choice(pairs)
        return text, text, value

    return make


def _length(dice: random.Random, number: int) -> Cell:
    minutes = dice.randrange(1, 60)
    value = f"PT1H{minutes}M"
    if dice.random() < 0.2:
        return str(60 + minutes), 60 + minutes, value
    if dice.random() < 0.2:
        return f"1:{minutes:02}", time(1, minutes), value
    return _both(
        dice,
        dice.choice([f"{60 + minutes}分钟", f"1h{minutes:02}", f"1小时{minutes}分", f"{60 + minutes} min", value]),
        value,
    )


def _opens(dice: random.Random, number: int) -> Cell:
    clock = time(dice.randrange(24), dice.randrange(60))
    value = clock.isoformat("seconds")
    if dice.random() < 0.3:
        return value, clock, value
    return _both(
        dice,
        dice.choice([f"{clock.hour}:{clock.minute:02}", f"{clock.hour}点{clock.minute}分", clock.strftime("%I:%M %p")]),
        value,
    )


def _seen_at(dice: random.Random, number: int) -> Cell:
    local = datetime(2024, 1, 1) + timedelta(minutes=dice.randrange(500_000))
    value = (local - timedelta(hours=8)).isoformat() + "Z"
    if dice.random() < 0.3:
        return local.isoformat(" "), local, value
    return _both(
        dice, dice.choice([local.strftime("%Y-%m-%d %H:%M"), local.strftime("%Y/%m/%d %H:%M:%S"), value]), value
    )


def _floor(dice: random.Random, number: int) -> Cell:
    value = dice.randrange(1, 30)
    return str(value), value, value


_MAKERS: list[tuple[str | None, Callable[[random.Random, int], Cell]]] = [
    ("name", _name),
    ("mobile", _mobile),
    ("born", _born),
    ("birthday", _birthday),
    ("price", _price),
    ("count", _count),
    (
        "sex",
        _words(
            ("女", "female"),
            ("男", "male"),
            ("Female", "female"),
            ("MALE", "male"),
            ("ｍａｌｅ", "male"),
            ("不详 / 未知", "none"),
            ("", None),
            ("/", None),
        ),
    ),
    (
        "active",
        _words(
            ("是", True),
            ("否", False),
            ("√", True),
            ("×", False),
            ("Y", True),
            ("no", False),
            ("有", True),
            ("无", False),
            ("TRUE", True),
            ("", None),
        ),
    ),
    ("address.city", _words(("上海", "上海"), (" 北京", "北京"), ("", None))),
    ("address.floor", _floor),
    (
        "tags",
        _words(
            ("new、old", ["new", "old"]),
            ("old;new", ["old", "new"]),
            ("NEW", ["new"]),
            ("old\nnew", ["old", "new"]),
            ("a/b", ["a/b"]),
            ("无", None),
        ),
    ),
    ("length", _length),
    ("opens", _opens),
    ("seen_at", _seen_at),
    ("stars", _words(("★★★", 3), ("4星", 4), ("５", 5), ("2", 2), ("", None))),
    (None, _words(("whatever", None), ("", None))),
]


def _wrong(code: str, *texts: str) -> Callable[[random.Random], Cell]:
    def make(dice: random.Random) -> Cell:
        text = dice.choice(texts)
        return text, text, f"!{code}"

    return make


_WRONG: dict[str | None, Callable[[random.Random], Cell]] = {
    "name": _wrong("max_length", "x" * 61),
    "mobile": _wrong("format", "12345", "13800000000/13900000000", "ask her"),
    "born": _wrong("format", "32.13.1999", "2023-02-30", "1990", "spring"),
    "birthday": _wrong("format", "13-40", "2月30日"),
    "price": _wrong("currency", "$12.00", "€ 5"),
    "count": _wrong("type", "12人", "1.25.3", "many"),
    "sex": _wrong("choice", "?", "女士"),
    "active": _wrong("type", "perhaps", "3"),
    "tags": _wrong("choice", "new,odd"),
    "length": _wrong("no_unit", "1.5"),
    "opens": _wrong("format", "25:00", "noon"),
    "seen_at": _wrong("format", "2024-03-05 26:00"),
    "stars": _wrong("maximum", "7", "★★★★★★"),
}


if __name__ == "__main__":
    sheet, out = messy(7, int(sys.argv[1])), Path(sys.argv[2])
    sheet.write_xlsx(out) if out.suffix == ".xlsx" else sheet.write_csv(out)
