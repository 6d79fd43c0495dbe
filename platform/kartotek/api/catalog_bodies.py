"""What is sent to have the catalog changed, each value of the sort it must be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, NoReturn

from kartotek.errors import Malformed
from kartotek.model.plan import Answers
from kartotek.model.problem import pointer, problem

Wire = Mapping[str, Any]
PLAN_KEYS = ("documents", "version", "answers", "sql")
_MOST_DOCUMENTS = 2000  # each is read, checked and compared while somebody waits


def text_in(wire: Wire, key: str) -> str:
    """A text, "" where there is none. Raises Malformed, as all of these do."""
    found = wire.get(key, "")
    return found if isinstance(found, str) else _wrong("a text", key)


def truth_in(wire: Wire, key: str) -> bool:
    """A boolean, false where there is none."""
    found = wire.get(key, False)
    return found if isinstance(found, bool) else _wrong("true or false", key)


def number_in(wire: Wire, key: str) -> int | None:
    """The number of a version."""
    found = wire.get(key)
    if found is not None and (isinstance(found, bool) or not isinstance(found, int) or not 0 < found < 2**53):
        _wrong("the number of a version", key)
    return found


def texts_in(wire: Wire, key: str) -> tuple[str, ...]:
    """A list of texts."""
    found = wire.get(key, [])
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        _wrong("a list of texts", key)
    return tuple(found)


def documents_in(wire: Wire) -> Mapping[str, str] | None:
    """{path within the site: text}, None where the folder's are meant."""
    found = wire.get("documents")
    if found is None:
        return None
    if not isinstance(found, dict):
        _wrong("an object of texts", "documents")
    if len(found) > _MOST_DOCUMENTS:
        _wrong(f"an object of at most {_MOST_DOCUMENTS} texts", "documents")
    for name, text in found.items():
        if not isinstance(text, str):
            _wrong("a text", "documents", name)
        if not PurePosixPath(name).parts:
            _wrong("the path of a file", "documents", name)
    return dict(found)


def answers_in(wire: Wire) -> Answers:
    """What becomes of values that can no longer be chosen: {"options": {"type.field": {old: new, or null to empty it}}}."""
    found = wire.get("answers", {})
    if not isinstance(found, dict):
        _wrong("an object", "answers")
    unknown = next((name for name in found if name != "options"), None)
    if unknown is not None:
        raise _malformed(problem(pointer("answers", unknown), "unknown_key", name=unknown))
    options = found.get("options", {})
    if not isinstance(options, dict):
        _wrong("an object", "answers", "options")
    for name, each in options.items():
        if not isinstance(each, dict) or any(isinstance(new, (dict, list)) for new in each.values()):
            _wrong("an object of plain values", "answers", "options", name)
    return Answers(options=options)


def _wrong(expected: str, *path: str) -> NoReturn:
    raise _malformed(problem(pointer(*path), "type", expected=expected))


def _malformed(one: Any) -> Malformed:
    return Malformed("The request body cannot be read.", problems=[one])
