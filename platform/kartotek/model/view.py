"""View: what one actor may read of each type, as data that a query can be built from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from kartotek.model.formula import Formula
from kartotek.model.frozen import empty

Rules = Literal[True] | tuple[Formula, ...]
NO_INNER: Mapping[tuple[str, str], Rules] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TypeView:
    """`rows`: True, or formulas over `record` and `user` of which one must hold; () means no row.

    `fields`: for each readable field True, or the formulas of which one must hold for this field to be readable in a row.
    A field that is not there cannot be told from one that does not exist. `inner` restricts members of sub-tables and
    small objects further, {(field, member): rules}; a member that is not there is readable wherever its field is.

    `masked` and `flagged` are {field: rules} of fields that are not readable in every row: where none of their rules in
    `fields` holds and one of these does, a mask of the value is shown, or whether there is one. Nobody can ask by either.
    """

    rows: Rules = ()
    fields: Mapping[str, Rules] = field(default_factory=empty)
    inner: Mapping[tuple[str, str], Rules] = field(default_factory=lambda: NO_INNER)
    masked: Mapping[str, Rules] = field(default_factory=empty)
    flagged: Mapping[str, Rules] = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class View:
    """{type name: TypeView}; a type that is not there is hidden altogether."""

    types: Mapping[str, TypeView] = field(default_factory=empty)

    def of(self, record_type: str) -> TypeView:
        """The view of one type; of a hidden one, the view that shows nothing."""
        return self.types.get(record_type, NOTHING)


NOTHING = TypeView()
