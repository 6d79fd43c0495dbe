"""In which way values go over to another kind of field, in words that follow a step's sentence. Pages translate them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WAYS: Mapping[str, str] = MappingProxyType(
    {
        "currency": "amounts stay as they are and are read as {name}",
        "one_row": "each becomes one row with {name}",
        "one_object": "each becomes one object with {name}",
        "list_of_one": "each becomes a list of one",
        "only_one": "it goes over where there is exactly one",
        "first_moment": "each day becomes its first moment",
        "day_begun": "moments at which a day begins become that day",
        "yes_is_one": "yes becomes 1 and no 0",
        "one_is_yes": "1 becomes yes and 0 no",
        "only_row": "the only row becomes the object",
        "each_row": "each becomes one row",
    }
)
