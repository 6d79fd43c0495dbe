"""Places: where a formula's records and rows stand in a query, and the lists that can be gone through from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from kartotek.formula.error import FormulaError
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Formula, Type
from kartotek.model.naming import part_table
from kartotek.model.view import Rules, View
from kartotek.storage.dialect import quote
from kartotek.storage.formula_pieces import Piece
from kartotek.storage.layout import blind_column

# What of a field is asked: its value, whether there is one, or the mark by which equal encrypted ones are found.
Use = Literal["value", "presence", "mark"]
_SYSTEM = frozenset({"id", "version", "state", "created_at", "created_by", "updated_at", "updated_by"})


@dataclass(frozen=True, slots=True)
class Place:
    """A table's alias with the fields that can be asked of it.

    In a row or a small object `record` is where the record it belongs to stands and `outer` the field it stands in, for
    which a view may restrict members; an object within an object is as readable as the member it is.
    """

    alias: str
    type: RecordType
    fields: Mapping[str, Field]
    is_top: bool = True
    record: Place | None = None
    outer: str = ""

    @property
    def id(self) -> str:
        """The id as text."""
        return f'{self.alias}."id"'

    def column(self, field: Field, use: Use = "value") -> str:
        """A field's column as text. Raises FormulaError where the database cannot read it, but whether there is something."""
        if field.encrypt and use == "mark" and field.blind:
            return f"{self.alias}.{quote(blind_column(field.column))}"
        if field.encrypt and use != "presence":
            raise FormulaError(f"'{field.name}' is encrypted, so records cannot be looked up by it", 0, 0, code="not_in_sql")
        return f"{self.alias}.{quote(field.column)}"

    def label(self, field: Field) -> str:
        """What encrypted values of a field are bound to."""
        path = (self.outer, field.name) if self.outer else (field.name,)
        return self.type.sealing.label(path) if self.type.sealing is not None else ""

    def system(self, name: str) -> str:
        """A system value's column as text."""
        if name not in _SYSTEM:
            raise KeyError(name)
        return f"{self.alias}.{quote(name)}"

    def inside(self, field: Field) -> Place:
        """The members of a small object, which are columns of the same table."""
        if not self.is_top:
            return replace(self, fields=_named(field.fields), outer="")
        return replace(self, fields=_named(field.fields), is_top=False, record=self, outer=field.name)


def record_place(catalog: Catalog, name: str, alias: str) -> Place:
    """A record of the type, or a row where the name is "type.field"."""
    if name in catalog.types:
        found = catalog.types[name]
        return Place(alias, found, found.by_name)
    owner, field = _sub_table(catalog, name)
    return Place(alias, owner, _named(field.fields), is_top=False, outer=field.name)


def row_place(owner: Place, field: Field, alias: str) -> Place:
    """A row of a sub-table of the record at `owner`."""
    return Place(alias, owner.type, _named(field.fields), is_top=False, record=owner, outer=field.name)


@dataclass(frozen=True, slots=True)
class Elements:
    """What a list is selected from. `place` is where each element stands, or `value` what it is."""

    source: str
    conditions: tuple[Piece, ...]
    place: Place | None = None
    value: Piece | None = None


def sub_table(owner: Place, field: Field, alias: str) -> tuple[str, str]:
    """(what to select from, the condition that ties it to the owner) of a sub-table or a list of references."""
    table = part_table(owner.type.name, field.column)
    return f"{quote(table)} AS {alias}", f'{alias}."parent_id" = {owner.id}'


def inverse_list(owner: Place, child: RecordType, link: Field, alias: str) -> tuple[str, str]:
    """(what to select from, the condition) of the records of another type that point here."""
    source = f"{quote(child.name)} AS {alias}"
    if link.kind != "references":
        return source, f"{alias}.{quote(link.column)} = {owner.id}"
    join = quote(part_table(child.name, link.column))
    return source, f'{alias}."id" IN (SELECT j."parent_id" FROM {join} AS j WHERE j."target_id" = {owner.id})'


def rows_shown(view: View | None, record_type: str) -> Rules:
    """Which rows of a type may be reached."""
    return True if view is None else view.of(record_type).rows


def field_shown(view: View | None, place: Place, name: str) -> Rules:
    """In which rows a field may be read."""
    if view is None:
        return True
    seen = view.of(place.type.name)
    return seen.fields.get(name, ()) if place.is_top else seen.inner.get((place.outer, name), True)


def element_type(type: Type) -> Type:
    """What a list holds."""
    return type.of if type.of is not None else Type("null")


def formulas_of(rules: Rules) -> Sequence[Formula]:
    """The formulas of which one must hold."""
    return () if rules is True else rules


def _named(fields: Sequence[Field]) -> dict[str, Field]:
    return {one.name: one for one in fields}


def _sub_table(catalog: Catalog, name: str) -> tuple[RecordType, Field]:
    owner, _, field = name.partition(".")
    found: Any = catalog.types.get(owner)
    if found is None or field not in found.by_name:
        raise KeyError(name)
    return found, found.by_name[field]
