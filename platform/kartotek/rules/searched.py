"""Searched: which fields of a type are found by which tokens, and all tokens of one record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.rules.analysis import NAME, PHONE, PROSE, VERSION, terms
from kartotek.rules.search_terms import Searched

_FORMS = {"phone": PHONE, "longtext": PROSE, "markdown": PROSE}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def searched_fields(record_type: RecordType) -> tuple[Searched, ...]:
    """The fields that are searched, each with a mark of its own, so that nobody's question touches what he may not read."""
    if record_type.builtin:
        return ()  # few, and not written here
    names = [name for name in record_type.search if _is_searched(record_type.by_name[name])]
    return tuple(_searched(record_type.by_name[name], at) for at, name in enumerate(names))


def signature(fields: Sequence[Searched]) -> str:
    """A text that differs when the same records have other tokens."""
    told = [VERSION, [(one.name, one.mark, one.form, [(repr(value), said) for value, said in one.texts.items()]) for one in fields]]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def record_terms(fields: Sequence[Searched], values: Mapping[str, Any]) -> list[str]:
    """The tokens of a record with these values; the same for the same values."""
    found: list[str] = []
    for one in fields:
        value = values.get(one.name)
        if isinstance(value, str) and not one.texts:
            mark = one.mark
            found += [mark + term for term in terms(one.form, value)]
        elif value is not None:
            found += [one.mark + term for text in _texts(one, value) for term in terms(one.form, text)]
    return found


def _searched(field: Field, at: int) -> Searched:
    mark = _LETTERS[at] if at < len(_LETTERS) else chr(0x100 + at)
    texts = {one.value: _said(one.value, one.title, one.titles.values()) for one in field.options if _is_plain(one.value)}
    return Searched(field.name, mark, _FORMS.get(field.kind, NAME), texts)


def _is_searched(field: Field) -> bool:
    return not (field.write_only or field.is_live)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _said(value: Any, title: str, titles: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in (str(value), title, *titles) if text))


def _texts(field: Searched, value: Any) -> Iterator[str]:
    if field.texts and _is_plain(value) and value in field.texts:
        yield from field.texts[value]
    elif isinstance(value, str):
        yield value
