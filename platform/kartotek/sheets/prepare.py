"""Preparing an import: from a file to one JSON line for each row, and a summary of how it was read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kartotek.model.problem import Problem, problem
from kartotek.sheets.addresses import addresses_of
from kartotek.sheets.evidence import contexts_of
from kartotek.sheets.limits import Limits
from kartotek.sheets.mapping import Mapped, finder, map_columns
from kartotek.sheets.opening import choose_sheet, open_book
from kartotek.sheets.plan import Options, Summary
from kartotek.sheets.summary import summary_of
from kartotek.sheets.table import Table
from kartotek.sheets.target import Target
from kartotek.sheets.writing_lines import Writer


def prepare(source: Path, name: str, target: Target, out: Path, *, options: Options, limits: Limits) -> Summary:
    """Reads `source` and writes `out` as child.prepare says, in this process and without its bounds.

    Raises Invalid for a file that cannot be read.
    """
    book = open_book(source, options, limits)
    addresses = addresses_of(target)
    finds = finder(addresses, options.mapping)
    chosen = choose_sheet(book, options, finds)
    mapped, problems = map_columns(chosen.header, addresses, options.mapping, target.settings.currency)
    table = Table(chosen.grid, chosen.header, mapped, target)
    problems += _unmapped(mapped)
    contexts = contexts_of(table, mapped, book, target=target, options=options) if not problems else {}
    writer = Writer(table, mapped, contexts, limits, older=target.older)
    with out.open("wb") as stream:
        if not problems:
            writer.write(stream)
    return summary_of(name, book, table, mapped, writer=writer, contexts=contexts, target=target, problems=problems)


def _unmapped(mapped: Sequence[Mapped]) -> list[Problem]:
    return [] if any(one.spot for one in mapped) else [problem("/options/mapping", "no_columns")]
