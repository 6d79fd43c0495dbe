"""Checker: an untyped tree against a scope, to a Formula: typed, with everything it reads."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from kartotek.formula.calls import typed_call
from kartotek.formula.error import Code, FormulaError
from kartotek.formula.limits import LIMITS, MAX_HOPS, Limits
from kartotek.formula.operators import adapted, common_of, is_plain, typed_binary
from kartotek.formula.parser import parse
from kartotek.formula.scope import FieldType, Scope
from kartotek.formula.types import BOOL, DECIMAL, NUMBER, clash, common, words
from kartotek.model.formula import (
    Binary,
    Call,
    Conditional,
    Formula,
    ListOf,
    Literal_,
    Member,
    Name,
    Node,
    Quantified,
    Type,
    Unary,
)


def check(source: str, scope: Scope, *, wanted: Type | None = None, limits: Limits = LIMITS) -> Formula:
    """The formula, typed; with `wanted` of that type, a whole number being widened if need be. Raises FormulaError."""
    checker = _Checker(scope)
    node = checker.read(parse(source, limits=limits))
    if wanted is not None:
        node = _wanted(node, wanted)
    return Formula(source, node, node.type, node.nullable, frozenset(checker.paths), frozenset(checker.fields))


def _wanted(node: Node, wanted: Type) -> Node:
    node = adapted(node, wanted)
    given = node.type
    names = (given.name, wanted.name)
    if names == ("int", "decimal"):
        return Call("decimal", (node,), DECIMAL, node.start, node.end, nullable=node.nullable)
    if names == ("int", "number"):
        return Call("number", (node,), NUMBER, node.start, node.end, nullable=True)
    meet = common(given, wanted)
    if clash(given, wanted):
        raise FormulaError(f"this is in {given.currency}, and should be in {wanted.currency}", node.start, node.end)
    if meet is None or (given.name == "null" and wanted.name == "bool") or names == ("decimal", "int"):
        raise FormulaError(f"this is {words(given)}, and should be {words(wanted)}", node.start, node.end)
    return node


@dataclass(frozen=True, slots=True)
class _Variable:
    """What a quantifier's variable stands for."""

    type: Type
    path: tuple[str, ...]
    hops: int


