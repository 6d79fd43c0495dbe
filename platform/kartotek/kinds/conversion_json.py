"""To and from free JSON: it takes any value as it travels; out of it each value goes by its own sort."""

from __future__ import annotations

from typing import Any

from kartotek.kinds.conversion_choices import Between, standing
from kartotek.kinds.conversion_lists import element, is_list, only
from kartotek.kinds.conversion_members import HOLDERS
from kartotek.kinds.conversion_scalars import Made
from kartotek.kinds.conversion_texts import canonical_wire
from kartotek.kinds.fragments import type_of
from kartotek.kinds.kind import refuse
from kartotek.kinds.unlimited import skeleton
from kartotek.model.field import Field
from kartotek.model.frozen import EMPTY

# A link to a record or to a file is more than the number or the text that stands for it.
LINKING = frozenset({"reference", "references", "user", "file", "files", "image"})


def to_json(old: Field, new: Field) -> Made | None:
    """The wire itself, where JSON of that sort is wanted."""
    if old.kind in LINKING:
        return None
    wanted = type_of(skeleton(new))
    sort = "array" if old.kind in ("rows", "choices") else "object" if old.kind == "object" else ""
    if wanted in ("array", "object") and wanted != sort:
        return None
    inside = type_of(skeleton(new).get("items", EMPTY))
    return not wanted or (wanted == sort and inside in ("", "object" if old.kind == "rows" else "")), canonical_wire(new)


def from_json(old: Field, new: Field, between: Between) -> Made | None:
    """Each value by what it is: a text like a text, a list like a list; objects by their members' names."""
    if new.kind in LINKING:
        return None
    whole = canonical_wire(new)

    def convert(wire: Any) -> Any:
        if new.kind == "json":
            return whole([wire] if is_list(new) and not isinstance(wire, list) else wire)
        if isinstance(wire, list):
            if new.kind == "rows":
                return whole(wire)
            return [single(one, element(new)) for one in wire] if is_list(new) else single(only(wire), new)
        if isinstance(wire, dict) and new.kind in HOLDERS:
            return whole([wire] if new.kind == "rows" else wire)
        return single(wire, new)

    def single(wire: Any, field: Field) -> Any:
        plain = standing(old, wire)
        made = between(plain, field) if plain else None
        return made[1](wire) if made else refuse("conversion")

    return False, convert
