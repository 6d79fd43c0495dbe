"""Layout: the tables, columns, indexes and references of a record type, worked out of its declaration alone."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as given
from typing import Any

from kartotek.kinds.kind import ColumnSpec
from kartotek.kinds.registry import kind_of
from kartotek.model.catalog import RecordType, Unique
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.naming import part_table
from kartotek.model.sealing import Sealing

ID = ColumnSpec("integer")
TEXT = ColumnSpec("text")
INSTANT = ColumnSpec("instant")
JSON = ColumnSpec("json")
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Column:
    """`path` is the field's name, or those of an object and its member; `target` the type a reference points to, `label` what an
    encrypted value is bound to."""

    name: str
    spec: ColumnSpec
    path: tuple[str, ...] = ()
    target: str = ""
    label: str = ""


SYSTEM: tuple[Column, ...] = (
    Column("id", ID), Column("version", ID), Column("state", TEXT),
    Column("created_at", INSTANT), Column("created_by", ID), Column("updated_at", INSTANT), Column("updated_by", ID),
    Column("deleted_at", INSTANT), Column("deleted_group", TEXT), Column("rest", JSON),
)


# jsonb knows no order of members and no doubles; what others' schemas allow has to come back as it was sent.
_FOREIGN = tuple(Column("rest", ColumnSpec("wire")) if one.name == "rest" else one for one in SYSTEM)


@dataclass(frozen=True, slots=True)
class Index:
    """`fields` are the declared names that a person knows the columns by; with `where` only some records count."""

    name: str
    columns: tuple[str, ...]
    fields: tuple[str, ...]
    unique: bool = False
    where: Formula | None = None


@dataclass(frozen=True, eq=False)
class PartLayout:
    """A sub-table, or with `target` the join of a field that holds many references."""

    table: str
    field: str
    columns: tuple[Column, ...] = ()
    target: str = ""
    kept: dict[Any, Any] = given(default_factory=dict, repr=False)

    @property
    def references(self) -> tuple[Column, ...]:
        """The columns that point to other types."""
        return tuple(one for one in self.columns if one.target)


@dataclass(frozen=True, eq=False)
class Layout:
    """`columns` are those of fields; the system columns stand before them in every table.

    `sealed` are the columns of encrypted values, by `sealing` bound to their place. `kept` holds the SQL texts made for this layout, which lives as long as a catalog does.
    """

    table: str
    columns: tuple[Column, ...]
    rows: Mapping[str, PartLayout]
    joins: Mapping[str, PartLayout]
    indexes: tuple[Index, ...]
    system: tuple[Column, ...] = SYSTEM
    sealing: Sealing | None = None
    sealed: tuple[Column, ...] = ()
    kept: dict[Any, Any] = given(default_factory=dict, repr=False)

    @property
    def references(self) -> tuple[Column, ...]:
        """The columns that point to other types."""
        return tuple(one for one in self.columns if one.target)

    def column(self, name: str) -> Column:
        """A column by its name, of fields or of the system."""
        named: Mapping[str, Column] | None = self.kept.get("columns")
        if named is None:
            named = self.kept["columns"] = {one.name: one for one in (*self.system, *self.columns)}
        return named[name]


def layout_of(record_type: RecordType) -> Layout:
    """The layout of a type; live fields have no place in it."""
    table = record_type.name
    columns = tuple(_columns(record_type.fields, (), record_type.sealing))
    stored = [one for one in record_type.fields if not one.is_live]
    rows = {one.name: _sub_table(table, one) for one in stored if one.kind == "rows"}
    joins = {one.name: _join(table, one) for one in stored if one.kind == "references"}
    indexes = {one.name: one for one in _indexes(record_type, columns)}
    system = _FOREIGN if record_type.foreign else SYSTEM
    sealed = tuple(one for one in columns if one.spec.type == "sealed")
    return Layout(table, columns, rows, joins, tuple(indexes.values()), system, record_type.sealing, sealed)


def blind_column(column: str) -> str:
    """What the column is called by which equal encrypted values of another are found; no field's is called so."""
    return f"{column}__blind"


def _columns(fields: Sequence[Field], above: tuple[str, ...], sealing: Sealing | None = None) -> Iterator[Column]:
    for one in fields:
        path = (*above, one.name)
        if one.is_live:
            continue
        if one.kind == "object":
            yield from _columns(one.fields, path, sealing)
            continue
        spec = kind_of(one).column(one)
        if spec is not None:
            label = sealing.label(path) if one.encrypt and sealing is not None else ""
            yield Column(one.column, spec, path, _target(one), label)
            if one.blind:
                yield Column(blind_column(one.column), ColumnSpec("blind"), path, "", label)


def _target(one: Field) -> str:
    if one.kind == "user":
        return "user"
    return one.reference.target if one.kind == "reference" and one.reference else ""


def _sub_table(table: str, one: Field) -> PartLayout:
    return PartLayout(part_table(table, one.column), one.name, tuple(_columns(one.fields, ())))


def _join(table: str, one: Field) -> PartLayout:
    target = one.reference.target if one.reference else ""
    return PartLayout(part_table(table, one.column), one.name, target=target)


def _indexes(record_type: RecordType, columns: Sequence[Column]) -> Iterator[Index]:
    table = record_type.name
    by_path = {one.path: one.name for one in columns}  # of an encrypted field the blind one, which comes after it
    for one in record_type.fields:
        if one.unique and (one.name,) in by_path:
            yield _unique_index(table, (by_path[one.name,],), Unique((one.name,)))
    for rule in record_type.unique:
        yield _unique_index(table, tuple(by_path[name,] for name in rule.fields), rule)
    wanted = [(one.name,) for one in record_type.fields if one.index or one.kind in ("reference", "user")]
    for fields in dict.fromkeys([*wanted, *record_type.indexes]):
        if all((name,) in by_path for name in fields):
            columns_of = tuple(by_path[name,] for name in fields)
            yield Index(_name("i", table, columns_of), columns_of, fields)


def _unique_index(table: str, columns: tuple[str, ...], rule: Unique) -> Index:
    condition = (rule.where.source,) if rule.where is not None else ()
    return Index(_name("u", table, columns, *condition), columns, rule.fields, True, rule.where)


def _name(kind: str, table: str, columns: tuple[str, ...], *condition: str) -> str:
    """A name that is the same for the same index; of one that is long or has a condition, with a hash of all that."""
    plain = f"{kind}_{table}__{'__'.join(columns)}"
    if len(plain) <= _LONGEST_NAME and not condition:
        return plain
    digest = hashlib.sha256("\0".join((plain, *condition)).encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain[:_LONGEST_NAME - 9]}_{digest}"
