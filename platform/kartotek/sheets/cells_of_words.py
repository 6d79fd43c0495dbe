"""Converters of words: boolean, choice, choices."""

from __future__ import annotations

from typing import Any

from kartotek.kinds.kind import Refused, refuse
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.sheets.cells import Cell, plain, shown
from kartotek.sheets.converting import Context, Converter
from kartotek.sheets.words import is_nothing, option_finder, read_boolean, separated


def boolean(field: Field, context: Context) -> Converter:
    def read(cell: Cell, said: list[str]) -> Any:
        text = plain(shown(cell))
        found = read_boolean(text)
        if found is None:
            if is_nothing(text):
                said.append("empty_word")
                return MISSING
            refuse("type", expected="true or false")
        if text not in ("TRUE", "FALSE", "true", "false"):
            said.append("boolean_words")
        return found

    return read


def choice(field: Field, context: Context) -> Converter:
    find = option_finder(field)

    def read(cell: Cell, said: list[str]) -> Any:
        try:
            return find(cell, said)
        except Refused:
            if isinstance(cell, str) and is_nothing(cell):
                said.append("empty_word")
                return MISSING
            raise

    return read


def choices(field: Field, context: Context) -> Converter:
    find = option_finder(field)

    def read(cell: Cell, said: list[str]) -> Any:
        text = _plain_lines(shown(cell))
        whole = _found(find, text, said)
        if whole is not MISSING:
            return [whole]
        if is_nothing(text):
            said.append("empty_word")
            return MISSING
        said.append("listed")
        found: list[Any] = []
        for part in separated(_without_brackets(text), strongly=True):
            one = _found(find, part, said)
            found += [one] if one is not MISSING else [find(inner, said) for inner in separated(part)]
        return found or MISSING

    return read


def _plain_lines(text: str) -> str:
    """The text plainly, line by line, since lines separate."""
    return "\n".join(filter(None, map(plain, text.splitlines())))


def _without_brackets(text: str) -> str:
    return text[1:-1].replace('"', "") if text.startswith("[") and text.endswith("]") else text


def _found(find: Converter, cell: Cell, said: list[str]) -> Any:
    try:
        return find(cell, said)
    except Refused:
        return MISSING
