"""Walking the tree of a checked formula."""

from __future__ import annotations

from collections.abc import Iterator

from kartotek.model.formula import Binary, Call, Conditional, ListOf, Member, Node, Quantified, Unary


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    if isinstance(node, Member):
        return (node.target,)
    if isinstance(node, Unary):
        return (node.operand,)
    if isinstance(node, Binary):
        return (node.left, node.right)
    if isinstance(node, Conditional):
        return (node.test, node.then, node.otherwise)
    if isinstance(node, ListOf):
        return node.items
    if isinstance(node, Call):
        return node.arguments
    return (node.target, node.condition) if isinstance(node, Quantified) else ()
