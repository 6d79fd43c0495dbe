"""Aliases: the former names of types and fields; each must lead to one thing, and to none that has the name today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kartotek.declaration.builtin import USER
from kartotek.declaration.document import Path
from kartotek.declaration.draft import Draft
from kartotek.declaration.problems import Problems
from kartotek.declaration.spots import Spot
from kartotek.model.naming import TYPE_NAME

_Carriers = dict[str, str]  # {former name: what carries it}


def check_aliases(drafts: Mapping[str, Draft]) -> None:
    """Adds a problem for every former name that says not whose it is, or that nothing can have had."""
    of_types: _Carriers = {}
    for draft in drafts.values():
        _check_type(draft, drafts, of_types)
        of_fields: dict[Path, _Carriers] = {}
        for spot in draft.spots():
            _check_field(draft, spot, of_fields.setdefault(spot.path[:-1], {}))


def _check_type(draft: Draft, drafts: Mapping[str, Draft], carriers: _Carriers) -> None:
    path: Path = ("x-record", "aliases")
    for index, alias in enumerate(draft.own.get("aliases", ())):
        if not TYPE_NAME.fullmatch(alias) or "__" in alias:
            draft.problems.error((*path, index), "alias", f"No record type can have been called '{alias}'.")
        elif alias == USER:
            draft.problems.error((*path, index), "alias", f"'{USER}' is built in and cannot be renamed.")
        else:
            _check(draft.problems, (*path, index), (draft.name, alias), known=drafts, carriers=carriers)


def _check_field(draft: Draft, spot: Spot, carriers: _Carriers) -> None:
    path = (*spot.path, "x-field", "aliases")
    known = draft.names if len(spot.path) == len(("properties", "name")) else [one.name for one in spot.beside]
    for index, alias in enumerate(spot.field.aliases):
        _check(draft.problems, (*path, index), (spot.field.name, alias), known=known, carriers=carriers)


def _check(
    problems: Problems, path: Path, names: tuple[str, str], *, known: Iterable[str], carriers: _Carriers
) -> None:
    name, alias = names
    other = carriers.setdefault(alias, name)
    if alias == name:
        problems.error(path, "alias", f"'{name}' is its name today. Aliases are former names.")
    elif alias in known:
        sentence = f"'{alias}' is the name of another one today, so nobody could tell which is meant. Take one of them away."
        problems.error(path, "alias", sentence)
    elif other != name:
        problems.error(path, "alias", f"'{other}' was called '{alias}' already. Only one of them can have been.")
