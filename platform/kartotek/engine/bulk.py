"""Bulk: many creates and updates in one transaction, with an answer for each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kartotek.engine.asking import asked_formula, condition_source, unknown_field
from kartotek.engine.envelopes import Envelope, written
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.writing import asked_of, create, update
from kartotek.errors import Conflict, Forbidden, Invalid, KartotekError, Malformed, NotFound, PreconditionRequired, TooLarge
from kartotek.model.frozen import empty
from kartotek.model.problem import Problem, pointer, problem
from kartotek.model.query import Condition
from kartotek.model.record import Record
from kartotek.rules.decide import permitted
from kartotek.storage.select import Selection, select

Result = dict[str, Any]
_STATUS: Mapping[type[KartotekError], str] = {
    NotFound: "not_found", Forbidden: "forbidden", Conflict: "conflict", Invalid: "invalid",
    PreconditionRequired: "precondition_required",
}
_ROW_ERRORS = (NotFound, Forbidden, Conflict, Invalid, PreconditionRequired)


@dataclass(frozen=True, slots=True)
class BulkRow:
    """One row: with `id` an update, else a create, or with a key to match on whichever fits.

    `state` is where a new record is to stand; only background work may say it.
    """

    fields: Mapping[str, Any] = field(default_factory=empty)
    id: int | None = None
    version: int | None = None
    unset: tuple[str, ...] = ()
    confirm: Mapping[str, str] = field(default_factory=empty)
    state: str | None = None


def bulk(
    moment: Moment, record_type: str, rows: Sequence[BulkRow], *, partial: bool, on: str | None
) -> Callable[[Writing], list[Result]]:
    """The work of one bulk request. Raises TooLarge; all or nothing unless `partial`: Invalid or Conflict names the rows."""
    limit = moment.compiled.catalog.settings.limits.bulk
    if len(rows) > limit:
        raise TooLarge(f"A bulk request takes at most {limit} rows.", limit=limit)
    _refuse_without_rights(moment, record_type)
    if on is not None:
        _refuse_unless_unique(moment, record_type, on)

    def work(writing: Writing) -> list[Result]:
        written: list[tuple[str, Record] | KartotekError] = []
        for row in rows:
            written.append(_row(writing, record_type, row, on))
        failures = [(index, one) for index, one in enumerate(written) if isinstance(one, KartotekError)]
        if failures and not partial:
            raise _together(failures)
        return _results(writing, record_type, written)

    return work


def _refuse_without_rights(moment: Moment, record_type: str) -> None:
    """Where no row could be written, the request is refused and not each row: a hidden type must look like a missing one."""
    rules = moment.compiled.type(record_type).rules
    if not moment.may(record_type, "create"):
        permitted(rules, "write", moment.actor)


def _row(writing: Writing, record_type: str, row: BulkRow, on: str | None) -> tuple[str, Record] | KartotekError:
    history = len(writing.history)
    try:
        # A savepoint each: a refused row must leave nothing behind, and on PostgreSQL not spoil the transaction either.
        with writing.conn.savepoint():
            return _written(writing, record_type, row, on)
    except _ROW_ERRORS as error:
        del writing.history[history:]
        writing.setting.related.forget_all()
        return error


def _written(writing: Writing, record_type: str, row: BulkRow, on: str | None) -> tuple[str, Record]:
    id = row.id if row.id is not None or on is None else _matching(writing, record_type, row, on)
    input = asked_of(writing.moment, record_type, row.fields, row.unset, creating=id is None, confirm=row.confirm)
    if row.state is not None and (id is not None or writing.moment.actor.via != "system"):
        raise Invalid([problem("/state", "read_only")])
    if id is None:
        return "created", create(writing, record_type, replace(input, state=row.state))
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


def _refuse_unless_unique(moment: Moment, record_type: str, on: str) -> None:
    compiled, seen = moment.type(record_type)
    if on not in seen.fields:
        raise unknown_field(on, "on")
    field = compiled.type.by_name[on]
    if not field.unique and not any(one.fields == (on,) for one in compiled.type.unique):
        raise Malformed(f"{on} is not declared unique.", problems=[Problem("", "not_unique", f"{on} is not declared unique.")])


def _results(writing: Writing, record_type: str, written: Sequence[tuple[str, Record] | KartotekError]) -> list[Result]:
    records = [one[1] for one in written if not isinstance(one, KartotekError)]
    made = iter(_envelopes(writing, record_type, records))
    return [
        _refused(one) if isinstance(one, KartotekError) else {"status": one[0], "record": next(made)} for one in written
    ]


def _envelopes(writing: Writing, record_type: str, records: Sequence[Record]) -> list[Envelope]:
    return written(writing, record_type, records)


def _refused(error: KartotekError) -> Result:
    return {"status": _STATUS[type(error)], "problems": [one.wire() for one in _problems(error)]}


def _problems(error: KartotekError) -> Sequence[Problem]:
    return error.problems or (Problem("", error.code, error.sentence),)


def _together(failures: Sequence[tuple[int, KartotekError]]) -> KartotekError:
    problems = [one.under(pointer("records", index)) for index, error in failures for one in _problems(error)]
    if all(isinstance(error, Conflict) for _, error in failures):
        return Conflict("Some rows contradict what is stored; nothing was written.", problems=problems)
    return Invalid(problems, "Some rows were not accepted; nothing was written.")
