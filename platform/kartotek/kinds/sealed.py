"""Sealed: any kind whose values are kept encrypted; the column then holds the wire, and the database can ask nothing of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kartotek.kinds.kind import ColumnSpec, Convert, Kind, Refused
from kartotek.kinds.unlimited import unlimited
from kartotek.model.field import Field
from kartotek.model.formula import Type
from kartotek.model.settings import SiteSettings

# Which kinds can be, and of which so many values exist that a blind index does not give them away.
SEALED = frozenset({
    "text", "longtext", "markdown", "email", "phone", "url", "uuid", "color", "choice", "choices", "boolean", "rating",
    "integer", "number", "decimal", "date", "time", "instant", "duration", "monthday", "json",
})  # fmt: skip
INDEXED = frozenset({"text", "email", "phone", "url", "uuid"})


class SealedText(str):
    """What stands in the column: nobody may take it for a value."""

    __slots__ = ()


class SealedKind(Kind):
    """The strategy of an encrypted field; all but the column is as it is for the others of its kind."""

    def __init__(self, inner: Kind) -> None:
        self._inner = inner
        self.name = inner.name  # type: ignore[misc]
        self.keywords = inner.keywords  # type: ignore[misc]

    def claims(self, fragment: Mapping[str, Any]) -> bool:
        return self._inner.claims(fragment)

    def settings(self, fragment: Mapping[str, Any], site: SiteSettings) -> Mapping[str, Any]:
        return self._inner.settings(fragment, site)

    def column(self, field: Field) -> ColumnSpec | None:
        return ColumnSpec("sealed")

    def parse(self, field: Field) -> Convert:
        return self._inner.parse(field)

    def wire(self, field: Field) -> Convert | None:
        return self._inner.wire(field)

    def to_column(self, field: Field) -> Convert | None:
        return self._inner.wire(field) or _same

    def from_column(self, field: Field) -> Convert | None:
        if self._inner.wire(field) is None:
            return _opened  # the wire is the value, and what was sealed was judged then
        parse = self._inner.parse(unlimited(field))

        def read(wire: Any) -> Any:
            try:
                return parse(_opened(wire))
            except Refused:  # it was once accepted, and is judged by no rule of today
                return wire

        return read

    def formula_type(self, field: Field) -> Type:
        return self._inner.formula_type(field)

    def operators(self, field: Field) -> tuple[str, ...]:
        return ("eq", "ne", "in", "notIn", "empty") if field.blind else ("empty",)

    def from_form(self, field: Field, strings: Sequence[str], language: str) -> Any:
        return self._inner.from_form(field, strings, language)

    def to_form(self, field: Field, wire: Any, language: str) -> list[str]:
        return self._inner.to_form(field, wire, language)

    def text(self, field: Field, wire: Any, language: str) -> str:
        return self._inner.text(field, wire, language)

    def json_schema(self, field: Field) -> dict[str, Any]:
        return self._inner.json_schema(field)


def _opened(wire: Any) -> Any:
    if isinstance(wire, SealedText):
        raise TypeError("An encrypted value was taken for a plain one.")
    return wire


def _same(value: Any) -> Any:
    return value
