"""What is sent to have the site's files changed: whole texts, and edits at paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from kartotek.api.catalog_bodies import answers_in
from kartotek.errors import Malformed
from kartotek.model.edit import Edit, Insert, Move, Put, Remove, Rename, Steps
from kartotek.model.problem import pointer, problem
from kartotek.model.proposal import Proposal

Wire = Mapping[str, Any]
PROPOSAL_KEYS = ("files", "edits", "seen", "answers")
_MOST_EDITS = 200
_MOST_FILES = 1000
_DEEPEST = 100

# What each sort of edit takes besides its path; the second are those that it cannot do without.
_KEYS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "set": (("value", "before"), ("value",)),
    "insert": (("value", "before"), ("value",)),
    "remove": ((), ()),
    "rename": (("to",), ("to",)),
    "move": (("before",), ()),
}
_MADE: Mapping[str, Callable[[Steps, Wire], Edit]] = {
    "set": lambda path, wire: Put(path, wire["value"], wire.get("before")),
    "insert": lambda path, wire: Insert(path, wire["value"], wire.get("before")),
    "remove": lambda path, wire: Remove(path),
    "rename": lambda path, wire: Rename(path, wire["to"]),
    "move": lambda path, wire: Move(path, wire.get("before")),
}


def proposal_in(wire: Wire) -> Proposal:
    """The files and edits of a body. Raises Malformed."""
    edits = _object(wire, "edits")
    return Proposal(
        files=_texts(wire, "files"), seen=_texts(wire, "seen"), answers=answers_in(wire),
        edits={name: _edits(given, name) for name, given in edits.items()},
    )


def _texts(wire: Wire, key: str) -> Mapping[str, str | None]:
    found = _object(wire, key)
    for name, text in found.items():
        if text is not None and not isinstance(text, str):
            _wrong("a text or null", key, name)
    return found


def _object(wire: Wire, key: str) -> Mapping[str, Any]:
    found = wire.get(key, {})
    if not isinstance(found, dict):
        _wrong("an object", key)
    return found if len(found) <= _MOST_FILES else _wrong(f"an object of at most {_MOST_FILES} files", key)


def _edits(given: Any, name: str) -> tuple[Edit, ...]:
    if not isinstance(given, list) or len(given) > _MOST_EDITS:
        _wrong(f"a list of at most {_MOST_EDITS} edits", "edits", name)
    return tuple(_edit(one, ("edits", name, number)) for number, one in enumerate(given))


def _edit(wire: Any, at: tuple[str | int, ...]) -> Edit:
    sorts = [key for key in _KEYS if key in wire] if isinstance(wire, dict) else []
    if len(sorts) != 1:
        _wrong(f"an object with one of {', '.join(_KEYS)}", *at)
    sort = sorts[0]
    known, needed = _KEYS[sort]
    for key in needed:
        if key not in wire:
            raise _malformed(problem(pointer(*at, key), "required"))
    for key in wire:
        if key not in (sort, *known):
            raise _malformed(problem(pointer(*at, key), "unknown_key", name=key))
    if "to" in wire and not isinstance(wire["to"], str):
        _wrong("a text", *at, "to")
    before = wire.get("before")
    if before is not None and not (_is_step(before) and (isinstance(before, int) or sort != "insert")):
        _wrong("a position" if sort == "insert" else "a key or a position", *at, "before")
    return _MADE[sort](_path(wire[sort], (*at, sort)), wire)


def _path(given: Any, at: tuple[str | int, ...]) -> Steps:
    if not isinstance(given, list) or not all(map(_is_step, given)):
        _wrong("a list of keys and positions", *at)
    if len(given) > _DEEPEST:
        _wrong(f"a list of at most {_DEEPEST} keys and positions", *at)
    return tuple(given)


def _is_step(one: Any) -> bool:
    return isinstance(one, str) or (isinstance(one, int) and not isinstance(one, bool))


def _wrong(expected: str, *path: str | int) -> NoReturn:
    raise _malformed(problem(pointer(*path), "type", expected=expected))


def _malformed(one: Any) -> Malformed:
    return Malformed("The request body cannot be read.", problems=[one])
