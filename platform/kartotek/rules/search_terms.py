"""Search terms: what a text that someone searches for asks of the tokens of the fields he may read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from kartotek.model.frozen import empty
from kartotek.model.matching import Every, Inside, Match, Some, Token, Wanted
from kartotek.kinds.plain_text import plain
from kartotek.rules.analysis import EXPLICIT, FIRST, GRAM, LONGEST, PHONE, PIECES, PROSE, key_of

_MOST_TERMS = 8
_LONGEST_QUESTION = 200
_MOST_DIGITS = 20
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
    parts = list(islice(_parts(folded, fields), _MOST_TERMS))
    if not parts or not fields or _NEVER.search(question):
        return None
    key = key_of(question[:_LONGEST_QUESTION])
    first = key if key.isdecimal() else "".join(PIECES.findall(folded)[0])
    named = [one for one in fields if one.form != PROSE and (one.form != PHONE or key.isdecimal())]
    exact = Some(tuple(Token(f"{one.mark}x{key}") for one in named)) if len(key) <= LONGEST else Some(())
    starts = Some(tuple(Token(f"{one.mark}{'q' if one.form == PHONE else 's'}{first[:FIRST]}") for one in named))
    return Wanted(tuple(parts), exact, starts)


def _parts(folded: str, fields: Sequence[Searched]) -> Iterator[Match]:
    at = 0
    for spaced in _SPACED.finditer(folded):
        yield from _pieces(folded[at : spaced.start()], fields)
        yield _number(spaced[0], fields)
        at = spaced.end()
    yield from _pieces(folded[at:], fields)


def _pieces(folded: str, fields: Sequence[Searched]) -> Iterator[Match]:
    for script, word in PIECES.findall(folded):
        yield _run(script, fields) if script else _word(word, fields)


def _number(spaced: str, fields: Sequence[Searched]) -> Match:
    """Digits written apart: each group by itself, or all as one number."""
    groups = re.findall(r"\d+", spaced)
    joined = "".join(groups)
    apart = Every(tuple(_word(one, fields) for one in groups[:_MOST_TERMS]))
    return Some((apart, *(_fragment(one, joined) for one in fields if one.form == PHONE)))


def _word(word: str, fields: Sequence[Searched]) -> Match:
    return Some(tuple(_in_phone(one, word) if one.form == PHONE else _begins(one.mark, word) for one in fields))


def _begins(mark: str, word: str) -> Match:
    return Token(f"{mark}q{word}") if len(word) <= EXPLICIT else Token(f"{mark}w{word[:LONGEST]}", prefix=True)


def _in_phone(field: Searched, word: str) -> Match:
    return _fragment(field, word) if word.isdecimal() else Some(())


def _fragment(field: Searched, digits: str) -> Match:
    """Four digits and more anywhere in the number, fewer at its beginning; a zero that is dialled first is none of it."""
    dialled = digits.lstrip("0")
    zeros = len(digits) - len(dialled)
    without = zeros == 1 or (zeros == 2 and len(dialled) >= GRAM)
    return Some(tuple(_within(field, one) for one in ([digits, dialled] if without and dialled else [digits])))


def _within(field: Searched, digits: str) -> Match:
    if len(digits) < GRAM:
        return Token(f"{field.mark}q{digits}")
    grams = [Token(f"{field.mark}p{digits[at : at + GRAM]}") for at in range(min(len(digits), _MOST_DIGITS) - GRAM + 1)]
    return grams[0] if len(digits) == GRAM else Inside(Every(tuple(grams)), field.name, digits, folded=False)


def _run(run: str, fields: Sequence[Searched]) -> Match:
    """Characters that stand together: one and two are tokens, of more the record itself is asked."""
    texts = [one for one in fields if one.form != PHONE]
    if len(run) <= 2:
        return Some(tuple(Token(f"{one.mark}{'c' if len(run) == 1 else 'b'}{run}") for one in texts))
    return Some(tuple(_longer(one, run) for one in texts))


def _longer(field: Searched, run: str) -> Match:
    pairs = [run[at : at + 2] for at in range(len(run[:_LONGEST_RUN]) - 1)]
    values = [value for value, said in field.texts.items() if any(run in plain(text) for text in said)]
    tokens = Every(tuple(Token(f"{field.mark}b{pair}") for pair in pairs))
    return Inside(tokens, field.name, run, values=tuple(values) if field.texts else None)
