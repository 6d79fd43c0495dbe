"""Bulk: many creates and updates in one transaction, with an answer for each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kartotek.engine.aliases import by_todays_names, called
from kartotek.engine.asking import unknown_field
from kartotek.engine.batch import write_rows
from kartotek.engine.bulk_rows import BulkRow, Outcome
from kartotek.engine.envelopes import Envelope, written
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.errors import Conflict, Forbidden, Invalid, KartotekError, Malformed, NotFound, PreconditionRequired, TooLarge
from kartotek.model.problem import Problem, pointer
from kartotek.model.record import Record
from kartotek.rules.decide import permitted

__all__ = ["BulkRow", "bulk"]

Result = dict[str, Any]
_STATUS: Mapping[type[KartotekError], str] = {
    NotFound: "not_found", Forbidden: "forbidden", Conflict: "conflict", Invalid: "invalid",
    PreconditionRequired: "precondition_required",
}


def bulk(
    moment: Moment, record_type: str, rows: Sequence[BulkRow], *, partial: bool, on: str | None
) -> Callable[[Writing], list[Result]]:
    """The work of one bulk request. Raises TooLarge; all or nothing unless `partial`: Invalid or Conflict names the rows."""
    limit = moment.compiled.catalog.settings.limits.bulk
    if len(rows) > limit:
        raise TooLarge(f"A bulk request takes at most {limit} rows.", limit=limit)
    _refuse_without_rights(moment, record_type)
    rows, on = _by_todays_names(moment, record_type, rows, on)
    if on is not None:
        _refuse_unless_unique(moment, record_type, on)

    def work(writing: Writing) -> list[Result]:
        written = write_rows(writing, record_type, rows, on)
        failures = [(index, one) for index, one in enumerate(written) if isinstance(one, KartotekError)]
        if failures and not partial:
            raise _together(failures)
        return _results(writing, record_type, written)

    return work


def _by_todays_names(
    moment: Moment, record_type: str, rows: Sequence[BulkRow], on: str | None
) -> tuple[Sequence[BulkRow], str | None]:
    declared, rules = moment.compiled.type(record_type).type, moment.compiled.type(record_type).rules
    if not declared.has_former:
        return rows, on
    rights = {create: rules.rights(moment.actor.standing, "create" if create else "write") for create in (True, False)}
    made = []
    for one in rows:
        fields, unset = by_todays_names(rights[one.id is None], declared, one.fields, one.unset)
        made.append(replace(one, fields=fields, unset=tuple(unset)))
    return made, called(declared, moment.view.of(record_type), on) if on is not None else None


def _refuse_without_rights(moment: Moment, record_type: str) -> None:
    """Where no row could be written, the request is refused and not each row: a hidden type must look like a missing one."""
    rules = moment.compiled.type(record_type).rules
    if not moment.may(record_type, "create"):
        permitted(rules, "write", moment.actor)


def _refuse_unless_unique(moment: Moment, record_type: str, on: str) -> None:
    compiled, seen = moment.type(record_type)
    if on not in seen.fields:
        raise unknown_field(on, "on")
    field = compiled.type.by_name[on]
    if not field.unique and not any(one.fields == (on,) for one in compiled.type.unique):
        raise Malformed(f"{on} is not declared unique.", problems=[Problem("", "not_unique", f"{on} is not declared unique.")])


def _results(writing: Writing, record_type: str, written: Sequence[Outcome]) -> list[Result]:
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
