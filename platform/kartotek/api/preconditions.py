"""Preconditions: the version that a change is based on, from If-Match (RFC 9110) or from the body."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Literal

from flask import request

from kartotek.errors import Malformed, PreconditionFailed, PreconditionRequired
from kartotek.model.problem import problem

ANY: Literal["*"] = "*"
_TAG = re.compile(r'[ \t]*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*')
_VERSION = re.compile(r"[1-9][0-9]{0,14}")


def if_match() -> frozenset[int] | Literal["*"] | None:
    """The versions that If-Match names, without weak tags, which never match; ANY for `*`, None without the header."""
    header = request.headers.get("If-Match")
    if header is None:
        return None
    if header.strip() == ANY:
        return ANY
    versions: set[int] = set()
    for element in _elements(header):
        tag = _TAG.fullmatch(element)
        if tag is None:
            raise _malformed()
        if not tag[1] and _VERSION.fullmatch(tag[2]):
            versions.add(int(tag[2]))
    return frozenset(versions)


def version(stated: int | None, *, demanded: bool, current: Callable[[], int]) -> int | None:
    """The version that the record must have, or None where any will do.

    `stated` is the body's, `current` asks for the present one and is called only where the header leaves a choice.
    Raises PreconditionRequired, PreconditionFailed; Malformed where body and header contradict each other.
    """
    matched = if_match()
    if matched is None and stated is None and demanded:
        raise PreconditionRequired('Send the version this change is based on: If-Match: "<version>".')
    if matched is None or matched == ANY:
        return stated
    if stated is not None and matched:
        return _agreed(stated, matched)
    if len(matched) == 1:
        return next(iter(matched))
    now = current()
    if now not in matched:
        raise stale()
    return now


def stale() -> PreconditionFailed:
    """The refusal where If-Match does not hold."""
    return PreconditionFailed("If-Match does not name the present version.", problems=[problem("", "version")])


def _agreed(stated: int, matched: frozenset[int]) -> int:
    if stated not in matched:
        raise Malformed("The body names another version than If-Match.", problems=[problem("/version", "version")])
    return stated


def _elements(header: str) -> list[str]:
    """The list's elements. Commas may stand within a tag; empty elements are allowed, a list of nothing else is not."""
    elements = [one.strip() for one in re.findall(r'(?:[^,"]|"[^"]*"?)+', header)]
    elements = [one for one in elements if one]
    if not elements:
        raise _malformed()
    return elements


def _malformed() -> Malformed:
    wanted = 'entity tags in double quotes such as "4", or *'
    return Malformed("A header cannot be read.", problems=[problem("", "header", name="If-Match", expected=wanted)])
