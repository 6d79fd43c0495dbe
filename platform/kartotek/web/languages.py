"""Languages: which one a page speaks, and the interface's own texts in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import g, has_request_context, request, session
from flask_babel import gettext

from kartotek.kinds.languages import date_time_text, locale_of
from kartotek.model.messages import MESSAGES
from kartotek.model.problem import Problem
from kartotek.web.current import engine

FOLDER = Path(__file__).parent / "translations"
_TRANSLATED_PARAMS = ("expected", "format")


def offered() -> tuple[str, ...]:
    """The languages of the site; the first is its default."""
    return engine().catalog().settings.languages


def current() -> str:
    """The language of this request: chosen in this session, the user's own, the browser's, the site's."""
    if not has_request_context():
        return "en"
    if "language" not in g:
        g.language = _choose(offered())
    language: str = g.language
    return language


def _choose(languages: Sequence[str]) -> str:
    found = g.get("found")
    for wanted in (session.get("language"), found.actor.language if found else None):
        if wanted in languages:
            return str(wanted)
    return request.accept_languages.best_match(languages) or languages[0]


def locale() -> str:
    """The current language as the translations want it."""
    return str(locale_of(current()))


@cache
def own_name(language: str) -> str:
    """What the speakers of a language call it."""
    found = locale_of(language)
    return (found.get_display_name(found) or language).capitalize()


def moment(wire: str | datetime | None, language: str, zone: str) -> str:
    """An instant as people of the site read it, "" for none."""
    if not wire:
        return ""
    instant = datetime.fromisoformat(wire) if isinstance(wire, str) else wire
    return date_time_text(instant.astimezone(ZoneInfo(zone)), language)


def sentence(problem: Problem) -> str:
    """The problem's sentence in the current language; one a declaration gives comes in its own words."""
    known = MESSAGES.get(problem.code)
    if known is None or problem.code == "validation":
        return problem.message
    params = {name: gettext(value) if name in _TRANSLATED_PARAMS else value for name, value in problem.params.items()}
    try:
        return str(gettext(known)).format_map(params)
    except (KeyError, IndexError, ValueError):
        return problem.message
