"""Two worlds that differ only in what the helper may not see give him the same answers, to the byte, whatever he asks."""

from __future__ import annotations

from typing import Any

import orjson
from hidden_site import WORLDS, World
from questions import answer, questions

_CANARIES = [str(value) for one in WORLDS for name, value in one.items() if name in ("word", "other", "money", "phone", "day", "title")]


def _told(world: World, ask: Any) -> bytes:
    text = orjson.dumps(answer(world, ask), option=orjson.OPT_NON_STR_KEYS)
    for name, id in world.files.items():  # files have random names
        text = text.replace(id.encode(), name.encode())
    return text


def _differences(worlds: tuple[World, World], number: int) -> tuple[list[str], int, int]:
    found, asked, answered = [], 0, 0
    for text, ask in questions(20261121, number):
        first, second = (_told(one, ask) for one in worlds)
        asked += 1
        answered += b'"error"' not in first
        if first != second:
            at = next(index for index, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1])
            found.append(f"{text}\n  {first[max(0, at - 80) : at + 40]!r}\n  {second[max(0, at - 80) : at + 40]!r}")
    return found, asked, answered


def test_the_answers_on_sqlite_are_the_same_whatever_is_hidden(lite_worlds: tuple[World, World]) -> None:
    found, asked, answered = _differences(lite_worlds, 900)
    assert not found, f"{len(found)} of {asked}\n" + "\n".join(found[:20])
    assert asked > 1200 and answered > 400, (asked, answered)  # most questions name something hidden and are refused


def test_the_answers_on_postgresql_are_the_same_whatever_is_hidden(postgres_worlds: tuple[World, World]) -> None:
    found, asked, answered = _differences(postgres_worlds, 250)
    assert not found, f"{len(found)} of {asked}\n" + "\n".join(found[:20])
