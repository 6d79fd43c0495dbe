"""Tree: going through a formula's nodes."""

from __future__ import annotations

from collections.abc import Iterator

from kartotek.model.formula import Binary, Call, Conditional, ListOf, Member, Node, Quantified, Unary


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it, each before what is below it."""
    yield node
    for one in below(node):
        yield from walk(one)


def below(node: Node) -> tuple[Node, ...]:
    """The nodes right below, from the left."""
    match node:
        case Member():
            return (node.target,)
        case Unary():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case Conditional():
            return (node.test, node.then, node.otherwise)
        case ListOf():
            return node.items
        case Call():
            return node.arguments
        case Quantified():
            return (node.target, node.condition)
    return ()


def depth(node: Node) -> int:
    """How many levels the tree has; a chain of && or of ||, or of conditionals, is one."""
    deepest, left = 0, [(node, 1)]
    while left:
        one, level = left.pop()
        deepest = max(deepest, level)
        left += [(each, level if _continues(one, each) else level + 1) for each in below(one)]
    return deepest


def _continues(node: Node, inner: Node) -> bool:
    if isinstance(node, Conditional):
        return inner is node.otherwise and isinstance(inner, Conditional)
    is_logical = isinstance(node, Binary) and node.operator in ("&&", "||")
    return is_logical and isinstance(inner, Binary) and isinstance(node, Binary) and inner.operator == node.operator
