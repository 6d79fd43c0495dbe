"""Translation: the names that an old declaration uses, as the new ones call the same things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from kartotek.formula.tree import walk
from kartotek.migration.lineage import Lineage
from kartotek.migration.step import GONE
from kartotek.model.catalog import Catalog
from kartotek.model.field import Field
from kartotek.model.formula import Formula, Member
from kartotek.model.naming import row_path

Path = tuple[str, ...]
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Translation:
    """`types` is {old name: new name}, `fields` {(old owner, old name): new name}, owners as formulas write them: "order.lines".

    `targets` is {(old owner, old name): old type} of the fields that refer to a record.
    """

    types: Mapping[str, str]
    fields: Mapping[tuple[str, str], str]
    targets: Mapping[tuple[str, str], str]

    @property
    def is_empty(self) -> bool:
        """Whether everything is called as it was, and nothing is gone."""
        return not self.fields and all(old == new for old, new in self.types.items())

    def type(self, name: str) -> str:
        """The new name of a type, an impossible one where it is gone; of what is no type of the site, the name."""
        return self.types.get(name, name)

    def field(self, owner: str, name: str) -> str:
        """The new name of a field of the owner; of what is no field (an inverse list), the name."""
        return self.fields.get((owner, name), name)

    def formula(self, formula: Formula) -> Formula:
        """The formula with the source that it would have today; only that is to be looked at."""
        changes = sorted({change for node in walk(formula.node) if (change := self._change(formula.source, node))}, reverse=True)
        source = formula.source
        for start, end, text in changes:
            source = source[:start] + text + source[end:]
        return replace(formula, source=source) if changes else formula

    def _change(self, source: str, node: object) -> tuple[int, int, str] | None:
        """(start, end, new text) of the name that a member of something is written with."""
        if not isinstance(node, Member):
            return None
        owner = node.target.type
        if owner.name == "user":
            now = self.types.get(node.name, node.name)
        elif owner.name in ("record", "row"):
            now = self.field(owner.record, node.name)
        else:
            return None
        if now == node.name:
            return None
        start = node.end - len(node.name)
        if source[start : node.end] == node.name and _PLAIN.fullmatch(now):
            return start, node.end, now
        opening = source.rfind("[" if source[node.end - 1] == "]" else ".", node.target.end, node.end)
        return opening, node.end, f".{now}" if _PLAIN.fullmatch(now) else f'["{now}"]'


def translation(old: Catalog, new: Catalog, lineage: Lineage) -> Translation:
    """The names of all that is in the old catalog and is called otherwise in the new one, or is not in it."""
    types = {was: now for now, was in lineage.types.items()}
    types |= {name: name + GONE for name, one in old.types.items() if name not in types and not one.builtin}
    fields: dict[tuple[str, str], str] = {}
    for name, was in lineage.types.items():
        forward = {former: path for path, former in lineage.fields[name].items()}
        fields |= _renamed(was, old.types[was].fields, (), forward)
    targets = {
        (owner, one.name): one.reference.target
        for name, each in old.types.items() for owner, one in _everywhere(name, each.fields) if one.reference is not None
    }
    return Translation(types, fields, targets)


def _everywhere(owner: str, fields: Iterable[Field]) -> Iterator[tuple[str, Field]]:
    for one in fields:
        yield owner, one
        yield from _everywhere(row_path(owner, one.name), one.fields)


def _renamed(
    owner: str, fields: Iterable[Field], above: Path, forward: Mapping[Path, Path]
) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for one in fields:
        path = (*above, one.name)
        now = forward.get(path, (one.name + GONE,))[-1]
        if now != one.name:
            found[owner, one.name] = now
        if one.fields:
            found |= _renamed(row_path(owner, one.name), one.fields, path, forward)
    return found
