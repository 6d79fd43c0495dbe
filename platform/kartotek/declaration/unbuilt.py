"""Keys that are specified and not built yet, by the title of their object in the meta-schema. All are refused."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

UNBUILT: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "Record type": frozenset(
            {"dependentRequired", "allOf", "anyOf", "oneOf", "if", "then", "else", "not"}
        ),
        "Field": frozenset(
            {"allOf", "anyOf", "if", "then", "else", "not", "const", "patternProperties", "prefixItems"}
        ),
        "x-field": frozenset({"storage"}),
        "x-record": frozenset(
            {
                "views",
                "zone",
            }
        ),
    }
)


def is_unbuilt(title: str, key: str) -> bool:
    """Whether the key is known in the object of that title, and not built yet."""
    return key in UNBUILT.get(title, frozenset())
