"""Draws texts that a regular expression matches, as far as it uses the common constructs."""

from __future__ import annotations

import random
import re
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_PRINTABLE = "abcXYZ019 _-./:"
_CATEGORIES = {
    codes.CATEGORY_DIGIT: "0123456789", codes.CATEGORY_WORD: "abz_09", codes.CATEGORY_SPACE: " \t",
    codes.CATEGORY_NOT_DIGIT: "ab-", codes.CATEGORY_NOT_WORD: "-. ", codes.CATEGORY_NOT_SPACE: "ab0",
}  # fmt: skip


def text_of(pattern: str, drawn: random.Random) -> str | None:
    """A text that the pattern finds something in, or None where this cannot make one."""
    try:
        tree = _parser.parse(pattern)
        for _ in range(8):
            text = _several(tree, drawn, {})
            if re.search(pattern, text):
                return text
    except (re.error, _Unknown, OverflowError):
        pass
    return None


class _Unknown(Exception):
    """A construct that is not drawn."""


def _several(tree: Any, drawn: random.Random, groups: dict[int, str]) -> str:
    return "".join(_one(operator, argument, drawn, groups) for operator, argument in tree)


def _one(operator: Any, argument: Any, drawn: random.Random, groups: dict[int, str]) -> str:
    if operator is codes.LITERAL:
        return chr(argument)
    if operator is codes.NOT_LITERAL:
        return next(one for one in _PRINTABLE if ord(one) != argument)
    if operator is codes.ANY:
        return drawn.choice(_PRINTABLE)
    if operator is codes.IN:
        return _of_set(argument, drawn)
    if operator in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
        low, high, inner = argument
        return "".join(_several(inner, drawn, groups) for _ in range(drawn.randint(low, min(int(high), low + 3))))
    if operator is codes.BRANCH:
        return _several(drawn.choice(argument[1]), drawn, groups)
    if operator is codes.SUBPATTERN:
        groups[argument[0]] = text = _several(argument[-1], drawn, groups)
        return text
    if operator is codes.GROUPREF:
        return groups.get(argument, "")
    if operator in (codes.AT, codes.ASSERT, codes.ASSERT_NOT):
        return ""
    raise _Unknown(str(operator))


def _of_set(members: Any, drawn: random.Random) -> str:
    if members[0][0] is codes.NEGATE:
        return next((one for one in drawn.sample(_PRINTABLE, len(_PRINTABLE)) if not _holds(members[1:], one)), "~")
    operator, argument = drawn.choice(members)
    if operator is codes.LITERAL:
        return chr(argument)
    if operator is codes.RANGE:
        return chr(drawn.randint(argument[0], min(argument[1], argument[0] + 25)))
    return drawn.choice(_CATEGORIES.get(argument, "a"))


def _holds(members: Any, letter: str) -> bool:
    for operator, argument in members:
        if operator is codes.LITERAL and chr(argument) == letter:
            return True
        if operator is codes.RANGE and argument[0] <= ord(letter) <= argument[1]:
            return True
        if operator is codes.CATEGORY and letter in _CATEGORIES.get(argument, ""):
            return True
    return False
