"""Places: where the path of a condition leads, through objects, references and lists, as far as the actor may see."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from kartotek.engine.moment import Moment
from kartotek.model.catalog import Inverse
from kartotek.model.field import Field
from kartotek.model.meta import meta_fields

_META = "meta"


@dataclass(frozen=True, slots=True)
class Place:
    """`source` is the value in a formula, within `before` and `after`, which ask for any element of the lists on the way.

    `field` is None for a list seen from the other side of a reference, of which only the emptiness can be asked.
    """

    source: str
    field: Field | None
    before: str = ""
    after: str = ""


def find_place(moment: Moment, record_type: str, path: Sequence[str]) -> Place | None:
    """The place of the path; None alike for what is hidden and for what does not exist."""
    walk = _Walk(moment, record_type)
    if not all(map(walk.step, path)) or walk.found is None:
        return None
    field = walk.found if isinstance(walk.found, Field) else None
    return Place(walk.source, field, "".join(walk.opened), ")" * len(walk.opened))


class _Walk:
    """Stands at `source` in a record of the type, or, with `outer`, in a row or a small object of it."""

    def __init__(self, moment: Moment, record_type: str) -> None:
        self._moment = moment
        self._type = record_type
        self._outer: Field | None = None
        self._in_meta = False
        self.source = "record"
        self.opened: list[str] = []
        self.found: Field | Inverse | None = None

    def step(self, part: str) -> bool:
        """Whether there is such a part to go on to."""
        if self.found is not None and not self._enter(self.found):
            return False
        self.found = self._named(part)
        if self.found is not None:
            self.source += f"[{json.dumps(self.found.name, ensure_ascii=False)}]"
            return True
        if part != _META or self._in_meta or self._outer is not None or not self._moment.view.of(self._type).rows:
            return False
        self.source = _META if self.source == "record" else f"{_META}({self.source})"
        self._in_meta = True
        return True

    def _enter(self, found: Field | Inverse) -> bool:
        """Goes into what was found; False where nothing is in it."""
        self._in_meta = False
        if isinstance(found, Inverse):
            return self._open(found.type, None)
        if found.kind == "object":
            self._outer = found
            return True
        if found.kind == "rows":
            return self._open(self._type, found)
        if found.reference is None:
            return False
        if found.kind == "references":
            return self._open(found.reference.target, None)
        self._type, self._outer = found.reference.target, None
        return True

    def _open(self, record_type: str, outer: Field | None) -> bool:
        variable = f"x{len(self.opened) + 1}"
        self.opened.append(f"{self.source}.exists({variable}, ")
        self._type, self._outer, self.source = record_type, outer, variable
        return True

    def _named(self, part: str) -> Field | Inverse | None:
        seen = self._moment.view.of(self._type)
        if self._outer is not None:
            inner = next((one for one in self._outer.fields if part == one.name or part in one.aliases), None)
            hidden = inner is None or seen.inner.get((self._outer.name, inner.name), True) is not True
            return None if hidden else inner
        catalog = self._moment.compiled.catalog
        record_type = catalog.types[self._type]
        if self._in_meta:
            return next((one for one in meta_fields(record_type, catalog.settings.timezone) if one.name == part), None)
        if part in seen.fields:
            return record_type.by_name.get(part)
        if record_type.former.get(part) in seen.fields:
            return record_type.by_name[record_type.former[part]]
        inverse = record_type.inverses.get(part)
        shown = inverse is not None and inverse.field in self._moment.view.of(inverse.type).fields
        return inverse if shown else None
