"""Mapping columns to fields: as asked for, by name, by title in any language, by a member's title."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from kartotek.model.problem import Problem, problem
from kartotek.sheets.addresses import Addresses, Spot
from kartotek.sheets.cells import key_of, letter_of
from kartotek.sheets.header import JOINED, Header
from kartotek.sheets.plan import Column
from kartotek.sheets.units import other_currency, without_remark

OWN_REMARK = "kartotek:"  # the header of columns that our own files of errors add
_LETTERS = re.compile(r"[A-Z]{1,3}")


@dataclass(frozen=True, slots=True)
class Mapped:
    """A column, and the spot its values go to, if any."""

    index: int
    column: Column
    spot: Spot | None


def finder(addresses: Addresses, mapping: Mapping[str, str]) -> Callable[[str], str]:
    """text → path of the field that it names, for telling a header from other lines."""
    asked = {key_of(header): path for header, path in mapping.items() if not _LETTERS.fullmatch(header)}

    def finds(text: str) -> str:
        if key_of(text) in asked:
            return asked[key_of(text)] or text
        found = addresses.find(text) or addresses.find(without_remark(text))
        return found[0].path if found else ""

    return finds


def map_columns(
    header: Header, addresses: Addresses, asked: Mapping[str, str], currency: str
) -> tuple[list[Mapped], list[Problem]]:
    """Every column with its field, and what about the mapping must be decided by a person."""
    given, problems = _given(header, addresses, asked)
    mapped = [
        _map(index, text, addresses, asked=given.get(index), currency=currency)
        for index, text in enumerate(header.texts)
    ]
    return mapped, problems + _twice(mapped)


def _given(header: Header, addresses: Addresses, asked: Mapping[str, str]) -> tuple[dict[int, str], list[Problem]]:
    """{index of a column: path asked for}; a header stands before a letter."""
    given: dict[int, str] = {}
    problems = []
    for name, path in asked.items():
        places = _columns_called(name, header)
        if not places:
            problems.append(problem("/options/mapping", "no_column", name=name))
        spot = addresses.called(path)
        path = spot.path if spot is not None else path
        if path and spot is None:
            problems.append(problem("/options/mapping", "unknown_field", name=path))
        elif spot is not None and spot.reason:
            problems.append(problem("/options/mapping", "not_importable", name=path))
        given |= dict.fromkeys(places, path)
    return given, problems


def _columns_called(name: str, header: Header) -> list[int]:
    exact = [index for index, text in enumerate(header.texts) if text == name]
    loose = [index for index, text in enumerate(header.texts) if text and key_of(text) == key_of(name)]
    letters = [index for index in range(len(header.texts)) if letter_of(index) == name]
    return exact or loose or letters


def _map(index: int, text: str, addresses: Addresses, *, asked: str | None, currency: str) -> Mapped:
    column = Column(letter=letter_of(index), header=text)
    if asked is not None:
        spot = addresses.spots.get(asked)
        if spot is None or spot.reason:
            return Mapped(index, replace(column, reason="ignored"), None)
        return Mapped(index, replace(column, field=asked, how="given"), spot)
    if not text or text.startswith(OWN_REMARK):
        return Mapped(index, replace(column, reason="ignored" if text else "no_header"), None)
    found = _find(text, addresses)
    if found is None:
        return Mapped(index, replace(column, reason="unknown"), None)
    spot, how = found
    reason = spot.reason or ("currency" if other_currency(text, spot.leaf, currency) else "")
    if reason:
        return Mapped(index, replace(column, reason=reason), None)
    return Mapped(index, replace(column, field=spot.path, how=how), spot)


def _find(text: str, addresses: Addresses) -> tuple[Spot, str] | None:
    parts = text.split(JOINED)
    tried = [text, without_remark(text)]
    if len(parts) > 1:
        tried += [parts[-1], without_remark(parts[-1])]
    return next((one for one in map(addresses.find, tried) if one), None)


def _twice(mapped: Sequence[Mapped]) -> list[Problem]:
    """Two columns for one field, or a field and its members: a person must say which is meant."""
    columns: defaultdict[str, list[Mapped]] = defaultdict(list)
    for one in mapped:
        if one.spot is not None:
            columns[one.spot.path].append(one)
    return [
        problem(
            "/options/mapping", "duplicate_column", name=path, columns=", ".join(one.column.letter for one in several)
        )
        for path, several in [(path, [*ones, *_parts_of(path, columns)]) for path, ones in columns.items()]
        if len(several) > 1
    ]


def _parts_of(path: str, columns: Mapping[str, list[Mapped]]) -> list[Mapped]:
    return [
        one
        for other, ones in columns.items()
        if other.startswith(f"{path}.")
        for one in ones
        if one.spot and one.spot.member
    ]
