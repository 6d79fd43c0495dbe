"""Parser: tokens to an untyped tree, by precedence climbing within the limits."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Literal

from kartotek.formula.error import Code, FormulaError
from kartotek.formula.lexer import Token, text_of, tokens
from kartotek.formula.limits import INT_MAX, INT_MIN, LIMITS, MAX_DIGITS, Limits
from kartotek.formula.types import BOOL, INT, NULL, NUMBER, STRING, decimal_of
from kartotek.model.formula import (
    Binary,
    Call,
    Conditional,
    ListOf,
    Literal_,
    Member,
    Name,
    Node,
    Quantified,
    Unary,
)

UNTYPED = NULL
PRECEDENCE = {
    "?": 1, "||": 2, "&&": 3, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "in": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "%": 6,
}
_MEANT = {
    "and": "&&", "or": "||", "not": "!", "=": "==", "is": "==", "&": "&&", "|": "||",
    "AND": "&&", "OR": "||", "NOT": "!",
}
_WORDS = {"true": True, "false": False, "null": None, "True": True, "False": False, "None": None}


def parse(source: str, *, limits: Limits = LIMITS) -> Node:
    """The tree of a formula, every node but constants still untyped. Raises FormulaError."""
    if len(source) > limits.length:
        message = f"this formula has {len(source)} characters; at most {limits.length} are allowed"
        raise FormulaError(message, limits.length, limits.length + 1, code="limit")
    return _Parser(tokens(source), limits).whole()


class _Parser:
    def __init__(self, found: list[Token], limits: Limits) -> None:
        self._tokens = found
        self._at = 0
        self._limits = limits
        self._nodes = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._expression(0)
        token = self._token
        if token.kind != "end":
            raise self._refused(f"unexpected {token.text!r:.60}", token, _MEANT.get(token.text, ""))
        return node

    @property
    def _token(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _is(self, sign: str) -> bool:
        return self._token.text == sign and self._token.kind == "sign"

    def _expect(self, sign: str) -> Token:
        if not self._is(sign):
            token = self._token
            found = repr(token.text) if token.kind != "end" else "the end"
            raise self._refused(f"expected {sign!r}, found {found}", token, _MEANT.get(token.text, ""))
        return self._next()

    def _refused(self, message: str, token: Token, suggestion: str = "", code: Code = "syntax") -> FormulaError:
        return FormulaError(message, token.start, token.end, suggestion, code=code)

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > self._limits.depth:
            raise self._refused("this formula is nested too deeply", self._token, code="limit")

    def _counted(self, node: Node) -> Node:
        self._nodes += 1
        if self._nodes > self._limits.nodes:
            raise FormulaError("this formula has too many parts", node.start, node.end, code="limit")
        return node

    def _expression(self, lowest: int) -> Node:
        """An operator expression whose operators bind at least as strongly as `lowest`."""
        left = self._prefixed()
        while True:
            token = self._token
            strength = PRECEDENCE.get(token.text, 0) if token.kind in ("sign", "name") else 0
            if strength == 0 or strength < lowest:
                break
            self._next()
            left = self._conditional(left) if token.text == "?" else self._infix(left, token.text, strength)
        return left

    def _nested(self) -> Node:
        """An expression within brackets of any kind."""
        self._deeper()
        found = self._expression(0)
        self._depth -= 1
        return found

    def _infix(self, left: Node, operator: str, strength: int) -> Node:
        right = self._expression(strength + 1)
        return self._counted(Binary(operator, left, right, UNTYPED, left.start, right.end))

    def _conditional(self, test: Node) -> Node:
        then = self._expression(2)
        self._expect(":")
        otherwise = self._expression(1)
        return self._counted(Conditional(test, then, otherwise, UNTYPED, test.start, otherwise.end))

    def _prefixed(self) -> Node:
        token = self._token
        if token.kind != "sign" or token.text not in ("!", "-"):
            return self._postfixed(self._primary())
        self._next()
        if token.text == "-" and self._token.kind == "number":
            number = self._next()
            return self._postfixed(self._number(replace(number, text="-" + number.text, start=token.start)))
        self._deeper()
        operand = self._prefixed()
        self._depth -= 1
        return self._counted(Unary(token.text, operand, UNTYPED, token.start, operand.end))

    def _primary(self) -> Node:
        token = self._next()
        if token.kind == "number":
            return self._number(token)
        if token.kind == "text":
            return self._counted(Literal_(text_of(token), STRING, token.start, token.end))
        if token.kind == "name":
            return self._named(token)
        if token.kind == "sign" and token.text == "(":
            inner = self._nested()
            end = self._expect(")").end
            return replace(inner, start=token.start, end=end)
        if token.kind == "sign" and token.text == "[":
            return self._list(token)
        found = "the end" if token.kind == "end" else repr(token.text)
        raise self._refused(f"expected a value, found {found}", token)

    def _named(self, token: Token) -> Node:
        if token.text in _WORDS:
            value = _WORDS[token.text]
            if token.text[0].isupper():
                meant = "null" if value is None else str(value).lower()
                raise self._refused(f"unknown name {token.text!r:.60}", token, meant)
            constant = Literal_(value, NULL if value is None else BOOL, token.start, token.end, nullable=value is None)
            return self._counted(constant)
        if token.text in _MEANT or token.text == "in":
            raise self._refused(f"unexpected {token.text!r:.60}", token, _MEANT.get(token.text, ""))
        if self._is("("):
            arguments, end = self._arguments(")")
            return self._counted(Call(token.text, arguments, UNTYPED, token.start, end))
        return self._counted(Name(token.text, UNTYPED, token.start, token.end))

    def _list(self, token: Token) -> Node:
        self._at -= 1
        items, end = self._arguments("]")
        return self._counted(ListOf(items, UNTYPED, token.start, end))

    def _arguments(self, closing: str) -> tuple[tuple[Node, ...], int]:
        self._next()
        found: list[Node] = []
        while not self._is(closing):
            if found:
                self._expect(",")
            found.append(self._nested())
        return tuple(found), self._next().end

    def _postfixed(self, node: Node) -> Node:
        depth = self._depth
        while self._is(".") or self._is("["):
            self._deeper()
            node = self._dotted(node) if self._next().text == "." else self._indexed(node)
        self._depth = depth
        return node

    def _dotted(self, node: Node) -> Node:
        token = self._next()
        if token.kind != "name":
            raise self._refused('expected a name after "."', token)
        if not self._is("("):
            return self._counted(Member(node, token.text, UNTYPED, node.start, token.end))
        if token.text in ("exists", "all"):
            return self._quantified(node, token)
        arguments, end = self._arguments(")")
        return self._counted(Call(token.text, (node, *arguments), UNTYPED, node.start, end))

    def _indexed(self, node: Node) -> Node:
        token = self._next()
        if token.kind != "text":
            raise self._refused('expected a name in quotes: record["first name"]', token)
        name = text_of(token)
        return self._counted(Member(node, name, UNTYPED, node.start, self._expect("]").end))

    def _quantified(self, node: Node, word: Token) -> Node:
        arguments, end = self._arguments(")")
        if len(arguments) != 2 or not isinstance(arguments[0], Name):
            raise FormulaError(
                f"{word.text} is written list.{word.text}(x, condition on x)", word.start, end, code="syntax"
            )
        quantifier: Literal["exists", "all"] = "exists" if word.text == "exists" else "all"
        return self._counted(Quantified(quantifier, node, arguments[0].name, arguments[1], UNTYPED, node.start, end))

    def _number(self, token: Token) -> Node:
        text = token.text
        if "e" in text or "E" in text:
            value = float(text)
            if value in (float("inf"), float("-inf")):
                raise self._refused("this number is too large", token)
            return self._counted(Literal_(value, NUMBER, token.start, token.end))
        digits = len(text.replace(".", "").replace("-", "").lstrip("0"))
        if "." in text:
            if digits > MAX_DIGITS or len(text.partition(".")[2]) > MAX_DIGITS:
                raise self._refused(f"a decimal number has at most {MAX_DIGITS} digits", token)
            exact = Decimal(text)
            return self._counted(Literal_(exact, decimal_of(exact), token.start, token.end))
        if digits > MAX_DIGITS + 1 or not INT_MIN <= int(text) <= INT_MAX:
            raise self._refused("this whole number is too large", token)
        return self._counted(Literal_(int(text), INT, token.start, token.end))
