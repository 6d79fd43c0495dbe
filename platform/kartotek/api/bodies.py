"""Request bodies: read within a limit, as JSON without what JSON readers disagree on."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable
from typing import Any, NoReturn

from flask import request

from kartotek.errors import Malformed, TooLarge, UnsupportedMedia
from kartotek.model.problem import Problem, pointer, problem

DEEPEST = 100
MOST_NAMES = 5_000  # in one object: each unknown one becomes a problem of its own
LONGEST_NUMBER = 300  # digits: what is longer overflows a double, and reading it costs quadratic time


def read(limit: int) -> bytes:
    """The whole body. Raises TooLarge as soon as more than `limit` bytes are announced or have come."""
    refuse_announced(limit)
    request.max_content_length = limit + 1  # one more is enough to see that a body without announced length is too long
    raw = request.get_data(cache=False, parse_form_data=False)
    if len(raw) > limit:
        raise too_large(limit)
    return raw


def refuse_announced(limit: int) -> None:
    """Raises TooLarge, before anything is read, where Content-Length says that more than `limit` bytes follow."""
    if (request.content_length or 0) > limit:
        raise too_large(limit)


def too_large(limit: int) -> TooLarge:
    """The refusal of a body over the limit."""
    return TooLarge(f"Send at most {limit} bytes.", limit=limit)


def json_object(raw: bytes, *, keys: Iterable[str], required: Iterable[str] = ()) -> dict[str, Any]:
    """The body as an object that has the required keys and none but `keys`."""
    _refuse_other_media()
    wire = parse(raw)
    if not isinstance(wire, dict):
        raise _malformed(problem("", "type", expected="a JSON object"))
    closed(wire, keys, path="", required=required)
    return wire


def empty_or_object(raw: bytes) -> None:
    """A body that may be missing and otherwise is an object without keys."""
    if raw:
        json_object(raw, keys=())


def closed(wire: dict[str, Any], keys: Iterable[str], *, path: str, required: Iterable[str] = ()) -> None:
    """Raises Malformed, with one problem a key, where a key is unknown or a required one is missing."""
    known = tuple(keys)
    problems = [problem(path + pointer(name), "unknown_key", name=name) for name in wire if name not in known]
    problems += [problem(path, "missing_key", name=name) for name in required if name not in wire]
    if problems:
        raise _malformed(*problems)


def parse(raw: bytes) -> Any:
    """The JSON value: UTF-8 only, no key twice, no NaN, integers of any size that fits a double, limited depth."""
    try:
        text = raw.decode("utf-8")
        wire = _DECODER.decode(text)
    except UnicodeDecodeError as exc:
        raise _malformed(problem("", "encoding")) from exc
    except json.JSONDecodeError as exc:
        raise _malformed(problem("", "json", reason=exc.msg, line=exc.lineno, column=exc.colno)) from exc
    except RecursionError as exc:
        raise _malformed(problem("", "depth", limit=DEEPEST)) from exc
    if text.count("[") + text.count("{") > DEEPEST and _is_deeper(wire, DEEPEST):
        raise _malformed(problem("", "depth", limit=DEEPEST))
    return wire


def _refuse_other_media() -> None:
    if request.mimetype != "application/json":
        raise UnsupportedMedia("Send JSON with Content-Type: application/json.")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise UnsupportedMedia("Send the body without a Content-Encoding.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MOST_NAMES:
        raise _malformed(problem("", "too_many_names", limit=MOST_NAMES))
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise _malformed(problem("", "duplicate_key", name=counts.most_common(1)[0][0]))
    return found


def _constant(name: str) -> NoReturn:
    raise _malformed(problem("", "not_a_number", name=name))


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise _malformed(problem("", "number_range"))
    return int(text)


def _number(text: str) -> float:
    value = float(text) if len(text) <= LONGEST_NUMBER else math.inf
    if math.isinf(value):
        raise _malformed(problem("", "number_range"))
    return value


def _is_deeper(wire: Any, limit: int) -> bool:
    """Whether containers stand in each other more than `limit` deep; without recursion, which is what it prevents."""
    level = [wire]
    for _ in range(limit + 1):
        level = [one for one in level if isinstance(one, (dict, list))]
        if not level:
            return False
        level = [child for one in level for child in (one.values() if isinstance(one, dict) else one)]
    return True


def _malformed(*problems: Problem) -> Malformed:
    return Malformed("The request body cannot be read.", problems=problems)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_number
)
