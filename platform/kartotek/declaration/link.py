"""Links between types: every reference has a target, every inverse list a name of its own, every copy a source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from kartotek.declaration.builtin import USER, USER_TYPE
from kartotek.declaration.document import Path
from kartotek.declaration.draft import Draft
from kartotek.declaration.spots import Spot
from kartotek.declaration.suggest import did_you_mean
from kartotek.model.catalog import Inverse, RecordType
from kartotek.model.field import Field, Reference

Drafts = Mapping[str, Draft]
_COPIED_APART = frozenset({"rows", "object", "references", "files"})


def linked(drafts: Drafts) -> dict[str, RecordType]:
    """All types, the built-in one included, with their inverse lists; problems are noted in the drafts."""
    links = _Links(drafts)
    for draft in drafts.values():
        for spot in draft.spots():
            if spot.field.reference:
                links.add(draft, spot.path, spot.field, spot.field.reference)
            if spot.field.fetch_from:
                _check_fetch(drafts, draft, spot)
    types = {name: draft.record_type for name, draft in drafts.items() if draft.record_type} | {USER: USER_TYPE}
    inverses = {name: links.inverses_of(name) for name in types}
    return {name: replace(one, inverses=inverses[name]) if inverses[name] else one for name, one in types.items()}


class _Links:
    """Collects the inverse lists of all types."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts
        self._inverses: dict[str, dict[str, Inverse]] = {}

    def inverses_of(self, name: str) -> Mapping[str, Inverse]:
        return MappingProxyType(self._inverses.get(name, {}))

    def add(self, draft: Draft, path: Path, field: Field, reference: Reference) -> None:
        own, problems = (*path, "x-field"), draft.problems
        if reference.target not in self._drafts and reference.target != USER:
            types = {name: one.record_type for name, one in self._drafts.items()}
            hint = did_you_mean(reference.target, {**types, USER: USER_TYPE})
            problems.error((*own, "references"), "unknown_type", f"There is no record type '{reference.target}'.{hint}")
            draft.doubtful.add(field.name)
            return
        if reference.on_delete == "setNull" and field.required:
            sentence = f"'{field.name}' is required, so it cannot become empty. Use 'restrict' or 'cascade'."
            problems.error((*own, "onDelete"), "on_delete", sentence)
        if reference.on_delete == "cascade" and field.kind != "reference":
            problems.error((*own, "onDelete"), "not_supported", "'cascade' is not supported for this kind of link yet.")
        if reference.inverse:
            self._add_inverse(draft, (*own, "inverse"), field, reference)

    def _add_inverse(self, draft: Draft, path: Path, field: Field, reference: Reference) -> None:
        if field.kind == "references":
            draft.problems.error(path, "not_supported", "'inverse' of a list of links is not supported yet.")
            return
        clash = self._clash(reference)
        if clash:
            draft.problems.error(path, "inverse", f"{clash} already. Give this inverse list another name.")
            draft.doubtful.add(reference.inverse)
            return
        found = self._inverses.setdefault(reference.target, {})
        found[reference.inverse] = Inverse(reference.inverse, draft.name, field.name)

    def _clash(self, reference: Reference) -> str:
        name, target = reference.inverse, reference.target
        record_type = self._drafts[target].record_type if target in self._drafts else USER_TYPE
        if record_type and name in record_type.by_name:
            return f"The type '{target}' has a field '{name}'"
        other = self._inverses.get(target, {}).get(name)
        return f"'{other.type}.{other.field}' has an inverse list '{name}'" if other else ""


def _check_fetch(drafts: Drafts, draft: Draft, spot: Spot) -> None:
    assert spot.field.fetch_from is not None
    link_name, name = spot.field.fetch_from
    here = (*spot.path, "x-field", "fetchFrom")
    link = next((one for one in spot.beside if one.name == link_name), None)
    if link is None or link.reference is None or link.kind == "references":
        links = {one.name: one for one in spot.beside if one.reference and one.kind != "references"}
        if link_name not in draft.doubtful:
            sentence = f"'{link_name}' is not a link beside this field.{did_you_mean(link_name, links)}"
            draft.problems.error(here, "fetch_from", sentence)
        return
    other = drafts.get(link.reference.target)
    target = other.record_type if other else USER_TYPE if link.reference.target == USER else None
    if target and not (other and (other.is_hollow or name in other.doubtful)):
        _check_source(draft, here, spot.field, target)


def _check_source(draft: Draft, path: Path, field: Field, target: RecordType) -> None:
    assert field.fetch_from is not None
    link_name, name = field.fetch_from
    source = target.by_name.get(name)
    if source is None:
        sentence = f"'{target.name}' has no field '{name}'.{did_you_mean(name, target.by_name)}"
        draft.problems.error_inside(path, len(link_name) + 1, "unknown_field", sentence)
    elif source.kind != field.kind or field.kind in _COPIED_APART:
        sentence = (
            f"'{name}' is of the kind {source.kind} and this field of the kind {field.kind}, so it cannot be copied."
        )
        draft.problems.error(path, "fetch_from", sentence)
