"""Whole: numbers that come as text from an address or a form, where anything may stand."""

from __future__ import annotations

from werkzeug.routing import BaseConverter, ValidationError

HIGHEST = 2**53 - 1  # JavaScript's integers, and so ids, end there
_DIGITS = 16


def whole(text: str) -> int | None:
    """The number, None for what is not one or is beyond every id."""
    if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS or int(text) > HIGHEST:
        return None
    return int(text)


class IdConverter(BaseConverter):
    """An id in an address: plain digits, and no more of them than an id can have."""

    regex = "[0-9]{1,16}"

    def to_python(self, value: str) -> int:
        """The id; an address with a higher number is no page."""
        found = whole(value)
        if found is None:
            raise ValidationError
        return found
