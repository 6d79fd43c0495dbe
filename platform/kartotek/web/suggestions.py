"""Suggestions: the page of what is proposed, the buttons by which it is decided, and what of a form is only proposed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.errors import Conflict, Forbidden, Invalid, KartotekError
from kartotek.model.actor import Actor
from kartotek.model.field import Field
from kartotek.web import languages
from kartotek.web.current import engine
from kartotek.web.page import page
from kartotek.web.said import speaker
from kartotek.web.visitor import actor

_MOST_SHOWN = 50


def suggestions() -> str:
    """`/suggestions/`: what waits, newest first."""
    visitor = actor()
    found = engine().suggestions.listing(visitor, cursor=request.args.get("cursor", ""), limit=_MOST_SHOWN)
    return page("suggestions.html", found=found, types=engine().catalog().types, **_told(visitor, found.items))


def of_record(visitor: Actor, type_name: str, record_id: int, *, trash: bool) -> dict[str, Any]:
    """What waits for one record; nothing is asked where nobody may propose anything."""
    if trash or not engine().catalog().has_proposals:
        return {"suggested": ()}
    found = engine().suggestions.listing(visitor, record_type=type_name, record_id=record_id, limit=_MOST_SHOWN).items
    return {"suggested": found, **_told(visitor, found)}


def proposals_wait(visitor: Actor) -> bool:
    """Whether something waits that he may decide; nothing is asked where nobody may propose anything."""
    if not engine().catalog().has_proposals:
        return False
    return any(one["may_decide"] for one in engine().suggestions.listing(visitor, limit=_MOST_SHOWN).items)


def accept(suggestion_id: int) -> Response:
    """`POST /suggestions/<id>/accept`."""
    return _decided(lambda visitor: engine().suggestions.accept(visitor, suggestion_id), gettext("The proposal was accepted and saved."))


def refuse(suggestion_id: int) -> Response:
    """`POST /suggestions/<id>/refuse`, with the reason."""
    reason = request.form.get("reason", "")
    return _decided(lambda visitor: engine().suggestions.refuse(visitor, suggestion_id, reason=reason), gettext("The proposal was refused."))


def withdraw(suggestion_id: int) -> Response:
    """`POST /suggestions/<id>/withdraw`."""
    return _decided(lambda visitor: engine().suggestions.withdraw(visitor, suggestion_id), gettext("The proposal was taken back."))


def _decided(decide: Any, done: str) -> Response:
    try:
        decide(actor())
    except (Conflict, Forbidden, Invalid) as refused:
        flash(_sentences(refused), "warning")
    else:
        flash(done, "success")
    record_type, record_id = request.form.get("type", ""), request.form.get("record", "")
    known = record_type in engine().catalog().types and record_id.isascii() and record_id.isdecimal()
    return redirect(f"/r/{record_type}/{record_id}" if known else "/suggestions/", 303)


def _sentences(refused: KartotekError) -> str:
    return " ".join(languages.sentence(one) for one in refused.problems) or gettext("You may not do this.")


def _told(visitor: Actor, items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"suggested_text": speaker(visitor, _values(items))}


def _values(items: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Field, Any]]:
    types = engine().catalog().types
    for one in items:
        by_name = types[one["type"]].by_name
        for name in one["fields"]:
            yield from ((by_name[name], side[name]) for side in (one["was"], one["now"]) if name in side)
