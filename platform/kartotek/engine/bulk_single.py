"""A single row of a bulk request, written by itself: exact whatever its type does, and told apart from its neighbours."""

from __future__ import annotations

from dataclasses import replace

from kartotek.engine.asking import asked_formula, condition_source
from kartotek.engine.bulk_rows import ROW_ERRORS, BulkRow, Outcome
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.writing import asked_of, create, update
from kartotek.errors import Invalid
from kartotek.model.problem import pointer, problem
from kartotek.model.query import Condition
from kartotek.model.record import Record
from kartotek.rules.asked import Asked
from kartotek.storage.select import Selection, select


def single(writing: Writing, record_type: str, row: BulkRow, on: str | None) -> Outcome:
    """Writes the row, or leaves nothing behind and answers why."""
    history = len(writing.history)
    try:
        # A savepoint each: a refused row must leave nothing behind, and on PostgreSQL not spoil the transaction either.
        with writing.conn.savepoint():
            return _written(writing, record_type, row, on)
    except ROW_ERRORS as error:
        del writing.history[history:]
        writing.setting.related.forget_all()
        return error


def input_of(moment: Moment, record_type: str, row: BulkRow, id: int | None) -> Asked:
    """The row's input parsed and judged; `id` is None for a new record. Raises NotFound, Forbidden, Invalid."""
    input = asked_of(moment, record_type, row.fields, row.unset, creating=id is None, confirm=row.confirm)
    if row.state is None:
        return input
    if id is not None or moment.actor.via != "system":
        raise Invalid([problem("/state", "read_only")])
    return replace(input, state=row.state)


def _written(writing: Writing, record_type: str, row: BulkRow, on: str | None) -> tuple[str, Record]:
    id = row.id if row.id is not None or on is None else _matching(writing, record_type, row, on)
    input = input_of(writing.moment, record_type, row, id)
    if id is None:
        return "created", create(writing, record_type, input)
    before_history = len(writing.history)
    record = update(writing, record_type, id, input, version=row.version)
    return "updated" if len(writing.history) > before_history else "unchanged", record


def _matching(writing: Writing, record_type: str, row: BulkRow, on: str) -> int | None:
    """The id of the live record with the row's key, None for none; a hidden one counts, its key is taken all the same."""
    moment = writing.moment
    compiled = moment.compiled.type(record_type)
    wire = row.fields.get(on)
    if wire is None:
        raise Invalid([problem(pointer("fields", on), "required")])
    values, problems = compiled.load({on: wire})
    if problems:
        raise Invalid([one.under("/fields") for one in problems])
    text = compiled.codec.wire_of(on, values[on])
    source = condition_source(moment, compiled, Condition((on,), "eq", str(text)))
    formula = asked_formula(moment, record_type, source, parameter="on")
    where = moment.compiled.asked_sql(formula, record_type, moment.view)
    found = select(writing.conn, Selection(layout=compiled.layout, where=(where,), limit=1), moment.env)
    return found[0].stored.id if found else None
