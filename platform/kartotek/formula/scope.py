"""Scope: the names a formula may use, and the members of what they hold."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from kartotek.formula.types import INSTANT, INT, STRING
from kartotek.model.catalog import Inverse, RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Type

TypeOf = Callable[[Field], Type]


@dataclass(frozen=True, slots=True)
class FieldType:
    """A member's type. `field` is the declared field behind it, where that is not the member itself: for an inverse
    list the reference of the other type, as (record type, field). `aliases` are its former names.
    """

    type: Type
    nullable: bool = True
    field: tuple[str, str] | None = None
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """`members` answers for record, row, meta and user types; {} for a type that is hidden or unknown.

    `takes_former` says that fields may be called by former names, which whoever asks from outside may still know them by.
    """

    names: Mapping[str, Type]
    members: Callable[[Type], Mapping[str, FieldType]]
    takes_former: bool = False


def catalog_scope(
    types: Mapping[str, RecordType], *, names: Mapping[str, Type], type_of: TypeOf, accounts: Collection[str] = ()
) -> Scope:
    """The scope over declared types. `accounts` are the types that `user.<type>` reaches."""
    return Scope(MappingProxyType(dict(names)), _Members(types, type_of, accounts))


def row_path(parent: str, name: str) -> str:
    """The name of the type of a sub-table's rows or of a small object: "order.lines"."""
    return f"{parent}.{name}" if "." not in name and '"' not in name else f'{parent}["{name}"]'


class _Members:
    """{member: FieldType} of every type of a catalog, worked out when first asked for."""

    def __init__(self, types: Mapping[str, RecordType], type_of: TypeOf, accounts: Collection[str]) -> None:
        self._types = types
        self._type_of = type_of
        self._accounts = accounts
        self._records: dict[str, Mapping[str, FieldType]] = {}
        self._rows: dict[str, Sequence[Field]] = {}
        for one in types.values():
            self._note_rows(one.name, one.fields)

    def __call__(self, type: Type) -> Mapping[str, FieldType]:
        if type.name == "record":
            if type.record not in self._records:
                self._records[type.record] = self._of_record(type.record)
            return self._records[type.record]
        if type.name == "row":
            return self._of_fields(type.record, self._rows.get(type.record, ()))
        if type.name == "meta":
            return self._of_meta()
        return self._of_user() if type.name == "user" else {}

    def _note_rows(self, parent: str, fields: Sequence[Field]) -> None:
        for one in fields:
            if one.kind in ("rows", "object"):
                path = row_path(parent, one.name)
                self._rows[path] = one.fields
                self._note_rows(path, one.fields)

    def _of_record(self, name: str) -> Mapping[str, FieldType]:
        if name not in self._types:
            return {}
        declared = self._types[name]
        inverses = {
            one.name: _inverse(name, one)
            for one in declared.inverses.values()
        }
        return {**inverses, **self._of_fields(name, declared.fields)}

    def _of_fields(self, parent: str, fields: Sequence[Field]) -> dict[str, FieldType]:
        # Even a required field may be empty: in a draft, and in records older than the rule.
        # What has no column is not for formulas: no database could say it.
        return {
            one.name: FieldType(self._typed(parent, one), aliases=one.aliases)
            for one in fields if not one.settings.get("in_rest")
        }

    def _typed(self, parent: str, field: Field) -> Type:
        if field.kind == "rows":
            return Type("list", of=Type("row", record=row_path(parent, field.name)))
        if field.kind == "object":
            return Type("row", record=row_path(parent, field.name))
        if field.reference is not None:
            record = Type("record", record=field.reference.target)
            return Type("list", of=record) if field.kind == "references" else record
        return self._type_of(field)

    def _person(self) -> Type:
        return Type("record", record="user") if "user" in self._types else INT

    def _of_meta(self) -> Mapping[str, FieldType]:
        return {
            "id": FieldType(INT, nullable=False), "version": FieldType(INT, nullable=False), "state": FieldType(STRING),
            "created_at": FieldType(INSTANT), "created_by": FieldType(self._person()),
            "updated_at": FieldType(INSTANT), "updated_by": FieldType(self._person()),
        }

    def _of_user(self) -> Mapping[str, FieldType]:
        reached: dict[str, Any] = {name: FieldType(Type("record", record=name)) for name in self._accounts}
        return reached | {
            "id": FieldType(INT, nullable=False), "name": FieldType(STRING, nullable=False),
            "roles": FieldType(Type("list", of=STRING), nullable=False), "language": FieldType(STRING, nullable=False),
        }


def _inverse(owner: str, inverse: Inverse) -> FieldType:
    """A list that names its owner is an inverse: it is asked of the database, not read from the record's values."""
    type = Type("list", of=Type("record", record=inverse.type), record=owner)
    return FieldType(type, nullable=False, field=(inverse.type, inverse.field))


def with_names(scope: Scope, **names: Type) -> Scope:
    """The same scope with more names."""
    return replace(scope, names={**scope.names, **names})
