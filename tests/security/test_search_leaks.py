"""What a search finds, in which order and how much of it, tells nothing of what its reader may not see."""

from __future__ import annotations

from typing import Any

import orjson
from hidden_site import HELPER, WORLDS, World

from kartotek.model.query import Query

_HIDDEN = [str(value) for one in WORLDS for name, value in one.items() if name in ("word", "other", "phone", "title")]
_QUESTIONS = [
    *dict.fromkeys(text for word in _HIDDEN for text in (word, word[:1], word[:3], word[-4:], word.upper(), f"{word} person", f"p {word}")),
    "Person", "p", "person 1", "said", "s", "h", "555", "0101", "+1 555", "alpha", "omega", "plain",
]  # fmt: skip


def _told(world: World, text: str) -> bytes:
    answers: list[Any] = [world.engine.everywhere.search(HELPER, text, limit=2)]
    for name in ("person", "note", "box", "vault", "case"):
        for trash in (False, True):
            answers.append(_pages(world, name, Query(search=text, limit=2, count=True, trash=trash)))
        answers.append(_pages(world, name, Query(search=text, limit=2, sort=("-meta.id",))))
    return orjson.dumps(answers, default=str)


def _pages(world: World, name: str, query: Query) -> list[Any]:
    found: list[Any] = []
    try:
        for _ in range(6):
            page = world.engine.select(HELPER, name, query)
            found.append([[one["id"] for one in page.items], page.next, page.count])
            if page.next is None:
                break
    except Exception as error:  # whatever it is, it must be the same in both worlds
        found.append(repr(error))
    return found


def _check(worlds: tuple[World, World], asked: list[str]) -> None:
    for world in worlds:
        assert all(world.engine.indexes.compare(name).complete for name in world.engine.indexes.names())
    told = {text: (_told(worlds[0], text), _told(worlds[1], text)) for text in asked}
    assert not [text for text, (first, second) in told.items() if first != second]
    assert sum(b'"id"' in first for first, _ in told.values()) > 3, "something is found at all"


def test_searches_on_sqlite_tell_nothing_of_what_is_hidden(lite_worlds: tuple[World, World]) -> None:
    _check(lite_worlds, _QUESTIONS)


def test_searches_on_postgresql_tell_nothing_of_what_is_hidden(postgres_worlds: tuple[World, World]) -> None:
    _check(postgres_worlds, [*dict.fromkeys([*_QUESTIONS[::3], *_QUESTIONS[-12:]])])  # those that find something among them
