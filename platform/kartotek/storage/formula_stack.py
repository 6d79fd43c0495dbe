"""Stack: how much of its parser's stack SQLite needs for an expression; before 3.46 there are but 100 places."""

from __future__ import annotations

import re

from kartotek.storage.formula_pieces import not_in_sql

ROOM = 80  # the rest is for what stands around the formula
_TOKEN = re.compile(r"\"(?:[^\"]|\"\")*\"|'(?:[^']|'')*'|[A-Za-z_][A-Za-z_0-9]*|\|\||<=|>=|<>|[-+*/%<>=(),]")
_STRENGTH = {
    "OR": 1, "AND": 2, "NOT": 3, "IS": 4, "IN": 4, "BETWEEN": 4, "=": 4, "<>": 4, "<": 5, "<=": 5, ">": 5, ">=": 5,
    "+": 7, "-": 7, "*": 8, "/": 8, "%": 8, "||": 9,
}
_CLAUSES = {"SELECT": 3, "FROM": 4, "WHERE": 5, "CASE": 2, "WHEN": 3, "THEN": 5, "ELSE": 4}


class _Frame:
    """What is open between a bracket, or CASE, and its end."""

    def __init__(self, base: int) -> None:
        self.base = base
        self.clause = 0
        self.waiting: list[int] = []  # strengths of the operators whose right side is still to come

    @property
    def height(self) -> int:
        return self.base + self.clause + 2 * len(self.waiting)


def check_stack(text: str) -> None:
    """Raises FormulaError where the parser might give up."""
    frames = [_Frame(0)]
    before = ""
    height = 0
    for token in _TOKEN.findall(text):
        word = token.upper()
        top = frames[-1]
        if word in ("(", "CASE"):
            is_call = word == "(" and before[:1].isalpha() and before not in _STRENGTH and before not in _CLAUSES
            height += top.height
            frames.append(_Frame(3 if is_call else 1))
        elif word in (")", "END"):
            frames.pop()
            height -= frames[-1].height
        elif word == ",":
            top.clause, top.waiting = max(top.clause, 2), []
        elif word in _STRENGTH:
            top.waiting = [one for one in top.waiting if one < _STRENGTH[word]] + [_STRENGTH[word]]
        if word in _CLAUSES:
            frames[-1].clause, frames[-1].waiting = _CLAUSES[word], []
        if height + frames[-1].height > ROOM:
            raise not_in_sql("this is nested too deeply to be filtered by")
        before = word
