"""Checks a document against its closed meta-schema and says what is wrong in our own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from jsonschema import Draft7Validator, Draft202012Validator, validators
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from kartotek.declaration.document import Document, Path
from kartotek.declaration.metafiles import OVERLAY, RECORD, metaschema
from kartotek.declaration.problems import Problems
from kartotek.declaration.sentences import SENTENCES
from kartotek.declaration.suggest import did_you_mean
from kartotek.declaration.unbuilt import UNBUILT, is_unbuilt


def check_shape(problems: Problems, metaschema_name: str) -> None:
    """Adds a problem for every place where the document departs from the meta-schema."""
    if _fits(metaschema_name, problems.document):
        return
    incomplete: set[Path] = set()
    for error in _validator(metaschema_name).iter_errors(problems.document.value):
        if error.validator == "required":
            # The validator tells each missing key apart; we name them all at once.
            if tuple(error.absolute_path) in incomplete:
                continue
            incomplete.add(tuple(error.absolute_path))
        _report(problems, error)


def faults(metaschema_name: str, value: Any) -> list[Path]:
    """Where a value departs from the meta-schema, but for what is missing and for null where an element was taken out."""
    return [
        tuple(error.absolute_path)
        for error in _validator(metaschema_name).iter_errors(value)
        if error.validator != "required" and not (error.instance is None and isinstance(error.absolute_path[-1], int))
    ]


@lru_cache(maxsize=512)
def _fits(metaschema_name: str, document: Document) -> bool:
    """Whether nothing is wrong; kept, because most files of a site are checked again as they were, and read only once."""
    return bool(_validator(metaschema_name).is_valid(document.value))


@cache
def _validator(name: str) -> Validator:
    dialect = Draft202012Validator if name in (RECORD, OVERLAY) else Draft7Validator  # YAML editors read draft-07
    beside = Registry().with_resource(RECORD, DRAFT202012.create_resource(dict(metaschema(RECORD))))
    return validators.extend(dialect, {"pattern": _pattern})(dict(metaschema(name)), registry=beside)


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    # Python's $ also matches before a line break at the end, which no editor's does.
    if isinstance(instance, str) and (instance.endswith("\n") or not re.search(pattern, instance)):
        yield ValidationError("does not match")


def _report(problems: Problems, error: ValidationError) -> None:
    path: Path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        _report_unknown(problems, path, error)
    elif error.validator == "required":
        keys = " and ".join(f"'{name}'" for name in error.validator_value if name not in error.instance)
        problems.error_at_key(path, "missing_key", f"Here {keys} must be given.")
    elif "propertyNames" in error.absolute_schema_path:
        _report_name(problems, path, error)
    elif telling := next(_telling(error), None):
        _report(problems, telling)
    else:
        keyword = str(error.validator)
        sentence = error.schema.get("errorMessage") or SENTENCES[keyword](error.validator_value, error.instance)
        problems.error(path, _code(keyword), sentence)


def _report_unknown(problems: Problems, path: Path, error: ValidationError) -> None:
    known = error.schema["properties"]
    title = str(error.schema.get("title", ""))
    for key in error.instance:
        if key in known:
            continue
        if is_unbuilt(title, key):
            problems.error_at_key((*path, key), "not_supported", f"'{key}' is not supported yet.")
        else:
            problems.error_at_key(
                (*path, key), "unknown_key", f"Unknown key '{key}'.{_suggestion(key, title, known)}", key=key
            )


def _suggestion(key: str, title: str, known: dict[str, Any]) -> str:
    return _elsewhere(key, title) or did_you_mean(key, known) or did_you_mean(key, UNBUILT.get(title, ()))


def _elsewhere(key: str, title: str) -> str:
    """Where the key would belong, if it is one of those people put a level too high."""
    if title == "Field" and (key in _members("xfield") or is_unbuilt("x-field", key)):
        return f' It belongs under "x-field": {{"{key}": …}}.'
    if title in ("Record type", "Overlay") and (key in _members("record") or is_unbuilt("x-record", key)):
        return f' It belongs under "x-record": {{"{key}": …}}.'
    if title == "x-field" and key in _members("field"):
        return ' It belongs one level up, beside "x-field".'
    return ""


def _members(definition: str) -> Any:
    return metaschema("record.v1.json")["$defs"][definition]["properties"]


def _report_name(problems: Problems, path: Path, error: ValidationError) -> None:
    sentence = error.schema.get("errorMessage") or f"'{error.instance}' cannot be a name here."
    problems.error_at_key((*path, str(error.instance)), "name", sentence)


def _telling(error: ValidationError) -> Iterator[ValidationError]:
    """The error inside an alternative that says more than "none of these": a wrong key in the mapping meant."""
    for inner in error.context or ():
        if inner.validator in ("additionalProperties", "required") or len(inner.path) > 0:
            yield inner


def _code(validator: str) -> str:
    return {"type": "type", "enum": "choice", "const": "choice", "anyOf": "type", "pattern": "form"}.get(
        validator, "bound"
    )
