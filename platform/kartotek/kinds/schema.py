"""Marshmallow schemas made of fields: wire values in, Python values and Problems out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import marshmallow
from marshmallow import ValidationError

from kartotek.kinds.kind import Convert, Kind, Refused
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer, problem

KindOf = Callable[[Field], Kind]
Load = Callable[[Mapping[str, Any]], tuple[dict[str, Any], tuple[Problem, ...]]]


class KindField(marshmallow.fields.Field[Any]):
    """Runs a kind's compiled parse and none of marshmallow's machinery for one field, which costs twice as much."""

    def __init__(self, parse: Convert, *, nullable: bool, attribute: str, data_key: str) -> None:
        super().__init__(attribute=attribute, data_key=data_key)
        self.parse = parse
        self.nullable = nullable

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        if value is marshmallow.missing:
            return value
        if value is None:
            return self.null()
        try:
            return self.parse(value)
        except Refused as exc:
            raise ValidationError(list(exc.problems)) from exc

    def null(self) -> Any:
        """What an explicit null comes to."""
        if not self.nullable:
            raise ValidationError([problem("", "not_null")])
        return None


class MergedField(KindField):
    """A field of a merge patch, where null removes what may not be null."""

    def null(self) -> Any:
        return None if self.nullable else MISSING


def schema_class(
    fields: Sequence[Field], kind_of: KindOf, *, field_class: type[KindField] = KindField
) -> type[marshmallow.Schema]:
    """A Schema that loads `{field name: wire}` into `{column: value}`. Unknown names are refused, absent ones stay so.

    Columns are the attributes, because marshmallow takes a dotted attribute apart and names may hold anything.
    """
    declared = {
        f"field_{index}": field_class(
            kind_of(field).parse(field), nullable=field.nullable, attribute=field.column, data_key=field.name
        )
        for index, field in enumerate(fields)
    }
    return marshmallow.Schema.from_dict(declared, name="Fields")  # type: ignore[arg-type]


def loader(fields: Sequence[Field], kind_of: KindOf) -> Load:
    """`{field name: wire}` → ({field name: value}, problems); paths begin with the field's name.

    A field with a problem has no value. Nothing is filled in and nothing is required: rules know the defaults.
    """
    return _loader(fields, schema_class(fields, kind_of))


def merge_loader(fields: Sequence[Field], kind_of: KindOf) -> Load:
    """Like loader, for a merge patch: null on a field that is not nullable gives MISSING instead of a problem."""
    return _loader(fields, schema_class(fields, kind_of, field_class=MergedField))


def _loader(fields: Sequence[Field], made: type[marshmallow.Schema]) -> Load:
    schema = made(unknown=marshmallow.RAISE)
    names = {field.column: field.name for field in fields}
    declared = [one for one in schema.load_fields.values() if isinstance(one, KindField)]
    parsers = {one.data_key: one.parse for one in declared}
    nulls = {one.data_key: one.null for one in declared}

    def load(wire: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Problem, ...]]:
        # The same fields without the schema around them, which costs as much as they do; it is asked when one refuses.
        try:
            return {name: nulls[name]() if value is None else parsers[name](value) for name, value in wire.items()}, ()
        except (KeyError, Refused, ValidationError):
            return judged(wire)

    def judged(wire: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Problem, ...]]:
        try:
            return {names[column]: value for column, value in schema.load(wire).items()}, ()
        except ValidationError as exc:
            values = {names[column]: value for column, value in exc.valid_data.items()}  # type: ignore[union-attr]
            return values, _problems(wire, exc.messages)  # type: ignore[arg-type]

    return load


def _problems(wire: Mapping[str, Any], messages: Mapping[str, Sequence[Any]]) -> tuple[Problem, ...]:
    """In the order in which the values were sent."""
    return tuple(_placed(name, one) for name in wire if name in messages for one in messages[name])


def _placed(name: str, message: Problem | str) -> Problem:
    # Marshmallow's own sentence is the one about unknown names; every other is a Problem of ours.
    path = pointer(name)
    return message.under(path) if isinstance(message, Problem) else problem(path, "unknown_field", name=name)


def with_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema that takes null as well."""
    if isinstance(schema.get("type"), str) and not {"enum", "const"} & schema.keys():
        return {**schema, "type": [schema["type"], "null"]}
    if schema.keys() == {"enum"}:
        return {**schema, "enum": [*schema["enum"], None]}
    return {"anyOf": [schema, {"type": "null"}]}


def object_schema(fields: Sequence[Field], kind_of: KindOf) -> dict[str, Any]:
    """The JSON Schema of an object of these fields, for rows and small objects."""
    inner = {one.name: kind_of(one).json_schema(one) for one in fields}
    properties = {one.name: with_null(inner[one.name]) if one.nullable else inner[one.name] for one in fields}
    required = [one.name for one in fields if is_demanded(one)]
    closed: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    return closed | ({"required": required} if required else {})


def is_demanded(field: Field) -> bool:
    """Whether it must be sent: it is required and nothing else would fill it."""
    filled = field.default is not MISSING or field.default_expr or field.fetch_from or field.is_derived
    return field.required and not filled
