"""Walk: fields, hops and lists in SQL, each hop under the row rules of an asked formula's view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from kartotek.formula.error import FormulaError
from kartotek.formula.types import BOOL, INT, common
from kartotek.model.field import Field
from kartotek.model.formula import Binary, Call, Member, Name, Node, Quantified, Type
from kartotek.model.view import Rules
from kartotek.storage.dialect import quote
from kartotek.storage.formula_pieces import AND, ATOM, COMPARE, Piece, joined, not_in_sql
from kartotek.storage.formula_places import (
    Elements,
    Place,
    Use,
    element_type,
    field_shown,
    formulas_of,
    inverse_list,
    record_place,
    row_place,
    rows_shown,
    sub_table,
)

if TYPE_CHECKING:
    from kartotek.storage.formula_compiler import Compiler

Build = Callable[[Place], Piece]


class Walk:
    """Belongs to one Compiler. A hop is a sub-select of one row by its id, NULL where there is no such record."""

    def __init__(self, compiler: Compiler) -> None:
        self._compiler = compiler

    def name(self, node: Name) -> Piece:
        """A record of the query, as its id; or the element of a plain list."""
        found = self._compiler.roots[node.name]
        if isinstance(found, Piece):
            return found
        return replace(self._column(found.id, node.type), nullable=False)

    def member(self, node: Member, use: Use = "value") -> Piece:
        """A field or a system value."""
        if node.target.type.name == "meta":
            return self._system_value(node)
        return self.at(node.target, lambda place: self.field(place, node, use))

    def secret(self, node: Node) -> tuple[Place, Field] | None:
        """The encrypted field that a node reads, where it reads one."""
        if not isinstance(node, Member) or node.target.type.name not in ("record", "row"):
            return None
        try:
            place = record_place(self._compiler.catalog, node.target.type.record, "")
        except KeyError:  # something within a row, where nothing is encrypted
            return None
        field = place.fields.get(node.name)
        return (place, field) if field is not None and field.encrypt else None

    def at(self, node: Node, build: Build) -> Piece:
        """What `build` makes of the place where a record or row stands; through a reference it is a sub-select."""
        if isinstance(node, Name):
            roots = self._compiler.roots
            found = roots.get("record" if node.name == "meta" and "meta" not in roots else node.name)
            if isinstance(found, Place):
                return build(found)
        if isinstance(node, Call):
            return self.at(node.arguments[0], build)
        if isinstance(node, Member) and node.type.name == "row":
            return self.at(node.target, lambda place: self._object(place, node, build))
        return self._hop(node, build)

    def field(self, place: Place, node: Member, use: Use = "value") -> Piece:
        """A field of the row at a place; NULL in rows in which it may not be read."""
        field = self._readable(place, node)
        piece = self._live(place, field, node.type) if field.is_live else self._column(place.column(field, use), node.type)
        return self._shown(place, node, piece)

    def _readable(self, place: Place, node: Member) -> Field:
        field = place.fields.get(node.name)
        if field is None or field_shown(self._compiler.view, place, node.name) == ():
            raise _unknown(node)
        return field

    def _shown(self, place: Place, node: Member, piece: Piece) -> Piece:
        rule = self._rule(field_shown(self._compiler.view, place, node.name), place)
        if rule is None:
            return piece
        made = joined("(CASE WHEN {0} THEN {1} END)", rule, piece, type=piece.type)
        return replace(piece, text=made.text, params=made.params, strength=ATOM, is_column=False, nullable=True)

    def _rule(self, rules: Rules, place: Place) -> Piece | None:
        """The condition under which one of the formulas holds; None where nothing needs to hold."""
        if rules is True:
            return None
        record = place if place.is_top or place.record is None else place.record
        roots = {"record": record, "meta": record}
        pieces = [self._compiler.declared(roots, one).condition(one.node) for one in formulas_of(rules)]
        pattern = " OR ".join(f"{{{at}}}" for at in range(len(pieces))) or self._compiler.terms.truth(False)
        return joined(f"({pattern})", *[replace(one, text=one.inside(AND)) for one in pieces], type=BOOL)

    def _live(self, place: Place, field: Field, wanted: Type) -> Piece:
        assert field.compute is not None
        roots: dict[str, Place | Piece] = {"record": place, "meta": place}
        if place.record is not None:
            roots = {"record": place.record, "meta": place.record, "row": place}
        inner = self._compiler.declared(roots, field.compute)
        piece = inner.converted(inner.value(field.compute.node), wanted)
        return inner.terms.held(piece, wanted) if wanted.name in ("int", "decimal") else piece

    def _column(self, text: str, type: Type) -> Piece:
        return self._compiler.terms.column(text, type)

    def _system_value(self, node: Member) -> Piece:
        return self.at(node.target, lambda place: self._column(place.system(node.name), node.type))

    def _object(self, place: Place, node: Member, build: Build) -> Piece:
        field = self._readable(place, node)
        return self._shown(place, node, build(place.inside(field)))

    def _hop(self, node: Node, build: Build) -> Piece:
        record_type = node.type.record
        rules = rows_shown(self._compiler.view, record_type)
        if rules == () or record_type not in self._compiler.catalog.types:
            raise _unknown(node)
        alias = self._alias()
        place = record_place(self._compiler.catalog, record_type, alias)
        inner, id, rule = build(place), self._compiler.value(node), self._rule(rules, place)
        found = f'{alias}."id" = {{1}} AND {alias}."deleted_at" IS NULL'
        pattern = f"(SELECT {{0}} FROM {quote(record_type)} AS {alias} WHERE {found}"
        pieces = [inner, self._compiler.atom(id)]
        if rule is not None:
            pattern += " AND {2}"
            pieces.append(rule)
        made = joined(pattern + ")", *pieces, type=inner.type)
        return replace(made, shape=inner.shape, bound=inner.bound, nullable=True)

    def _alias(self) -> str:
        return f"h{next(self._compiler.aliases)}"

    # lists

    def quantified(self, node: Quantified) -> Piece:
        """exists and all; NULL only where the list is reached through a reference to nothing."""
        return self._over(node.target, lambda elements: self._quantified(node, elements))

    def _quantified(self, node: Quantified, elements: Elements) -> Piece:
        compiler = self._compiler
        element = elements.place if elements.place is not None else elements.value
        assert element is not None
        compiler.roots[node.variable] = element
        condition = compiler.condition(node.condition)
        del compiler.roots[node.variable]
        if node.quantifier == "exists":
            return self._exists(elements, condition)
        missed = joined("{0} IS NOT TRUE", compiler.atom(condition), type=BOOL, strength=COMPARE, nullable=False)
        return replace(compiler.terms.inverted(self._exists(elements, missed)), nullable=False)

    def contains(self, node: Binary) -> Piece:
        """`left in list`."""
        of = element_type(node.right.type)
        wanted = common(node.left.type, of)
        assert wanted is not None
        compiler = self._compiler

        def build(elements: Elements) -> Piece:
            element = elements.value if elements.value is not None else self._element_id(elements, of)
            left, right = compiler.operand(node.left, wanted), compiler.converted(element, wanted)
            return self._exists(elements, compiler.terms.matches(right, replace(left, nullable=False)))

        return self._over(node.right, build)

    def _element_id(self, elements: Elements, of: Type) -> Piece:
        assert elements.place is not None
        return replace(self._column(elements.place.id, of), nullable=False)

    def size(self, node: Node) -> Piece:
        """How many elements a list has."""
        made = self._over(node, lambda elements: self._select("count(*)", elements, type=INT))
        return joined("coalesce({0}, 0)", made, type=INT, nullable=False, bound=10**10) if made.nullable else made

    def has_elements(self, node: Node) -> Piece:
        """Whether a list has elements."""
        return self._over(node, lambda elements: self._exists(elements))

    def has_members(self, node: Node) -> Piece:
        """Whether any member of a small object is set."""
        return self.at(node, self._any_member)

    def _any_member(self, place: Place) -> Piece:
        pieces = [self._member_set(place, one) for one in place.fields.values() if not one.is_live]
        known = [one for one in pieces if one is not None]
        pattern = " OR ".join(f"{{{at}}}" for at in range(len(known))) or self._compiler.terms.truth(False)
        return joined(f"({pattern})", *known, type=BOOL, nullable=False)

    def _member_set(self, place: Place, field: Field) -> Piece | None:
        """Whether a member is set; None where no one may know."""
        shown = field_shown(self._compiler.view, place, field.name)
        if shown == ():
            return None
        if field.kind == "object":
            is_set = self._any_member(place.inside(field))
        else:
            is_set = Piece(f"{place.column(field)} IS NOT NULL", BOOL, nullable=False)
        rule = self._rule(shown, place)
        return is_set if rule is None else joined("({0} AND {1})", is_set, rule, type=BOOL)

    def _over(self, node: Node, build: Callable[[Elements], Piece]) -> Piece:
        if not isinstance(node, Member) or not self._compiler.asks(node):
            raise not_in_sql("only a list of the rows that are filtered can be gone through")
        return self.at(node.target, lambda owner: build(self._elements(owner, node)))

    def _elements(self, owner: Place, node: Member) -> Elements:
        alias = self._alias()
        if node.type.record:
            return self._inverse(owner, node, alias)
        field = self._readable(owner, node)
        rule = self._rule(field_shown(self._compiler.view, owner, node.name), owner)
        rules = () if rule is None else (rule,)
        of = element_type(node.type)
        if field.kind not in ("rows", "references"):
            source, text = self._compiler.terms.elements(owner.column(field), alias, of)
            return Elements(source, rules, value=replace(self._column(text, of), is_column=False))
        source, tie = sub_table(owner, field, alias)
        conditions = (Piece(tie, BOOL, nullable=False), *rules)
        if field.kind == "rows":
            return Elements(source, conditions, place=row_place(owner, field, alias))
        return Elements(source, conditions, value=self._column(f'{alias}."target_id"', of))

    def _inverse(self, owner: Place, node: Member, alias: str) -> Elements:
        inverse = owner.type.inverses[node.name]
        place = record_place(self._compiler.catalog, inverse.type, alias)
        link = place.fields[inverse.field]
        view = self._compiler.view
        rows, shown = rows_shown(view, inverse.type), field_shown(view, place, inverse.field)
        if rows == () or shown == ():
            raise _unknown(node)
        source, tie = inverse_list(owner, place.type, link, alias)
        conditions = [Piece(tie, BOOL, nullable=False), Piece(f'{alias}."deleted_at" IS NULL', BOOL, nullable=False)]
        conditions += [rule for rules in (rows, shown) if (rule := self._rule(rules, place)) is not None]
        return Elements(source, tuple(conditions), place=place)

    def _exists(self, elements: Elements, *more: Piece) -> Piece:
        return self._select("1", elements, more, type=BOOL, word="EXISTS ")

    def _select(
        self, what: str, elements: Elements, more: tuple[Piece, ...] = (), *, type: Type, word: str = ""
    ) -> Piece:
        conditions = [replace(one, text=one.inside(AND)) for one in (*elements.conditions, *more)]
        where = " AND ".join(f"{{{at}}}" for at in range(len(conditions)))
        pattern = f"{word}(SELECT {what} FROM {elements.source}{' WHERE ' if where else ''}{where})"
        return joined(pattern, *conditions, type=type, nullable=False, bound=10**10)


def _unknown(node: Node) -> FormulaError:
    """What may not be read cannot be told from what does not exist."""
    name = node.name if isinstance(node, Member | Name) else ""
    owner = node.target.type.record if isinstance(node, Member) else node.type.record
    start = max(node.start, node.end - len(name))
    return FormulaError(f"{owner} has no field {name!r}", start, node.end, code="unknown_field")
