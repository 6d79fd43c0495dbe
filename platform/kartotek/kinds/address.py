"""Address: how the single values of a field stand as text in an address, where a filter names them."""

from __future__ import annotations

import re
from typing import Any

from kartotek.kinds.choice import form_string
from kartotek.kinds.registry import kind_of
from kartotek.model.field import Field

_WHOLE = re.compile(r"-?[0-9]+")
_TRUTHS = {"true": True, "false": False}


def wire_of_text(field: Field, text: str) -> Any:
    """The wire value of one element that the text means; of a choice, what is no option is kept. Raises ValueError."""
    if field.reference is not None:
        return _whole(text)
    if field.options:
        return next((one.value for one in field.options if text in (str(one.value), form_string(field, one.value))), text)
    name = kind_of(field).formula_type(field).name
    if name == "bool":
        if text.lower() not in _TRUTHS:
            raise ValueError(text)
        return _TRUTHS[text.lower()]
    if name == "int":
        return _whole(text)
    return float(text) if name == "number" else text


def text_of_wire(field: Field, wire: Any) -> str:
    """The text that `wire_of_text` reads as this value."""
    if field.options:
        return form_string(field, wire)
    return str(wire).lower() if isinstance(wire, bool) else str(wire)


def _whole(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(text)
    return int(text)
