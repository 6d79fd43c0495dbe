"""Two worlds that differ only in what the helper may not see answer him the same at every address that tells anything."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from random import Random
from urllib.parse import urlencode

from asks import asks
from callers import Caller, apart
from inventory import Way, ways
from lengths import rounds
from werkzeug.test import TestResponse
from whole_site import Whole

# What is drawn anew for every page, tokens and keys of forms, and which of the two worlds it is.
_ONCE = re.compile(r'((?:csrf_token" value|csrf-token" content|nonce|data-once|name="(?:once|key|ticket)" value)="|/account/sessions/)[^"/]*')


def test_what_is_told_anywhere_is_the_same_whatever_is_hidden(lite_worlds: tuple[Whole, Whole]) -> None:
    assert lite_worlds[0].app is not None
    telling = [one for one in ways(lite_worlds[0].app) if not one.changes]
    pairs = [Both(lite_worlds, name) for name in ("hugo", "sam", "")]
    found, told, random = [], Counter[int](), Random(20261122)
    for way, address, form in asks(random, telling, rounds(420, 8000)):
        both = random.choices(pairs, weights=(20, 1, 1))[0]
        for asked, answers in both.ask(way, address, form):
            told[answers[0].status_code // 100] += 1
            first, second = (_plain(world, answer) for world, answer in zip(lite_worlds, answers, strict=True))
            if first != second:
                found.append(f"{both.name} {way.method} {asked} {form}\n  {apart(first, second)}")
    assert not found, f"{len(found)} of {told}\n" + "\n".join(found[:12])
    assert told.total() >= 500 and not told[5] and told[2] > 150 and told[4] > 100, told


class Both:
    """The same person, or nobody, at both worlds."""

    def __init__(self, worlds: tuple[Whole, Whole], name: str) -> None:
        self.name = name
        self._callers = [Caller(one, name) for one in worlds]

    def ask(self, way: Way, address: str, form: dict[str, str]) -> list[tuple[str, list[TestResponse]]]:
        """The answers of both, and those to the same with the cursor they gave."""
        made = [(address, self._sent(way, lambda _: address, form))]
        if way.is_api and (answer := made[0][1][0]).status_code == 200 and answer.is_json and isinstance(answer.json, dict) and answer.json.get("next"):
            made.append((f"{address} then", self._sent(way, lambda index: _on(address, made[0][1][index]), form)))
        return made

    def _sent(self, way: Way, address: Callable[[int], str], form: dict[str, str]) -> list[TestResponse]:
        return [one.send(way.method, address(index), form or way.body, is_api=way.is_api) for index, one in enumerate(self._callers)]


def _on(address: str, answer: TestResponse) -> str:
    assert answer.json is not None
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'cursor': answer.json.get('next') or ''})}"


def _plain(world: Whole, answer: TestResponse) -> str:
    """Status, what the answer says about itself, and its text, without names that were drawn at random."""
    kept = sorted((name, text) for name, text in answer.headers if name not in ("Date", "Set-Cookie", "X-Request-Id", "Content-Length"))
    text = "\n".join((answer.status, str(kept), _ONCE.sub(r"\1…", answer.text)))
    for name, id in world.files.items():
        text = text.replace(id, name)
    return text


# What the helper is never shown, by type; in other types the same words mean nothing at all.
_HIDDEN = {
    "person": ("secret", "salary", "phone", "born", "hoard", "vault", "vaults_read", "vaults", "stash", "gauge", "hint", "door", "lair", "cost", "giver", "from_vault"),
    "note": ("mood",), "dossier": ("diary", "code", "weight", "above", "below", "doubled", "cost", "plea"), "case": ("secret", "worth", "due_on", "gifts"),
}  # fmt: skip
# What it proposes instead follows from the letters alone, of which one is another.
_MEANT = re.compile(r" — did you mean .*?\?")


def test_a_hidden_name_is_answered_like_a_missing_one(lite_worlds: tuple[Whole, Whole]) -> None:
    world = lite_worlds[0]
    assert world.app is not None
    asking = [one for one in ways(world.app) if not one.changes and "type" in dict(one.parts).values()]
    caller, found, asked = Caller(world, "hugo"), [], 0
    for way, address, form in asks(Random(611), asking, rounds(1500, 20000)):
        names = next((words for name, words in _HIDDEN.items() if f"/{name}" in address), ())
        told = re.compile(rf"\b({'|'.join(names)})\b")
        if not names or not (told.search(address.partition("?")[2]) or told.search(str(form))):
            continue
        other = told.sub(lambda one: one[0][:-1] + "q", address), {name: told.sub(lambda one: one[0][:-1] + "q", text) for name, text in form.items()}
        first, second = (_plain(world, caller.send(way.method, one, data, is_api=way.is_api)) for one, data in ((address, form), other))
        first, second, asked = (*(told.sub(lambda one: one[0][:-1] + "q", _MEANT.sub("", text)) for text in (first, second)), asked + 1)
        if first != second:
            found.append(f"{way.method} {address} {form}\n  {apart(first, second)}")
    assert not found, f"{len(found)} of {asked}\n" + "\n".join(found[:15])
    assert asked > 100
