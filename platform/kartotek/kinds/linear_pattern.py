"""Regular expressions run in one pass, however ambiguous they are: what backtracking would try for hours is tried at once.

Thompson's construction over Python's own parse tree, so that a text matches exactly where `re.search` finds something.
What remembers or looks about (groups referred to, lookarounds, atomic groups) has no such form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from kartotek.kinds.automaton import plain_test

MOST_STATES = 4_000
_MOST_KEPT = 20_000
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT)
_ENDS = frozenset({op.AT_BEGINNING, op.AT_BEGINNING_STRING, op.AT_END, op.AT_END_STRING, op.AT_BOUNDARY, op.AT_NON_BOUNDARY})
Test = Callable[[str], bool]
# At the start, at the end, at or just before the last line break; between word and none, which in an empty text nothing is.
Context = tuple[bool, bool, bool, bool | None]


class Unfit(Exception):
    """The expression has no form that can be run in one pass, or too large a one."""


class LinearPattern:
    """`search(text)` says whether `re.search` would find anything. Raises Unfit when made."""

    def __init__(self, source: str) -> None:
        tree = parser.parse(source)
        if tree.state.flags & ~re.UNICODE:
            raise Unfit
        self._tests: list[Test | None] = []  # of each state the character it takes; None for those that take none
        self._on: list[list[tuple[int, Any]]] = []  # of each state where it leads without a character, and under which condition
        self._next: list[int] = []
        self._start, self._end = self._state(), self._state()
        self._link(self._start, self._end, list(tree))
        self._kept: dict[tuple[frozenset[int], str], frozenset[int]] = {}
        self._reached: dict[tuple[frozenset[int], Context], frozenset[int]] = {}

    @property
    def size(self) -> int:
        """How many states it has."""
        return len(self._tests)

    def search(self, text: str) -> bool:
        """Whether it matches anywhere in the text."""
        active: frozenset[int] = frozenset()
        for index in range(len(text) + 1):
            active = self._closed(active | {self._start}, _context(text, index))
            if self._end in active:
                return True
            if index < len(text):
                active = self._stepped(active, text[index])
        return False

    def _stepped(self, active: frozenset[int], character: str) -> frozenset[int]:
        key = (active, character)
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            taken = (one for one in active if (test := self._tests[one]) is not None and test(character))
            self._kept[key] = found = frozenset(self._next[one] for one in taken)
        return found

    def _closed(self, states: frozenset[int], context: Context) -> frozenset[int]:
        key = (states, context)
        known = self._reached.get(key)
        if known is None:
            if len(self._reached) > _MOST_KEPT:
                self._reached.clear()
            self._reached[key] = known = self._closure(states, context)
        return known

    def _closure(self, states: frozenset[int], context: Context) -> frozenset[int]:
        found, waiting = set(states), list(states)
        while waiting:
            for target, condition in self._on[waiting.pop()]:
                if target not in found and (condition is None or _holds(condition, context)):
                    found.add(target)
                    waiting.append(target)
        return frozenset(found)

    def _state(self) -> int:
        if len(self._tests) >= MOST_STATES:
            raise Unfit
        self._tests.append(None)
        self._on.append([])
        self._next.append(-1)
        return len(self._tests) - 1

    def _link(self, start: int, end: int, items: Iterable[Any]) -> None:
        """Leads from one state to the other over the items in their order."""
        here = start
        for kind, argument in items:
            there = self._state()
            self._item(here, there, kind, argument)
            here = there
        self._on[here].append((end, None))

    def _item(self, start: int, end: int, kind: Any, argument: Any) -> None:
        if kind is op.SUBPATTERN and not argument[1] and not argument[2]:
            self._link(start, end, argument[3])
        elif kind is op.BRANCH:
            for one in argument[1]:
                self._link(start, end, one)
        elif kind in _REPEATS:
            self._repeat(start, end, argument)
        elif kind is op.AT and argument in _ENDS:
            self._on[start].append((end, argument))
        elif kind in (op.LITERAL, op.NOT_LITERAL, op.IN, op.ANY):
            taking = self._state()
            self._on[start].append((taking, None))
            self._tests[taking] = (lambda one: one != "\n") if kind is op.ANY else lru_cache(maxsize=512)(plain_test(kind, argument))
            self._next[taking] = end
        else:
            raise Unfit

    def _repeat(self, start: int, end: int, argument: Any) -> None:
        low, high, body = argument
        here = start
        for _ in range(low):
            there = self._state()
            self._link(here, there, body)
            here = there
        self._on[here].append((end, None))
        if high is op.MAXREPEAT:
            turn = self._state()
            self._on[here].append((turn, None))
            self._link(turn, turn, body)
            self._on[turn].append((end, None))
        else:
            for _ in range(high - low):
                there = self._state()
                self._link(here, there, body)
                self._on[there].append((end, None))
                here = there


def _context(text: str, index: int) -> Context:
    at_end = index == len(text)
    before_last = at_end or (index == len(text) - 1 and text[index] == "\n")
    at_word = _is_word(text, index - 1) != _is_word(text, index) if text else None
    return index == 0, at_end, before_last, at_word


def _is_word(text: str, index: int) -> bool:
    return 0 <= index < len(text) and (text[index] == "_" or text[index].isalnum())


def _holds(condition: Any, context: Context) -> bool:
    at_start, at_end, before_last, at_word = context
    if condition in (op.AT_BEGINNING, op.AT_BEGINNING_STRING):
        return at_start
    if condition is op.AT_END:
        return before_last
    if condition is op.AT_END_STRING:
        return at_end
    return at_word == (condition is op.AT_BOUNDARY)


@lru_cache(maxsize=512)
def linear_pattern(source: str) -> LinearPattern | None:
    """The expression, which compiles, in this form; None where it has none."""
    try:
        return LinearPattern(source)
    except (Unfit, RecursionError):
        return None
