"""Making the summary: the columns with samples, the rules that were applied, what was passed by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kartotek.model.problem import Problem
from kartotek.model.sheet_texts import ORDERS, RULES, SKIPPED
from kartotek.sheets.cells import is_blank, shown
from kartotek.sheets.converting import Context
from kartotek.sheets.grid import Book
from kartotek.sheets.mapping import Mapped
from kartotek.sheets.plan import Column, Rule, Skipped, Summary
from kartotek.sheets.table import Passed, Table
from kartotek.sheets.target import Target
from kartotek.sheets.units import multiple, remark_of
from kartotek.sheets.writing_lines import Writer

_SAMPLES = 3
_LONGEST_SAMPLE = 80
_NOTED = {
    "file": "file_column",
    "read_only": "read_only_column",
    "nested": "nested_column",
    "currency": "other_currency",
}


def rule(code: str, params: Mapping[str, Any], *, count: int = 0, column: Column | None = None) -> Rule:
    """The rule with its sentence."""
    named = {"column": column.letter, "field": column.field} if column else {}
    return Rule(code=code, message=RULES[code].format_map(params), params=params, count=count, **named)


def summary_of(
    name: str,
    book: Book,
    table: Table,
    mapped: Sequence[Mapped],
    *,
    writer: Writer,
    contexts: Mapping[int, Context],
    target: Target,
    problems: Sequence[Problem],
) -> Summary:
    """All that a person must know of how the file was read."""
    columns = _with_samples(table, mapped)
    filled = {one.spot.field.name for one in mapped if one.spot}
    return Summary(
        file=name,
        sheet=table.grid.name,
        format=book.format,
        encoding=book.encoding,
        delimiter=book.delimiter,
        seen=writer.passed.seen,
        good=writer.good,
        bad=writer.bad,
        skipped=_skipped(writer.passed),
        header_rows=table.header.rows,
        columns=columns,
        missing=tuple(one.name for one in target.fields if one.name in target.demanded - filled),
        rules=tuple(_rules(table, mapped, writer, contexts)),
        notes=tuple(_notes(book, table, columns)),
        sheets=tuple(one.name for one in book.sheets if one.name != table.grid.name),
        problems=tuple(problems),
    )


def _with_samples(table: Table, mapped: Sequence[Mapped]) -> tuple[Column, ...]:
    found: list[list[str]] = [[] for _ in mapped]
    for _, cells in zip(range(50), table.walk(Passed()), strict=False):
        for one, samples in zip(mapped, found, strict=True):
            _, row = cells if isinstance(cells, tuple) else (0, [])
            if one.index < len(row) and len(samples) < _SAMPLES and not is_blank(row[one.index]):
                samples.append(shown(row[one.index])[:_LONGEST_SAMPLE])
    return tuple(replace(one.column, samples=tuple(samples)) for one, samples in zip(mapped, found, strict=True))


def _skipped(passed: Passed) -> tuple[Skipped, ...]:
    return tuple(
        Skipped(reason=reason, message=message, count=passed.counts[reason], rows=tuple(passed.named[reason]))
        for reason, message in SKIPPED.items()
        if reason in passed.counts
    )


def _rules(table: Table, mapped: Sequence[Mapped], writer: Writer, contexts: Mapping[int, Context]) -> Iterator[Rule]:
    for one in mapped:
        reader = writer.readers.get(one.index)
        if reader is None:
            continue
        context = contexts[one.index]
        for code, count in reader.applied.items():
            if code == "decimal" and not context.signs.rule:
                continue  # nothing was decided: each of them can be read in one way only
            yield _applied(code, count, one, context)
    for index, count in table.merging.filled.items():
        yield rule("merged_filled", {}, count=count, column=next(one.column for one in mapped if one.index == index))
    if writer.passed.short:
        yield rule("short_rows", {}, count=writer.passed.short)


def _sign_params(context: Context) -> dict[str, Any]:
    return {
        "sign": "a comma" if context.signs.decimal == "," else "a point",
        "count": context.signs.count,
        "of": context.signs.of,
    }


def _applied(code: str, count: int, mapped: Mapped, context: Context) -> Rule:
    column = mapped.column
    if code == "decimal":
        return rule(context.signs.rule, _sign_params(context), count=count, column=column)
    if code.startswith("order "):
        _, sign, shape = code.split(" ")
        evidence = context.orders.by_shape[(sign, shape)]
        order = {"md": "mdy", "dm": "dmy"}.get(evidence.order, evidence.order)
        params = {"sign": sign, "order": ORDERS[order], "count": evidence.count, "of": evidence.of}
        return rule(evidence.rule, params, count=count, column=column)
    return rule(
        code, _params(code, context, mapped.spot.leaf.settings if mapped.spot else {}), count=count, column=column
    )


def _params(code: str, context: Context, own: Mapping[str, Any]) -> dict[str, Any]:
    unit, factor = multiple(context.header)
    params: Mapping[str, dict[str, Any]] = {
        "two_digit_years": {"first": context.orders.first_year, "last": context.orders.first_year + 99},
        "header_unit": {"unit": unit, "factor": factor},
        "currency_sign": {"currency": own.get("currency") or context.settings.currency},
        "site_zone": {"zone": own.get("timezone") or context.settings.timezone},
        "phone_region": {"region": own.get("region") or context.settings.region},
        "duration_unit": {"unit": remark_of(context.header)},
    }
    return params.get(code, {})


def _notes(book: Book, table: Table, columns: Sequence[Column]) -> Iterator[Rule]:
    for code, params in book.notes:
        yield rule(code, params)
    rows = table.header.rows
    if len(rows) > 1:
        yield rule("merged_header", {"rows": len(rows)})
    elif not rows:
        yield rule("no_header", {})
    elif table.header.score == 0:
        yield rule("guessed_header", {"row": rows[0]})
    others = [one for one in book.sheets if one.name != table.grid.name]
    for code, hidden in (("other_sheets", False), ("hidden_sheets", True)):
        names = [one.name for one in others if one.hidden is hidden]
        if names:
            yield rule(code, {"names": ", ".join(names)})
    for one in columns:
        if one.reason in _NOTED:
            yield rule(_NOTED[one.reason], {"letter": one.letter, "header": one.header})
