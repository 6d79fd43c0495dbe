"""Search terms: what a text that someone searches for asks of the tokens of the fields he may read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kartotek.model.frozen import empty
from kartotek.model.matching import Every, Inside, Match, Some, Token, Wanted
from kartotek.kinds.plain_text import plain
from kartotek.rules.analysis import EXPLICIT, FIRST, GRAM, LONGEST, MOST_DIGITS, PHONE, PIECES, PLACES, PROSE, key_of

_MOST_TERMS = 8
_LONGEST_QUESTION = 200
_LONGEST_RUN = 24  # characters of a run that are looked up; the whole of it must stand in the record all the same
_NEVER = re.compile("[\0\ud800-\udfff]")
# Digits with what people put between them, beside no letter.
_SPACED = re.compile(r"(?<![^\W_])\d+(?:[\s()+./‐–—·-]+\d+)+(?![^\W_])")


@dataclass(frozen=True, slots=True)
class Searched:
    """A field that is searched: its tokens begin with `mark`; `texts` are {stored value: its texts} of a choice."""

    name: str
    mark: str
    form: str
    texts: Mapping[Any, tuple[str, ...]] = field(default_factory=empty)


def wanted(question: str, fields: Sequence[Searched]) -> Wanted | None:
    """What the question finds in these fields; None where it finds nothing, as one without a letter or a digit does."""
    folded = plain(question[:_LONGEST_QUESTION])
    parts = [one for one, _ in zip(_parts(folded, fields), range(_MOST_TERMS), strict=False)]
    if not parts or not fields or _NEVER.search(question):
        return None
    key = key_of(question[:_LONGEST_QUESTION])
    first = key if key.isdecimal() else "".join(PIECES.findall(folded)[0])
    named = [one for one in fields if one.form != PROSE and (one.form != PHONE or key.isdecimal())]
    exact = Some(tuple(Token(f"{one.mark}x{key}") for one in named)) if len(key) <= LONGEST else Some(())
    starts = Some(tuple(Token(f"{one.mark}{'q' if one.form == PHONE else 's'}{first[:FIRST]}") for one in named))
    inside = tuple(one for _, check in parts for one in check)
    return Wanted(Every(tuple(part for part, _ in parts)), exact, starts, inside)


Part = tuple[Match, tuple[Inside, ...]]


def _parts(folded: str, fields: Sequence[Searched]) -> Iterator[Part]:
    at = 0
    for spaced in _SPACED.finditer(folded):
        yield from _pieces(folded[at : spaced.start()], fields)
        yield _number(spaced[0], fields), ()
        at = spaced.end()
    yield from _pieces(folded[at:], fields)


def _pieces(folded: str, fields: Sequence[Searched]) -> Iterator[Part]:
    for script, word in PIECES.findall(folded):
        yield _run(script, fields) if script else (_word(word, fields), ())


def _number(spaced: str, fields: Sequence[Searched]) -> Match:
    """Digits written apart: each group by itself, or all as one number."""
    groups = re.findall(r"\d+", spaced)
    joined = "".join(groups)
    apart = Every(tuple(_word(one, fields) for one in groups[:_MOST_TERMS]))
    return Some((apart, *(_fragment(one.mark, joined) for one in fields if one.form == PHONE)))


def _word(word: str, fields: Sequence[Searched]) -> Match:
    return Some(tuple(_in_phone(one.mark, word) if one.form == PHONE else _begins(one.mark, word) for one in fields))


def _begins(mark: str, word: str) -> Match:
    return Token(f"{mark}q{word}") if len(word) <= EXPLICIT else Token(f"{mark}w{word[:LONGEST]}", prefix=True)


def _in_phone(mark: str, word: str) -> Match:
    return _fragment(mark, word) if word.isdecimal() else Some(())


def _fragment(mark: str, digits: str) -> Match:
    """Four digits and more anywhere in the number, fewer at its beginning; a zero that is dialled first is none of it."""
    dialled = digits.lstrip("0")
    zeros = len(digits) - len(dialled)
    without = zeros == 1 or (zeros == 2 and len(dialled) >= GRAM)
    return Some(tuple(way for one in ([digits, dialled] if without and dialled else [digits]) for way in _ways(mark, one)))


def _ways(mark: str, digits: str) -> list[Match]:
    if len(digits) < GRAM:
        return [Token(f"{mark}q{digits}")]
    steps = [*range(0, len(digits) - GRAM, GRAM), len(digits) - GRAM]
    return [
        Every(tuple(Token(f"{mark}{PLACES[first + step]}{digits[step : step + GRAM]}") for step in steps))
        for first in range(MOST_DIGITS - len(digits) + 1)
    ]


def _run(run: str, fields: Sequence[Searched]) -> Part:
    """Characters that stand together: one and two are tokens, of more the record itself is asked."""
    texts = [one for one in fields if one.form != PHONE]
    if len(run) <= 2:
        return Some(tuple(Token(f"{one.mark}{'c' if len(run) == 1 else 'b'}{run}") for one in texts)), ()
    pairs = [run[at : at + 2] for at in range(len(run[:_LONGEST_RUN]) - 1)]
    every = Some(tuple(Every(tuple(Token(f"{one.mark}b{pair}") for pair in pairs)) for one in texts))
    return every, (_inside(run, texts),)


def _inside(run: str, texts: Sequence[Searched]) -> Inside:
    holds: Callable[[str], bool] = lambda text: run in plain(text)  # noqa: E731
    values = {
        one.name: tuple(value for value, said in one.texts.items() if any(map(holds, said))) for one in texts if one.texts
    }
    return Inside(run, tuple(one.name for one in texts if not one.texts), values)
