"""Query parameters: each known by name and given once; a list's become a Query."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from flask import request

from kartotek.errors import Malformed
from kartotek.model.conditions import OPERATORS, RESERVED, read_name
from kartotek.model.problem import Problem, problem
from kartotek.model.query import DEFAULT_LIMIT, MAX_LIMIT, Condition, Query

LIST = RESERVED
RECORD = ("fields", "expand", "as_of", "trash", "titles")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def given(known: Iterable[str]) -> dict[str, str]:
    """{name: text} of the request's parameters. Raises Malformed where one is unknown, repeated or holds U+0000."""
    names = tuple(known)
    problems = [problem("", "unknown_parameter", name=name) for name in request.args if name not in names]
    if problems:
        raise _malformed(*problems)
    return _once()


def query(besides: Iterable[str] = ()) -> Query:
    """What a list is asked for; any name that is not reserved, and not among those `besides`, is a condition on a field."""
    others = tuple(besides)
    texts = {name: text for name, text in _once().items() if name not in others}
    return Query(
        filter=texts.get("filter", ""),
        conditions=tuple(_condition(name, text) for name, text in texts.items() if name not in LIST),
        broken=names(texts, "broken") or (),
        search=texts.get("search", ""),
        sort=names(texts, "sort") or (),
        fields=names(texts, "fields"),
        expand=names(texts, "expand") or (),
        limit=limit(texts),
        cursor=texts.get("cursor", ""),
        count=_counts(texts),
        trash=truth(texts, "trash"),
        titles=truth(texts, "titles"),
    )


def names(texts: Mapping[str, str], name: str) -> tuple[str, ...] | None:
    """The names in a list with commas; None where the parameter is not given, () where it is empty."""
    if name not in texts:
        return None
    parts = tuple(part.strip() for part in texts[name].split(",")) if texts[name] else ()
    if "" in parts or len(set(parts)) != len(parts):
        raise _wrong(name, "names with commas between them, each once")
    return parts


def limit(texts: Mapping[str, str]) -> int:
    """How many to give: 1 to 500, by default 50."""
    text = texts.get("limit", str(DEFAULT_LIMIT))
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= MAX_LIMIT:
        raise _wrong("limit", f"a whole number from 1 to {MAX_LIMIT}")
    return int(text)


def truth(texts: Mapping[str, str], name: str) -> bool:
    """A parameter that is true or false, by default false."""
    if texts.get(name, "false") not in ("true", "false"):
        raise _wrong(name, "true or false")
    return texts.get(name) == "true"


def instant(text: str, name: str) -> datetime:
    """A moment as RFC 3339 writes it, in UTC."""
    try:
        if _INSTANT.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise _wrong(name, "a moment such as 2026-11-21T10:00:00Z") from exc
    raise _wrong(name, "a moment such as 2026-11-21T10:00:00Z or, with + as %2B, 2026-11-21T18:00:00%2B08:00")


def _once() -> dict[str, str]:
    problems = [problem("", "repeated_parameter", name=name) for name, texts in request.args.lists() if len(texts) > 1]
    problems += [problem("", "text_nul") for name, text in request.args.items(multi=True) if "\0" in name + text]
    if problems:
        raise _malformed(*problems)
    return request.args.to_dict()


def _counts(texts: Mapping[str, str]) -> bool:
    if texts.get("count", "exact") != "exact":
        raise _wrong("count", "exact")
    return "count" in texts


def _condition(name: str, text: str) -> Condition:
    found = read_name(name)
    if found is None:
        raise _malformed(problem("", "unknown_parameter", name=name))
    operator = next((known for known in OPERATORS if known == found[1]), None)
    if operator is None:
        raise _malformed(problem("", "unknown_operator", operator=found[1], known=", ".join(OPERATORS)))
    return Condition(found[0], operator, text)


def _wrong(name: str, expected: str) -> Malformed:
    return _malformed(problem("", "parameter", name=name, expected=expected))


def _malformed(*problems: Problem) -> Malformed:
    return Malformed("The parameters cannot be read.", problems=problems)
