"""What converters of all kinds share: the context of a column, and the words that stand for an empty cell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kartotek.model.settings import SiteSettings
from kartotek.sheets.cells import Cell
from kartotek.sheets.numbers import Signs
from kartotek.sheets.orders import Orders

# (cell that is not blank, codes of the rules that it takes) → wire, or MISSING for nothing. Raises Refused.
Converter = Callable[[Cell, list[str]], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a converter knows besides its field: the site, the header, and what the whole column has shown.

    `loose` says that the cells come from a text file, where a protecting apostrophe is part of the text.
    """

    settings: SiteSettings
    header: str = ""
    signs: Signs
    orders: Orders
    days_from: int = 1900
    loose: bool = False
