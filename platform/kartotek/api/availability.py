"""Availability: free times for a record that is to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Response, request

from kartotek.api import answers, parameters
from kartotek.api.addresses import record_id
from kartotek.engine.engine import Engine
from kartotek.errors import Malformed
from kartotek.kinds.calendar import read_date, read_duration
from kartotek.model.actor import Actor
from kartotek.model.problem import Problem, problem
from kartotek.model.query import SlotQuery

RESERVED = ("from", "to", "duration", "near", "step", "except", "limit")
MOST = 50
USUAL = 5
_FILTER, _GIVEN = "filter.", "given."


def show(engine: Engine, actor: Actor, *, type_name: str) -> Response:
    """The free times nearest to what is asked for."""
    query = _query(ZoneInfo(engine.catalog().settings.timezone))
    return answers.answer({"items": engine.slots.find(actor, type_name, query)})


def _query(zone: ZoneInfo) -> SlotQuery:
    texts = _texts()
    once = {name: each[0] for name, each in texts.items() if name in RESERVED}
    problems = [problem("", "missing_parameter", name=name) for name in ("from", "to", "duration") if name not in once]
    if problems:
        raise _malformed(*problems)
    others = {name: each for name, each in texts.items() if name not in RESERVED}
    return SlotQuery(
        start=_instant(once["from"], "from", zone), end=_instant(once["to"], "to", zone),
        duration=_duration(once["duration"], "duration"),
        near=_instant(once["near"], "near", zone) if "near" in once else None,
        step=_duration(once["step"], "step") if "step" in once else None,
        keys={
            name: tuple(text for text in each if text) for name, each in others.items()
            if not name.startswith((_FILTER, _GIVEN))
        },
        filters=_under(_FILTER, others), given=_under(_GIVEN, others),
        own=record_id(once["except"]) if "except" in once else None, limit=_limit(once.get("limit", str(USUAL))),
    )


def _texts() -> Mapping[str, Sequence[str]]:
    """{name: its texts}; only keys may stand more than once."""
    texts = {name: each for name, each in request.args.lists()}
    problems = [problem("", "text_nul") for name, each in texts.items() if "\0" in name + "".join(each)]
    for name, each in texts.items():
        if len(each) > 1 and (name in RESERVED or name.startswith((_FILTER, _GIVEN))):
            problems.append(problem("", "repeated_parameter", name=name))
    if problems:
        raise _malformed(*problems)
    return texts


def _under(prefix: str, texts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    return {name.removeprefix(prefix): each[0] for name, each in texts.items() if name.startswith(prefix)}


def _instant(text: str, name: str, zone: ZoneInfo) -> datetime:
    """A moment, or a date as its first instant."""
    day = read_date(text)
    if day is None:
        return parameters.instant(text, name)
    try:
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except OverflowError as exc:
        raise _wrong(name, "a day of the calendar") from exc


def _duration(text: str, name: str) -> timedelta:
    found = read_duration(text)
    if found is None:
        raise _wrong(name, "a length of time such as PT45M")
    return found


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 1 <= int(text) <= MOST):
        raise _wrong("limit", f"a whole number from 1 to {MOST}")
    return int(text)


def _wrong(name: str, expected: str) -> Malformed:
    return _malformed(problem("", "parameter", name=name, expected=expected))


def _malformed(*problems: Problem) -> Malformed:
    return Malformed("The parameters cannot be read.", problems=problems)
