"""Narrower: whether a formula can only hold where another one does, as far as its text proves."""

from __future__ import annotations

from kartotek.model.formula import Binary, Formula, Node


def is_narrower(formula: Formula, than: Formula) -> bool:
    """Whether the other formula is the same or one of those that must hold at once in this one."""
    return _bare(than.source) in _conjuncts(formula)


def _conjuncts(formula: Formula) -> set[str]:
    """The sources of all that must hold at once: of `a && b && c` the whole, `a && b`, and each of the three."""
    found: set[str] = set()
    waiting: list[Node] = [formula.node] if _spans_all(formula) else []
    while waiting:
        node = waiting.pop()
        found.add(_bare(formula.source[node.start:node.end]))
        if isinstance(node, Binary) and node.operator == "&&":
            waiting += [node.left, node.right]
    return found | {_bare(formula.source)}


def _spans_all(formula: Formula) -> bool:
    """Whether the places of its nodes are those of its text, which was then not put together from others."""
    around = formula.source[: formula.node.start] + formula.source[formula.node.end :]
    return not around.strip("() \t\r\n")


def _bare(source: str) -> str:
    """The source without brackets around the whole of it."""
    source = source.strip()
    while source.startswith("(") and _closing(source) == len(source) - 1:
        source = source[1:-1].strip()
    return source


def _closing(source: str) -> int:
    """Where the bracket that the source begins with is closed."""
    depth, quote, escaped = 0, "", False
    for at, sign in enumerate(source):
        if quote:
            quote, escaped = ("" if sign == quote and not escaped else quote), sign == "\\" and not escaped
            continue
        quote = sign if sign in "'\"" else ""
        depth += (sign == "(") - (sign == ")")
        if not depth:
            return at
    return -1
