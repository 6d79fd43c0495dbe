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
from kartotek.model.field import Field

Drafts = Mapping[str, Draft]
_COPIED_APART = frozenset({"rows", "object", "references", "files"})


def linked(drafts: Drafts) -> dict[str, RecordType]:
    """All types, the built-in one included, with their inverse lists; problems are noted in the drafts."""
    inverses: dict[str, dict[str, Inverse]] = {}
    for draft in drafts.values():
        for spot in draft.spots():
            if spot.field.reference:
                _link(drafts, draft, spot.path, spot.field, inverses)
            if spot.field.fetch_from:
                _check_fetch(drafts, draft, spot)
    types = {name: draft.record_type for name, draft in drafts.items() if draft.record_type} | {USER: USER_TYPE}
    return {name: replace(one, inverses=MappingProxyType(inverses.get(name, {}))) for name, one in types.items()}


def _link(drafts: Drafts, draft: Draft, path: Path, field: Field, inverses: dict[str, dict[str, Inverse]]) -> None:
    reference = field.reference
    assert reference is not None
    own = (*path, "x-field")
    if reference.target not in drafts and reference.target != USER:
        sentence = f"There is no record type '{reference.target}'.{did_you_mean(reference.target, (*drafts, USER))}"
        draft.problems.error((*own, "references"), "unknown_type", sentence)
        draft.doubtful.add(field.name)
        return
    if reference.on_delete == "setNull" and field.required:
        sentence = f"'{field.name}' is required, so it cannot become empty. Use 'restrict' or 'cascade'."
        draft.problems.error((*own, "onDelete"), "on_delete", sentence)
    if reference.on_delete == "cascade" and field.kind != "reference":
        draft.problems.error((*own, "onDelete"), "not_supported", "'cascade' is not supported for this kind of link yet.")
    if reference.inverse:
        _add_inverse(drafts, draft, path, field, inverses)


def _add_inverse(drafts: Drafts, draft: Draft, path: Path, field: Field, inverses: dict[str, dict[str, Inverse]]) -> None:
    reference = field.reference
    assert reference is not None
    name, here = reference.inverse, (*path, "x-field", "inverse")
    if field.kind == "references":
        draft.problems.error(here, "not_supported", "'inverse' of a list of links is not supported yet.")
        return
    target = drafts[reference.target].record_type if reference.target in drafts else USER_TYPE
    given = inverses.setdefault(reference.target, {})
    clash = ""
    if target and name in target.by_name:
        clash = f"The type '{reference.target}' has a field '{name}' already. Give the inverse list another name."
    elif name in given:
        other = given[name]
        clash = f"'{other.type}.{other.field}' has an inverse list '{name}' already. Give this one another name."
    if clash:
        draft.problems.error(here, "inverse", clash)
        draft.doubtful.add(name)
    else:
        given[name] = Inverse(name, draft.name, field.name)


def _check_fetch(drafts: Drafts, draft: Draft, spot: Spot) -> None:
    assert spot.field.fetch_from is not None
    link_name, name = spot.field.fetch_from
    here = (*spot.path, "x-field", "fetchFrom")
    link = next((one for one in spot.beside if one.name == link_name), None)
    if link is None or link.reference is None or link.kind == "references":
        links = [one.name for one in spot.beside if one.reference and one.kind != "references"]
        if link_name not in draft.doubtful:
            sentence = f"'{link_name}' is not a link beside this field.{did_you_mean(link_name, links)}"
            draft.problems.error(here, "fetch_from", sentence)
        return
    _check_source(drafts, draft, here, spot.field, link, name)


def _check_source(drafts: Drafts, draft: Draft, path: Path, field: Field, link: Field, name: str) -> None:
    assert link.reference is not None
    other = drafts.get(link.reference.target)
    target = other.record_type if other else USER_TYPE if link.reference.target == USER else None
    if target is None or (other and (other.is_hollow or name in other.doubtful)):
        return
    source = target.by_name.get(name)
    if source is None:
        sentence = f"'{target.name}' has no field '{name}'.{did_you_mean(name, target.by_name)}"
        draft.problems.error_inside(path, len(link.name) + 1, "unknown_field", sentence)
    elif source.kind != field.kind or field.kind in _COPIED_APART:
        sentence = f"'{name}' is of the kind {source.kind} and this field of the kind {field.kind}, so it cannot be copied."
        draft.problems.error(path, "fetch_from", sentence)
