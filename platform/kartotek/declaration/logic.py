"""What conditions say of each other: whether two can hold at once, whether one always holds or never does.

A condition is taken apart into cases, each a set of comparisons that hold together. What cannot be told counts as possible.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from kartotek.model.formula import Binary, Conditional, Formula, ListOf, Literal_, Node, Unary

_MOST_CASES = 100
_RELATIONS: Mapping[str, str] = {"<": "<", "<=": "<=", ">": ">", ">=": "=>", "==": "=", "!=": "<>"}
_MIRRORED = str.maketrans("<>", "><")


@dataclass(frozen=True, slots=True)
class Fact:
    """How `left` stands to `right`: one of the `relations` out of "<=>". `right` is a constant, or the text of a term."""

    left: str
    right: Any
    relations: frozenset[str]
    is_constant: bool


Case = frozenset[Fact]
_ANY: Case = frozenset()


def equal(term: str, value: Any) -> Fact:
    """The fact that the term has this value."""
    return Fact(term, value, frozenset("="), is_constant=True)


def can_hold(formula: Formula, given: Iterable[Fact] = ()) -> bool:
    """Whether the condition could hold, while the given facts do."""
    return any(_is_possible(case | frozenset(given)) for case in _Cases(formula).of(formula.node, holds=True))


def always_holds(formula: Formula, given: Iterable[Fact] = ()) -> bool:
    """Whether the condition could not but hold, while the given facts do."""
    wrong = _Cases(formula).of(formula.node, holds=False)
    return not formula.nullable and not any(_is_possible(case | frozenset(given)) for case in wrong)


def exclude(one: Formula, other: Formula, given: Iterable[Fact] = ()) -> bool:
    """Whether two conditions cannot hold at once, while the given facts do."""
    both = product(_Cases(one).of(one.node, holds=True), _Cases(other).of(other.node, holds=True))
    return not any(_is_possible(left | right | frozenset(given)) for left, right in both)


class _Cases:
    """Takes the conditions of one formula apart."""

    def __init__(self, formula: Formula) -> None:
        self._source = formula.source

    def of(self, node: Node, *, holds: bool) -> list[Case]:
        """The cases in which the condition holds, or in which it is known not to."""
        if isinstance(node, Literal_):
            return [_ANY] if node.value is holds else []
        if isinstance(node, Unary) and node.operator == "!":
            return self.of(node.operand, holds=not holds)
        if isinstance(node, Conditional):
            chosen = _together(self.of(node.test, holds=True), self.of(node.then, holds=holds))
            return _first([*chosen, *self.of(node.otherwise, holds=holds)])
        if isinstance(node, Binary) and node.operator in ("&&", "||"):
            if (node.operator == "&&") is holds:
                return _together(self.of(node.left, holds=holds), self.of(node.right, holds=holds))
            return _first([*self.of(node.left, holds=holds), *self.of(node.right, holds=holds)])
        if isinstance(node, Binary) and node.operator == "in":
            return self._among(node, holds)
        if isinstance(node, Binary) and node.operator in _RELATIONS:
            return self._compared(node.left, node.right, _RELATIONS[node.operator], holds)
        return [frozenset({Fact(self._text(node), True, frozenset("=" if holds else "<>"), is_constant=True)})]

    def _among(self, node: Binary, holds: bool) -> list[Case]:
        if not isinstance(node.right, ListOf) or not all(isinstance(one, Literal_) for one in node.right.items):
            return [_ANY]
        values = [one.value for one in node.right.items if isinstance(one, Literal_)]
        text = self._text(node.left)
        if holds:
            return _first([frozenset({equal(text, value)}) for value in values])
        return [frozenset(Fact(text, value, frozenset("<>"), is_constant=True) for value in values)]

    def _compared(self, left: Node, right: Node, relations: str, holds: bool) -> list[Case]:
        allowed = frozenset(relations if holds else set("<=>") - set(relations))
        if isinstance(left, Literal_) and not isinstance(right, Literal_):
            left, right, allowed = right, left, _turned(allowed)
        if isinstance(right, Literal_):
            if isinstance(left, Literal_):
                return self._constants(left.value, right.value, allowed)
            if isinstance(right.value, bool):
                return self.of(left, holds=("=" in allowed) is right.value)
            return [frozenset({Fact(self._text(left), right.value, allowed, is_constant=True)})]
        first, second = self._text(left), self._text(right)
        if first == second:
            return [_ANY] if "=" in allowed else []
        if first > second:
            first, second, allowed = second, first, _turned(allowed)
        return [frozenset({Fact(first, second, allowed, is_constant=False)})]

    def _constants(self, left: Any, right: Any, allowed: frozenset[str]) -> list[Case]:
        relation = _relation(left, right)
        return [_ANY] if relation in allowed or not relation else []

    def _text(self, node: Node) -> str:
        text = re.sub(r"\s+", "", self._source[node.start : node.end])
        return re.sub(r"""\[["'](\w+)["']\]""", r".\1", text)


def _together(left: list[Case], right: list[Case]) -> list[Case]:
    if len(left) * len(right) > _MOST_CASES:
        return [_ANY]
    both = (one | other for one, other in product(left, right))
    return [case for case in both if _is_possible(case)]


def _first(cases: list[Case]) -> list[Case]:
    return cases if len(cases) <= _MOST_CASES else [_ANY]


def _turned(relations: frozenset[str]) -> frozenset[str]:
    return frozenset(one.translate(_MIRRORED) for one in relations)


def _relation(left: Any, right: Any) -> str:
    """How two constants stand to each other, "" where that cannot be told."""
    if left == right:
        return "="
    try:
        return "<" if left < right else ">"
    except TypeError:
        return ""


def _is_possible(case: Case) -> bool:
    """Whether the facts of a case do not contradict each other."""
    for left in {fact.left for fact in case}:
        facts = [fact for fact in case if fact.left == left]
        if not _fits_terms(facts) or not _fits_constants([fact for fact in facts if fact.is_constant]):
            return False
    return True


def _fits_terms(facts: list[Fact]) -> bool:
    for right in {fact.right for fact in facts if not fact.is_constant}:
        same = [fact.relations for fact in facts if not fact.is_constant and fact.right == right]
        if not frozenset("<=>").intersection(*same):
            return False
    return True


def _fits_constants(facts: list[Fact]) -> bool:
    """Whether some value fits: one of the constants, one between two of them, or one beyond."""
    if not facts:
        return True
    return any(all(_relation_at(place, fact) in fact.relations for fact in facts) for place in _places(facts))


@dataclass(frozen=True, slots=True)
class _Place:
    """A constant, or with `above` what lies just above it; None stands for what lies below all or cannot be ordered."""

    value: Any
    above: bool


def _places(facts: list[Fact]) -> Iterator[_Place | None]:
    yield None
    for fact in facts:
        yield _Place(fact.right, above=False)
        yield _Place(fact.right, above=True)


def _relation_at(place: _Place | None, fact: Fact) -> str:
    if place is None:
        return "<"
    relation = _relation(place.value, fact.right)
    return (">" if relation == "=" and place.above else relation) or ">"
