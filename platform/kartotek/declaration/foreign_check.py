"""Whether a foreign schema can be judged by: known dialect, valid in it, nothing to fetch, and nothing that runs away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import SchemaError

from kartotek.declaration.document import Path
from kartotek.declaration.foreign_schema import Part, Schema
from kartotek.declaration.foreign_valid import is_surely_valid
from kartotek.declaration.problems import Problems
from kartotek.declaration.suggest import did_you_mean
from kartotek.kinds.dialects import CHECKERS, JUDGES, Exhausted, allow_steps, can_be_run, dialect_of
from kartotek.kinds.pattern import longest_input
from kartotek.kinds.verdict import Verdict

_LONGEST_REASON = 300
_SINGLE = frozenset({
    "not", "if", "then", "else", "contains", "additionalProperties", "additionalItems", "propertyNames", "items",
    "unevaluatedItems", "unevaluatedProperties", "contentSchema",
})
_LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems", "items"})
_NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"})
_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")
_SLOW = (
    "This is no regular expression of Python, or a bad text could keep it busy for hours: a repeat within a repeat, as in "
    "(a+)+, beside a lookahead or a reference to a group."
)
_PATIENCE = 0.1  # of that with a record: these examples are tiny
_EXAMPLES: tuple[Any, ...] = ({}, None, "", 0, [], {"a": {}}, [[]])


def check_foreign(problems: Problems, *, is_sound: bool = False) -> Schema | None:
    """The schema, or None and why it cannot make a record type; one that is known to be sound is taken as it is."""
    value = problems.document.value
    if value is True:
        value = {}
    if not isinstance(value, dict):
        problems.error((), "no_object", "A schema is an object in braces; this cannot describe records.")
        return None
    dialect = dialect_of(value)
    if dialect not in JUDGES:
        problems.error(("$schema",), "dialect", _unknown_dialect(value.get("$schema")))
        return None
    if is_sound:
        return Schema(value, dialect)
    _check_valid(problems, value, dialect)
    if problems.found:
        return None
    schema = Schema(value, dialect)
    for path, part in _parts(schema):
        _check_references(problems, schema, path, part)
        _check_patterns(problems, path, part)
    if not problems.found:
        _check_ends(problems, value)
    if not problems.found and "object" not in schema.types(schema.root):
        problems.error((), "no_object", "Records are objects, and this schema takes none.")
    return None if problems.found else schema


def _unknown_dialect(named: Any) -> str:
    known = [f"{one}#" if "draft-0" in one else one for one in JUDGES]
    if isinstance(named, str) and "/meta/" in named:
        return 'This is the schema of our own record types. Add "x-record": {} to make this one of them.'
    return f"'{named}' is not a dialect of JSON Schema that is known here.{did_you_mean(str(named), known)}"


def _check_valid(problems: Problems, value: Mapping[str, Any], dialect: str) -> None:
    if is_surely_valid(value, dialect):
        return
    allow_steps(1_000_000)
    try:
        JUDGES[dialect].check_schema(value, format_checker=CHECKERS[dialect])
    except SchemaError as error:
        path: Path = tuple(error.absolute_path)
        sentence = f"This is not valid in its dialect of JSON Schema: {error.message[:_LONGEST_REASON]}."
        problems.error(path, "schema", sentence)
    except (Exhausted, RecursionError):
        problems.error((), "schema", "This schema is too large to be checked.")


def _parts(schema: Schema) -> Iterator[tuple[Path, Part]]:
    """Every schema within the file's with its path, those that only references reach included."""
    seen: set[int] = set()
    waiting: list[tuple[Path, Part]] = [((), schema.root)]
    while waiting:
        path, part = waiting.pop()
        if not isinstance(part.schema, dict) or id(part.schema) in seen:
            continue
        seen.add(id(part.schema))
        part = schema.entered(part)
        yield path, part
        waiting += _inside(path, part)
        for keyword in _REFERENCES:
            reference = part.keys.get(keyword)
            target = schema.reached(part, reference) if isinstance(reference, str) and reference.startswith("#") else None
            waiting += [((*path, keyword), target)] if target is not None else []


def _inside(path: Path, part: Part) -> Iterator[tuple[Path, Part]]:
    for keyword, value in part.keys.items():
        if keyword in _SINGLE and isinstance(value, dict):
            yield (*path, keyword), part.inside(value)
        elif keyword in _LISTED and isinstance(value, list):
            yield from (((*path, keyword, index), part.inside(one)) for index, one in enumerate(value))
        elif keyword in _NAMED and isinstance(value, dict):
            yield from (((*path, keyword, name), part.inside(one)) for name, one in value.items())


def _check_references(problems: Problems, schema: Schema, path: Path, part: Part) -> None:
    for keyword in _REFERENCES:
        reference = part.keys.get(keyword)
        if not isinstance(reference, str) or schema.reached(part, reference) is not None:
            continue
        if reference.startswith("#"):
            sentence = f"There is nothing at '{reference}' in this file."
        else:
            sentence = f"'{reference}' is outside this file, and nothing is fetched. Copy it into $defs and refer to that."
        problems.error((*path, keyword), "reference", sentence)


def _check_patterns(problems: Problems, path: Path, part: Part) -> None:
    source, named = part.keys.get("pattern"), part.keys.get("patternProperties")
    if isinstance(source, str) and not _can_be_run(source):
        problems.error((*path, "pattern"), "pattern", _SLOW)
    for one in named if isinstance(named, dict) else ():
        # Names are compared by the library itself, which knows no other way than to go back.
        if not _can_be_run(one) or not longest_input(one):
            problems.error_at_key((*path, "patternProperties", one), "pattern", _SLOW)


@lru_cache(maxsize=2048)
def _can_be_run(source: str) -> bool:
    try:
        re.compile(source)
    except (re.error, RecursionError, OverflowError):
        return False
    return can_be_run(source)


def _check_ends(problems: Problems, value: Mapping[str, Any]) -> None:
    """A schema that refers to itself without going down into the value would never come to an end."""
    verdict = Verdict(value)
    for example in _EXAMPLES:
        codes = {one.code for one in verdict.judged(example, _PATIENCE)}
        if codes & {"nested_too_deeply", "too_intricate"}:
            problems.error((), "endless", "This schema refers to itself without end, or its alternatives multiply without bound.")
            return
