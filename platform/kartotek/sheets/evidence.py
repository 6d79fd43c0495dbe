"""What whole columns show: the order of their dates, their decimal sign; one pass over the rows before they are converted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import islice

from kartotek.kinds.languages import locale_of
from kartotek.sheets.cells import Cell
from kartotek.sheets.converting import Context
from kartotek.sheets.grid import Book
from kartotek.sheets.mapping import Mapped
from kartotek.sheets.numbers import Signs, decide_signs
from kartotek.sheets.orders import NO_ORDERS, Orders, decide_orders
from kartotek.sheets.plan import Options
from kartotek.sheets.table import Passed, Table
from kartotek.sheets.target import Target
from kartotek.sheets.units import order_said

_DATED = frozenset({"date", "instant", "monthday"})
_COUNTED = frozenset({"integer", "number", "decimal", "rating"})
_BATCH = 4096
_MOST_TEXTS = 200_000  # different ones of a column; more show nothing new
_LONGEST = 100


def contexts_of(
    table: Table, mapped: Sequence[Mapped], book: Book, *, target: Target, options: Options
) -> Mapping[int, Context]:
    """{index of a column: what its converter must know}."""
    asking = [one for one in mapped if one.spot and one.spot.kind in _DATED | _COUNTED]
    texts = _texts(table, [one.index for one in asking])
    usual = str(locale_of(target.settings.languages[0]).number_symbols["latn"]["decimal"])
    contexts = {}
    for one in mapped:
        if one.spot is None:
            continue
        seen = texts.get(one.index, {})
        dated, counted = one.spot.kind in _DATED, one.spot.kind in _COUNTED
        contexts[one.index] = Context(
            settings=target.settings,
            header=one.column.header,
            signs=decide_signs(seen, asked=options.decimal_comma, usual=usual) if counted else Signs("."),
            orders=_orders(seen, one, options) if dated else NO_ORDERS,
            days_from=book.days_from,
            loose=table.grid.loose,
        )
    return contexts


def _orders(seen: Mapping[str, None], one: Mapped, options: Options) -> Orders:
    today = date.fromisoformat(options.today) if options.today else date(2026, 1, 1)
    return decide_orders(seen, asked=options.date_order, said=order_said(one.column.header), today=today)


def _texts(table: Table, columns: Sequence[int]) -> dict[int, dict[str, None]]:
    """{column: its different texts, in the order in which they stand}."""
    found: dict[int, dict[str, None]] = {index: {} for index in columns}
    rows = table.walk(Passed()) if columns else iter(())
    while batch := list(islice(rows, _BATCH)):
        for index, texts in found.items():
            if len(texts) < _MOST_TEXTS:
                cells: list[Cell] = [cells[index] for _, cells in batch]
                texts |= dict.fromkeys(one for one in cells if isinstance(one, str) and 0 < len(one) <= _LONGEST)
    return found