class _Checker:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._variables: dict[str, _Variable] = {}
        self.paths: set[tuple[str, ...]] = set()
        self.fields: set[tuple[str, str]] = set()

    def read(self, node: Node) -> Node:
        """The node typed; what it reads is noted."""
        typed = self._typed(node)
        if isinstance(typed, Name | Member):
            self.paths.add(self._path(typed))
        return typed

    def _typed(self, node: Node) -> Node:
        match node:
            case Literal_():
                return node
            case Name():
                return self._name(node)
            case Member():
                return self._member(node)
            case Unary():
                return _typed_unary(replace(node, operand=self.read(node.operand)))
            case Binary():
                return typed_binary(replace(node, left=self.read(node.left), right=self.read(node.right)))
            case Conditional():
                return self._conditional(node)
            case ListOf():
                return self._list(node)
            case Call():
                return self._call(node)
            case Quantified():
                return self._quantified(node)

    def _name(self, node: Name) -> Name:
        if node.name in self._variables:
            return replace(node, type=self._variables[node.name].type)
        if node.name not in self._scope.names:
            known = [*self._scope.names, *self._variables]
            raise _unknown(f"unknown name {node.name!r:.60}", node, _alike(node.name, known), "unknown_name")
        return replace(node, type=self._scope.names[node.name], nullable=node.name in ("old", "item", "row"))

    def _member(self, node: Member) -> Member:
        target = self._typed(node.target)
        if target.type.name not in ("record", "row", "meta", "user"):
            raise _no_members(target, node)
        if not isinstance(target, Name | Member) and not (isinstance(target, Call) and target.function == "meta"):
            raise FormulaError("a member can be taken of a field only", node.start, node.end)
        if self._hops(target) > MAX_HOPS:
            raise FormulaError(f"a formula walks at most {MAX_HOPS} references", node.start, node.end, code="hops")
        node = self._called_today(target, node)
        found = self._find(target, node)
        nullable = found.nullable or target.nullable or self._hops(target) > 0
        return replace(node, target=target, type=found.type, nullable=nullable and found.type.name != "list")

    def _called_today(self, target: Node, node: Member) -> Member:
        members = self._scope.members(target.type) if self._scope.takes_former else {}
        if not members or node.name in members:
            return node
        return replace(node, name=next((name for name, one in members.items() if node.name in one.aliases), node.name))

    def _find(self, target: Node, node: Member) -> FieldType:
        members = self._scope.members(target.type)
        found = members.get(node.name)
        if found is None:
            owner = target.type.record or words(target.type)
            place = replace(node, start=max(node.start, node.end - len(node.name)))
            now = next((name for name, one in members.items() if node.name in one.aliases), "")
            if now:
                raise _unknown(f"{owner} has no field {node.name!r:.60} any more; it is called {now!r:.60} now", place, "", "unknown_field")
            hint = _alike(node.name, members)
            if target.type.name == "record" and node.name in self._scope.members(Type("meta")):
                hint = "meta." + node.name if isinstance(target, Name) else f"meta(…).{node.name}"
            raise _unknown(f"{owner} has no field {node.name!r:.60}", place, hint, "unknown_field")
        if target.type.name in ("record", "row"):
            self.fields.add(found.field or (target.type.record, node.name))
        return found

    def _conditional(self, node: Conditional) -> Conditional:
        test, then, otherwise = self.read(node.test), self.read(node.then), self.read(node.otherwise)
        if test.type.name != "bool":
            raise FormulaError(f"a condition is true/false, this is {words(test.type)}", test.start, test.end)
        then, otherwise = adapted(then, otherwise.type), adapted(otherwise, then.type)
        type = common_of((then, otherwise))
        if type is None or not is_plain(type):
            message = f"the two results do not meet: {words(then.type)} and {words(otherwise.type)}"
            raise FormulaError(message, node.start, node.end)
        nullable = then.nullable or otherwise.nullable or "number" == type.name
        return replace(node, test=test, then=then, otherwise=otherwise, type=type, nullable=nullable)

    def _list(self, node: ListOf) -> ListOf:
        items = tuple(self.read(item) for item in node.items)
        for item in items:
            if not is_plain(item.type) or item.type.name == "null":
                raise FormulaError(f"a list cannot hold {words(item.type)}", item.start, item.end)
        of = common_of(items)
        if items and of is None:
            raise FormulaError("the elements of a list are of one type", node.start, node.end)
        return replace(node, items=items, type=Type("list", of=of))

    def _call(self, node: Call) -> Node:
        if node.function == "meta" and len(node.arguments) == 1:
            arguments: tuple[Node, ...] = (self._typed(node.arguments[0]),)
            if isinstance(arguments[0], Name | Member):
                self.paths.add(self._path(arguments[0]))
        else:
            arguments = tuple(self.read(argument) for argument in node.arguments)
        return typed_call(replace(node, arguments=arguments))

    def _quantified(self, node: Quantified) -> Quantified:
        target = self.read(node.target)
        if target.type.name != "list" or not isinstance(target, Member):
            message = f"{node.quantifier} needs a list field, this is {words(target.type)}"
            raise FormulaError(message, target.start, target.end)
        if self._variables:
            raise FormulaError("exists and all cannot stand inside one another", node.start, node.end)
        if node.variable in self._scope.names:
            raise FormulaError(f"{node.variable!r} is already a name; choose another", node.start, node.end)
        of = target.type.of
        assert of is not None
        self._variables[node.variable] = _Variable(of, (*self._path(target), "*"), self._hops(target))
        condition = self.read(node.condition)
        del self._variables[node.variable]
        if condition.type.name != "bool":
            message = f"a condition is true/false, this is {words(condition.type)}"
            raise FormulaError(message, condition.start, condition.end)
        return replace(node, target=target, condition=condition, type=BOOL)

    def _path(self, node: Node) -> tuple[str, ...]:
        if isinstance(node, Name):
            return self._variables[node.name].path if node.name in self._variables else (node.name,)
        if isinstance(node, Member):
            return (*self._path(node.target), node.name)
        assert isinstance(node, Call)
        return (*self._path(node.arguments[0]), "meta()")

    def _hops(self, node: Node) -> int:
        if isinstance(node, Name):
            return self._variables[node.name].hops if node.name in self._variables else 0
        if isinstance(node, Call):
            return self._hops(node.arguments[0])
        assert isinstance(node, Member)
        of = node.type.of if node.type.of is not None else node.type
        return self._hops(node.target) + (of.name == "record")


def _typed_unary(node: Unary) -> Unary:
    operand = node.operand
    allowed = ("bool",) if node.operator == "!" else ("int", "decimal", "number", "duration")
    if operand.type.name not in allowed:
        raise FormulaError(f"'{node.operator}' cannot be applied to {words(operand.type)}", node.start, node.end)
    return replace(node, type=operand.type, nullable=operand.nullable or operand.type.name == "duration")


def _no_members(target: Node, node: Member) -> FormulaError:
    if target.type.name == "list":
        message = f"this is a list; write x.exists(one, one.{node.name} …), x.all(one, …) or size(x)"
        return FormulaError(message, target.start, target.end)
    return FormulaError(f"{words(target.type)} has no fields", node.start, node.end)


def _unknown(message: str, node: Node, hint: str, code: Code) -> FormulaError:
    return FormulaError(message, node.start, node.end, hint, code=code)


def _alike(name: str, known: Iterable[Any]) -> str:
    """The known name most like this one, or ""."""
    found = difflib.get_close_matches(name, [one for one in known if len(one) <= 60], 1) if len(name) <= 60 else []
    return str(found[0]) if found else ""
