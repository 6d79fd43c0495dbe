"""What a meta-schema's verdict means, as a sentence: the validator's own messages are never shown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from kartotek.declaration.suggest import did_you_mean, listed

_TYPES = MappingProxyType(
    {
        "string": "a text",
        "integer": "a whole number",
        "number": "a number",
        "boolean": "true or false",
        "array": "a list",
        "object": "a mapping of keys to values",
        "null": "null",
    }
)
_LONGEST = 40


def shown(value: Any) -> str:
    """The value as it stands in a file, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _type(expected: Any, value: Any) -> str:
    names = [expected] if isinstance(expected, str) else list(expected)
    return f"This must be {' or '.join(_TYPES[name] for name in names)}, not {shown(value)}."


def _enum(expected: Sequence[Any], value: Any) -> str:
    texts = [one for one in expected if isinstance(one, str)]
    hint = did_you_mean(value, texts) if isinstance(value, str) else ""
    return f"{shown(value)} cannot stand here. Write {listed(map(str, expected))}.{hint}"


def _const(expected: Any, value: Any) -> str:
    return f"This must be {shown(expected)}, not {shown(value)}."


def _length(limit: int) -> str:
    return "an empty text" if limit == 1 else f"a text of fewer than {limit} characters"


SENTENCES: Mapping[str, Callable[[Any, Any], str]] = MappingProxyType(
    {
        "type": _type,
        "enum": _enum,
        "const": _const,
        "pattern": lambda expected, value: f"{shown(value)} does not have the form that is needed here.",
        "minLength": lambda limit, value: f"This cannot be {_length(limit)}.",
        "maxLength": lambda limit, value: f"This is longer than {limit} characters.",
        "minimum": lambda limit, value: f"This must be at least {limit}.",
        "maximum": lambda limit, value: f"This must be at most {limit}.",
        "exclusiveMinimum": lambda limit, value: f"This must be more than {limit}.",
        "minItems": lambda limit, value: f"This list needs at least {limit} element{'' if limit == 1 else 's'}.",
        "minProperties": lambda limit, value: "This cannot be empty.",
        "uniqueItems": lambda limit, value: f"{shown(_repeated(value))} stands twice in this list.",
        "anyOf": lambda limit, value: f"{shown(value)} cannot stand here.",
    }
)


def _repeated(values: Sequence[Any]) -> Any:
    seen: list[str] = []
    for value in values:
        text = json.dumps(value, sort_keys=True)
        if text in seen:
            return value
        seen.append(text)
    return values[0]
