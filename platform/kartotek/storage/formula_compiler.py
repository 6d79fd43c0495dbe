"""Compiler: a checked formula as SQL, null for null as its Python meaning; what reads no row becomes one parameter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from kartotek.formula.error import FormulaError
from kartotek.formula.python import meaning
from kartotek.formula.tree import below, depth
from kartotek.formula.types import BOOL, common
from kartotek.model.catalog import Catalog
from kartotek.model.formula import (
    Binary,
    Call,
    Conditional,
    Formula,
    ListOf,
    Member,
    Name,
    Node,
    Quantified,
    Type,
    Unary,
)
from kartotek.model.view import View
from kartotek.storage.formula_calls import call
from kartotek.storage.formula_constants import constant, from_environment, marked
from kartotek.storage.formula_pieces import AND, COMPARE, OR, Piece, bounded, joined, not_in_sql
from kartotek.storage.formula_places import Place
from kartotek.storage.formula_terms import Terms
from kartotek.storage.formula_walk import Walk

Variable = Place | Piece
_ROOM = 90  # levels of a tree, each some calls of Python
_STEP = 10  # what a formula within a formula takes of them
_NUMBERS = ("int", "decimal")


class Compiler:
    """One formula in one query. `roots` are the names that stand for its rows, variables of exists and all too."""

    def __init__(self, catalog: Catalog, terms: Terms, roots: Mapping[str, Variable], view: View | None) -> None:
        self.catalog = catalog
        self.terms = terms
        self.view = view
        self.roots = dict(roots)
        self.aliases = count(1)
        self.walk = Walk(self)
        self._room = _ROOM

    def declared(self, roots: Mapping[str, Variable], formula: Formula) -> Compiler:
        """For a declared formula within this one: it sees everything. Raises FormulaError where too many nest."""
        inner = Compiler(self.catalog, self.terms, roots, None)
        inner.aliases = self.aliases
        inner._room = self._room - _STEP
        inner.admit(formula.node)
        return inner

    def admit(self, node: Node) -> None:
        """Refuses a tree so deep that going through it would exhaust the stack. Raises FormulaError."""
        if depth(node) > self._room:
            raise FormulaError("this is nested too deeply to be filtered by", node.start, node.end, code="not_in_sql")

    def condition(self, node: Node) -> Piece:
        """The condition for a place where NULL counts as false; an index can serve it. Raises FormulaError."""
        if not self.asks(node):
            return self.constant(node, BOOL)
        return self._located(node, self._condition)

    def _condition(self, node: Node) -> Piece:
        if isinstance(node, Binary) and node.operator in ("&&", "||"):
            return self._chain(node, self.condition)
        if isinstance(node, Binary) and node.operator == "==":
            return self._equality(node, self.terms.matches)
        if isinstance(node, Binary) and node.operator == "in":
            return self._membership(node)
        if isinstance(node, Quantified) and node.quantifier == "exists":
            return self.walk.quantified(node)
        return self.value(node)

    def value(self, node: Node) -> Piece:
        """The exact value, NULL where it is unknown. Raises FormulaError."""
        if not self.asks(node):
            return self.constant(node, node.type)
        piece = self._located(node, self._value)
        return piece if self._reads_rows(node) else replace(piece, constant=True)

    def _located(self, node: Node, made: Callable[[Node], Piece]) -> Piece:
        """What `made` makes of the node; an error that has no place yet gets the node's."""
        try:
            return bounded(made(node))
        except FormulaError as exc:
            if exc.end > 1 or exc.code != "not_in_sql":
                raise
            raise FormulaError(exc.message, node.start, node.end, code="not_in_sql") from exc

    def operand(self, node: Node, wanted: Type) -> Piece:
        """The value as one of the wanted type: numbers widened, records as ids."""
        if not self.asks(node):
            return self.constant(node, wanted)
        return self.converted(self.value(node), wanted)

    def converted(self, piece: Piece, wanted: Type) -> Piece:
        """A piece as one of the wanted type."""
        given = piece.type
        if wanted.name == "number" and given.name in _NUMBERS:
            return self.terms.as_number(piece)
        if wanted.name == "decimal" and given.name in _NUMBERS:
            if given.name == "decimal" and given.scale > wanted.scale:
                return self.terms.rounded(piece, wanted)
            return self.terms.as_decimal(piece, wanted)
        return piece

    def constant(self, node: Node, wanted: Type) -> Piece:
        """A parameter worked out in Python."""
        return constant(self.terms, node, wanted)

    def asks(self, node: Node) -> bool:
        """Whether only the database knows the value: it reads a row, or it walks a reference."""
        if isinstance(node, Name):
            return node.name in self.roots or (node.name == "meta" and "record" in self.roots)
        if isinstance(node, Member) and node.target.type.name == "record":
            is_inverse = node.type.name == "list" and bool(node.type.record)
            return is_inverse or not _is_given(node.target) or self.asks(node.target)
        if isinstance(node, Call) and node.function == "meta" and not _is_given(node.arguments[0]):
            return True
        return any(self.asks(one) for one in below(node))

    def _reads_rows(self, node: Node) -> bool:
        """Whether the value may differ from row to row."""
        if isinstance(node, Name):
            return node.name in self.roots or node.name == "meta"
        return any(self._reads_rows(one) for one in below(node))

    def _value(self, node: Node) -> Piece:
        match node:
            case Name():
                return self.walk.name(node)
            case Member():
                return self.walk.member(node)
            case Unary():
                operand = self.value(node.operand)
                return self.terms.inverted(operand) if node.operator == "!" else self.terms.negative(operand)
            case Binary():
                return self._binary(node)
            case Conditional():
                return self._conditional(node)
            case Call():
                return call(self, node)
            case Quantified():
                return self.terms.settled(self.walk.quantified(node), node.quantifier == "all")
        raise not_in_sql("a list cannot be filtered by")

    def _binary(self, node: Binary) -> Piece:
        if node.operator in ("&&", "||"):
            return self._chain(node, self.value)
        if node.operator == "in":
            return self.terms.settled(self._membership(node), False)
        if node.operator in ("==", "!="):
            negated = node.operator == "!="
            return self._equality(node, lambda left, right: self.terms.equal(left, right, negated=negated))
        if node.type.name == "bool":
            wanted = _meeting(node)
            return self.terms.ordered(node.operator, self.operand(node.left, wanted), self.operand(node.right, wanted))
        return self._arithmetic(node)

    def _chain(self, node: Binary, made: Callable[[Node], Piece]) -> Piece:
        word, strength = ("AND", AND) if node.operator == "&&" else ("OR", OR)
        pieces = [made(one) for one in _links(node, node.operator)]
        pattern = f" {word} ".join(f"{{{at}}}" for at in range(len(pieces)))
        return joined(pattern, *pieces, type=BOOL, strength=strength)

    def _equality(self, node: Binary, compared: Callable[[Piece, Piece], Piece]) -> Piece:
        for side, other in ((node.left, node.right), (node.right, node.left)):
            if side.type.name == "null":
                word = "IS NULL" if node.operator == "==" else "IS NOT NULL"
                atom = self.atom(self._presence(other))
                return joined(f"{{0}} {word}", atom, type=BOOL, strength=COMPARE, nullable=False)
        if (marked := self._marked(node.left, node.right)) is not None:
            return compared(*marked)
        wanted = _meeting(node)
        return compared(self.operand(node.left, wanted), self.operand(node.right, wanted))

    def _presence(self, node: Node) -> Piece:
        """What is NULL where there is no value; of an encrypted field, what stands in its place."""
        if isinstance(node, Member) and self.walk.secret(node) is not None:
            return self.walk.member(node, "presence")
        return self.value(node)

    def _marked(self, left: Node, right: Node) -> tuple[Piece, Piece] | None:
        """Both sides of a comparison with an encrypted field whose equal values can be found, as what they are found by."""
        for side, other in ((left, right), (right, left)):
            found = self.walk.secret(side)
            if found is not None and found[1].blind and isinstance(side, Member) and not self.asks(other):
                return self.walk.member(side, "mark"), marked(self.terms, other, found[0].label(found[1]))
        return None

    def atom(self, piece: Piece) -> Piece:
        """The piece, in parentheses if need be."""
        return replace(piece, text=piece.inside(8))

    def _membership(self, node: Binary) -> Piece:
        if not isinstance(node.right, ListOf):
            if not self.asks(node.right):
                return self._among(node)
            return self.walk.contains(node)
        if not node.right.items:
            return Piece(self.terms.truth(False), BOOL, nullable=False)
        of = node.right.type.of
        wanted = None if of is None else common(node.left.type, of)
        assert wanted is not None
        if pairs := [pair for item in node.right.items if (pair := self._marked(node.left, item)) is not None]:
            found = [self.terms.matches(*pair) for pair in pairs]
            return joined(" OR ".join(f"{{{at}}}" for at in range(len(found))), *found, type=BOOL, strength=OR)
        left = self.operand(node.left, wanted)
        items = [self.operand(item, wanted) for item in node.right.items]
        if all(item.constant and not item.nullable and item.shape == left.shape == "plain" for item in items):
            listed = ", ".join(f"{{{at + 1}}}" for at in range(len(items)))
            return joined(f"{{0}} IN ({listed})", left, *items, type=BOOL, strength=COMPARE)
        equal = [self.terms.equal(left, item, negated=False) for item in items]
        return joined(" OR ".join(f"{{{at}}}" for at in range(len(equal))), *equal, type=BOOL, strength=OR)

    def _among(self, node: Binary) -> Piece:
        of = node.right.type.of
        if of is None:
            return Piece(self.terms.truth(False), BOOL, nullable=False)
        values = from_environment(meaning(node.right))
        return self.terms.among(self.operand(node.left, of), values, of)

    def _arithmetic(self, node: Binary) -> Piece:
        left, right, type = node.left, node.right, node.type
        if type.name == "string":
            return self.terms.glued(self.value(left), self.value(right))
        if type.name == "number":
            return self.terms.floating(node.operator, self.operand(left, type), self.operand(right, type))
        if type.name == "decimal" and node.operator == "/":
            raise FormulaError("a quotient cannot be filtered by", node.start, node.end, code="not_in_sql")
        if type.name in _NUMBERS:
            aligned = type if node.operator in ("+", "-") else None
            first, second = self.operand(left, aligned or left.type), self.operand(right, aligned or right.type)
            return self.terms.arithmetic(node.operator, first, second, type)
        if left.type.name == "int" or (left.type.name == "duration" and right.type.name in ("date", "instant")):
            left, right = right, left
        return self.terms.temporal(node.operator, self.value(left), self.value(right), type)

    def _conditional(self, node: Conditional) -> Piece:
        """A chain a ? b : c ? d : e is one CASE."""
        if node.type.name == "null":
            return Piece("NULL", node.type)
        tests: list[Piece] = []
        values: list[Piece] = []
        rest: Node = node
        while isinstance(rest, Conditional) and rest.type == node.type and self.asks(rest):
            tests.append(self.condition(rest.test))
            values.append(self.operand(rest.then, node.type))
            rest = rest.otherwise
        values = self.terms.alike([*values, self.operand(rest, node.type)])
        arms = "".join(f" WHEN {{{at}}} THEN {{{len(tests) + at}}}" for at in range(len(tests)))
        return joined(
            f"(CASE{arms} ELSE {{{2 * len(tests)}}} END)", *tests, *values,
            type=node.type, bound=max(one.bound for one in values), shape=_widest(values),
            nullable=any(one.nullable for one in values),
        )


def _is_given(node: Node) -> bool:
    """Whether the environment holds the record itself and not its id alone."""
    return isinstance(node, Name) and node.name in ("record", "old", "item")


def _meeting(node: Binary) -> Type:
    wanted = common(node.left.type, node.right.type)
    assert wanted is not None
    return wanted


def _links(node: Node, operator: str) -> list[Node]:
    """The operands of a chain of one operator, from the left."""
    found: list[Node] = []
    while isinstance(node, Binary) and node.operator == operator:
        found.append(node.right)
        node = node.left
    return [node, *reversed(found)]


def _widest(pieces: Sequence[Piece]) -> Any:
    return "wide" if any(one.shape == "wide" for one in pieces) else pieces[0].shape
