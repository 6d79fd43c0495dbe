"""Values of every kind in real tables: they come back as they were, and both databases order and find them alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kind_samples import SAMPLES, Sample

from kartotek.kinds.registry import kind_of
from kartotek.model.catalog import RecordType
from kartotek.storage import ddl, records
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database
from kartotek.storage.dialect import quote
from kartotek.storage.layout import Layout, layout_of
from kartotek.storage.select import ALIAS, Selection, SortKey, select
from kartotek.storage.sql_text import SqlText
from kartotek.storage.stored import Stored

_ONE_COLUMN = tuple(
    one for one in SAMPLES if kind_of(one.field).column(one.field) is not None and not one.field.reference
)
_TYPE = RecordType(name="sample", title="Sample", fields=tuple(one.field for one in _ONE_COLUMN))


def _held(sample: Sample, wire: Any) -> Any:
    """The column value, or None where the wire is kept as JSON."""
    kind, field = kind_of(sample.field), sample.field
    value, convert = kind.parse(field)(wire), kind.to_column(field)
    return convert(value) if convert else value


def _wire_of(sample: Sample, column: Any) -> Any:
    kind, field = kind_of(sample.field), sample.field
    from_column, to_wire = kind.from_column(field), kind.wire(field)
    value = from_column(column) if from_column else column
    return to_wire(value) if to_wire else value


def _stored(sample: Sample, wire: Any) -> Stored:
    held = _held(sample, wire)
    columns: Mapping[str, Any] = {} if held is None else {sample.field.column: held}
    return Stored(columns=columns, rest={sample.name: wire} if held is None else {})


def _made(conn: Connection) -> Layout:
    layout = layout_of(_TYPE)
    ddl.create_type(conn, layout)
    return layout


def test_values_of_every_kind_come_back_as_they_were(database: Database) -> None:
    with database.write() as conn:
        layout = _made(conn)
        for sample in _ONE_COLUMN:
            for wire in (*sample.good, *sample.formless):
                found = records.load(conn, layout, records.insert(conn, layout, _stored(sample, wire)))
                assert found is not None
                if sample.name in found.rest:
                    assert found.rest == {sample.name: wire}
                    continue
                back = _wire_of(sample, found.columns[sample.field.column])
                assert (back, type(back)) == (wire, type(wire)), sample.name


def test_order_of_a_column_is_the_order_of_its_values(database: Database) -> None:
    with database.write() as conn:
        layout = _made(conn)
        for sample in _ONE_COLUMN:
            if "lt" not in kind_of(sample.field).operators(sample.field):
                continue
            wires = [one for one in (*sample.good, *sample.formless) if _held(sample, one) is not None]
            ids = {records.insert(conn, layout, _stored(sample, wire)): wire for wire in wires}
            order = SqlText(f"{ALIAS}.{quote(sample.field.column)}")
            selection = Selection(
                layout=layout, where=(SqlText(f"{order.text} IS NOT NULL"),), sort=(SortKey(order),), limit=500
            )
            found = [ids[one.stored.id] for one in select(conn, selection, {}) if one.stored.id in ids]
            parse = kind_of(sample.field).parse(sample.field)
            assert found == sorted(wires, key=parse), sample.name


def test_value_is_found_by_its_column_and_no_other_is(database: Database) -> None:
    with database.write() as conn:
        layout = _made(conn)
        for sample in _ONE_COLUMN:
            if "eq" not in kind_of(sample.field).operators(sample.field):
                continue
            field = sample.field
            spec = kind_of(field).column(field)
            assert spec is not None
            wires = [one for one in (*sample.good, *sample.formless) if _held(sample, one) is not None]
            if spec.type == "json":
                continue
            for wire in wires:
                records.insert(conn, layout, _stored(sample, wire))
            for wire in wires:
                param = conn.dialect.encode(spec, _held(sample, wire))
                where = SqlText(f"{ALIAS}.{quote(field.column)} = ?", (param,))
                found = select(conn, Selection(layout=layout, columns=(field.column,), where=(where,)), {})
                assert [_wire_of(sample, one.stored.columns[field.column]) for one in found] == [wire], sample.name
