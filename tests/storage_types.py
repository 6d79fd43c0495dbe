"""Small declarations for the tests of storage."""

from __future__ import annotations

from typing import Any

from kartotek.model.catalog import RecordType, Unique
from kartotek.model.field import Field, Reference


def field(name: str, kind: str, **more: Any) -> Field:
    """A field whose column has its name."""
    return Field(name=name, kind=kind, column=more.pop("column", name), title=name, **more)


def record_type(name: str, *fields: Field, **more: Any) -> RecordType:
    """A type with these fields."""
    return RecordType(name=name, title=name, fields=fields, **more)


PERSON = record_type(
    "person", field("name", "text", index=True), field("mobile", "text", unique=True), field("born", "date")
)
ITEM = record_type(
    "item",
    field("code", "text"),
    field("price", "decimal", settings={"precision": 12, "scale": 2}),
    field("stock", "integer"),
)
ORDER = record_type(
    "order",
    field("number", "text"),
    field("year", "integer"),
    field("person", "reference", reference=Reference("person")),
    field("total", "decimal", settings={"precision": 12, "scale": 2}),
    field("weight", "number"),
    field("paid", "boolean"),
    field("due", "instant"),
    field("day", "date"),
    field("extra", "json"),
    field("items", "references", reference=Reference("item")),
    field(
        "lines",
        "rows",
        fields=(
            field("item", "reference", reference=Reference("item")),
            field("amount", "decimal", settings={"precision": 12, "scale": 3}),
            field("note", "text"),
        ),
    ),
    unique=(Unique(("number", "year")),),
)
