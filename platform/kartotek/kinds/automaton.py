"""The position automaton of a regular expression (Glushkov), with a count of the ways from one position to the next.

It is built of Python's own parse tree, so it sees the expression as the matcher does. Two ways between the same
positions are two paths that backtracking would try: `(a+)+` has one loop from each of its two repeats.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

MOST_POSITIONS = 400
_COPIES = 12  # of what is repeated a fixed number of times
_VARYING_COPIES = 4  # of what is repeated a few times and varies in length
_USUAL = "aZz09_ \n\t-.,:;@/!\"'éß中Ж٣\u00a0"
_LOOPS = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d",
    op.CATEGORY_NOT_DIGIT: r"\D",
    op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S",
    op.CATEGORY_WORD: r"\w",
    op.CATEGORY_NOT_WORD: r"\W",
}


class TooLarge(Exception):
    """The expression has more positions than it is worth looking at."""


@dataclass(slots=True)
class Part:
    """A piece of the expression: where it may begin and end, in how many ways, and the ways of matching nothing."""

    first: Counter[int] = field(default_factory=Counter)
    last: Counter[int] = field(default_factory=Counter)
    empty: int = 1


@dataclass(slots=True)
class Automaton:
    """`classes[p]` are the sample characters position p takes, `follow[p][q]` the number of ways from p to q."""

    classes: list[frozenset[str]] = field(default_factory=list)
    follow: list[Counter[int]] = field(default_factory=list)
    anchored: bool = False
    open_end: bool = True
    within_loop: bool = False
    inner: list[Automaton] = field(default_factory=list)  # of lookarounds, which are matched on their own
    whole: Part = field(default_factory=Part)


def automaton_of(source: str) -> Automaton:
    """The automaton of a source that compiles. Raises TooLarge."""
    tree = parser.parse(source)
    return _Builder(_samples(tree), bool(tree.state.flags & re.IGNORECASE)).build(list(tree))


def _samples(tree: Any) -> str:
    """Characters that tell the classes of the expression apart: those it names, and their neighbours."""
    codes = {ord(one) for one in _USUAL}
    for code in _codes(tree):
        codes |= {code - 1, code, code + 1}
    return "".join(chr(code) for code in sorted(codes) if 0 < code < 0x110000)


def _codes(tree: Any) -> Iterable[int]:
    for item in tree:
        if isinstance(item, int) and not isinstance(item, bool) and type(item) is int:
            yield item
        elif isinstance(item, tuple | list | parser.SubPattern):
            yield from _codes(item)


class _Builder:
    """Builds one automaton; every method adds its positions and answers their Part."""

    def __init__(self, samples: str, ignore_case: bool) -> None:
        self._samples = samples
        self._ignore_case = ignore_case
        self._made = Automaton()
        self._depth = 0

    def build(self, items: Sequence[Any]) -> Automaton:
        self._made.anchored = (
            bool(items) and items[0][0] is op.AT and items[0][1] in (op.AT_BEGINNING, op.AT_BEGINNING_STRING)
        )
        self._made.open_end = not items or items[-1][0] in _LOOPS
        self._made.whole = self._sequence(items)
        return self._made

    def _sequence(self, items: Iterable[Any]) -> Part:
        whole = Part()
        for kind, argument in items:
            whole = self._joined(whole, self._part(kind, argument))
        return whole

    def _joined(self, left: Part, right: Part) -> Part:
        self._connect(left.last, right.first)
        return Part(
            first=left.first + _times(right.first, left.empty),
            last=right.last + _times(left.last, right.empty),
            empty=left.empty * right.empty,
        )

    def _connect(self, ends: Counter[int], starts: Counter[int]) -> None:
        for end, ways in ends.items():
            self._made.follow[end].update(_times(starts, ways))

    def _part(self, kind: Any, argument: Any) -> Part:
        if kind is op.SUBPATTERN:
            return self._sequence(argument[3])
        if kind is op.ATOMIC_GROUP:
            return self._sequence(argument)
        if kind is op.BRANCH:
            return self._either([self._sequence(one) for one in argument[1]])
        if kind is op.GROUPREF_EXISTS:
            return self._either([self._sequence(one or ()) for one in argument[1:]])
        if kind in _LOOPS:
            return self._repeated(*argument)
        if kind in (op.ASSERT, op.ASSERT_NOT):
            inner = _Builder(self._samples, self._ignore_case).build(list(argument[1]))
            inner.within_loop = self._depth > 0
            self._made.inner.append(inner)
            return Part()
        if kind is op.GROUPREF:
            return self._looped(self._position(lambda _: True))
        return Part() if kind is op.AT else self._position(self._test(kind, argument))

    def _either(self, parts: Sequence[Part]) -> Part:
        first, last = Counter[int](), Counter[int]()
        for one in parts:
            first += one.first
            last += one.last
        return Part(first, last, sum(one.empty for one in parts))

    def _repeated(self, low: int, high: int, body: Any) -> Part:
        varies = any(kind in _LOOPS and argument[0] != argument[1] for kind, argument in _walk(body))
        most = _VARYING_COPIES if varies else _COPIES
        if low == high and not varies:
            return self._copies(body, min(low, _COPIES), 0)
        if high <= 1 or (high <= most and not _deep(body)):
            return self._copies(body, low, high - low)
        # Counting is left out: whoever may come again a few times more is taken to be free to come for ever.
        self._depth += 1
        loop = self._looped(self._sequence(body))
        self._depth -= 1
        if low > 1 and loop.empty:
            # Turns that are demanded may match nothing, and which of them do is open.
            self._looped(loop)
        return Part(loop.first, loop.last, max(loop.empty, 1) if low == 0 else loop.empty)

    def _copies(self, body: Any, needed: int, optional: int) -> Part:
        # x{1,3} is x(x(x)?)?: after one that is left out comes no other.
        whole = Part()
        for _ in range(optional):
            longer = self._joined(self._sequence(body), whole)
            whole = Part(longer.first, longer.last, longer.empty + 1)
        for _ in range(needed):
            whole = self._joined(self._sequence(body), whole)
        return whole

    def _looped(self, part: Part) -> Part:
        self._connect(part.last, part.first)
        return part

    def _position(self, test: Callable[[str], bool]) -> Part:
        index = len(self._made.classes)
        if index >= MOST_POSITIONS:
            raise TooLarge
        self._made.classes.append(frozenset(one for one in self._samples if test(one)))
        self._made.follow.append(Counter())
        return Part(Counter({index: 1}), Counter({index: 1}), 0)

    def _test(self, kind: Any, argument: Any) -> Callable[[str], bool]:
        plain = plain_test(kind, argument)
        if not self._ignore_case:
            return plain
        return lambda one: plain(one) or plain(one.lower()[:1]) or plain(one.upper()[:1])


def _times(counts: Counter[int], factor: int) -> Counter[int]:
    return Counter({key: value * factor for key, value in counts.items() if factor})


def plain_test(kind: Any, argument: Any) -> Callable[[str], bool]:
    """Whether a character is what one item of the parse tree takes."""
    if kind is op.LITERAL:
        return lambda one: ord(one) == argument
    if kind is op.NOT_LITERAL:
        return lambda one: ord(one) != argument
    if kind is op.RANGE:
        return lambda one: argument[0] <= ord(one) <= argument[1]
    if kind is op.CATEGORY:
        matches = re.compile(_CATEGORIES[argument]).fullmatch
        return lambda one: matches(one) is not None
    if kind is op.IN:
        negated = argument[0][0] is op.NEGATE
        tests = [plain_test(*one) for one in argument if one[0] is not op.NEGATE]
        return lambda one: any(test(one) for test in tests) != negated
    return lambda one: True


def _walk(tree: Any) -> Iterable[tuple[Any, Any]]:
    """Every (operator, argument) of the tree."""
    for item in tree:
        if isinstance(item, tuple) and item and isinstance(item[0], type(op.LITERAL)):
            yield item[0], item[1]
            item = item[1:]
        if isinstance(item, tuple | list | parser.SubPattern):
            yield from _walk(item)


def _deep(body: Any) -> bool:
    """Whether a repeat within varies and holds another one: copying that would multiply."""
    inner = [argument[2] for kind, argument in _walk(body) if kind in _LOOPS and argument[0] != argument[1]]
    return any(kind in _LOOPS and argument[0] != argument[1] for one in inner for kind, argument in _walk(one))
