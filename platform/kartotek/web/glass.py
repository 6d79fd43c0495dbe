"""Glass: the buttons of a record's page by which somebody opens it in an emergency, and ends that."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.engine.sight import Sight
from kartotek.errors import Invalid, NotFound
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.web import languages
from kartotek.web.current import engine
from kartotek.web.errors import note_refusal
from kartotek.web.page import page
from kartotek.web.visitor import actor


def shown(visitor: Actor, sight: Sight, record_id: int) -> dict[str, Any]:
    """What the page has to say: until when the record is open, or whether it can be opened; nothing where it cannot."""
    until: datetime | None = engine().glass.until(visitor, sight.type.name, record_id) if sight.opens else None
    return {"open_until": until, "can_open": sight.opens and until is None}


def closed(refused: NotFound, record_type: RecordType, record_id: int) -> tuple[str, int]:
    """The page of a number of which he may not know whether it is a record, for whoever could open it: the same for all."""
    note_refusal(refused)
    return page("closed.html", type=record_type, record={"id": record_id}, open_until=None, can_open=True), 404


def open_record(type_name: str, record_id: int) -> Response:
    """`POST /r/<type>/<id>/break-glass`: opens the record, with the reason."""
    try:
        engine().glass.open(actor(), type_name, record_id, reason=request.form.get("reason", ""))
    except Invalid as refused:
        flash(" ".join(languages.sentence(one) for one in refused.problems), "warning")
    else:
        flash(gettext("The record is open to you now. Others have been told."), "warning")
    return redirect(f"/r/{type_name}/{record_id}", 303)


def close_record(type_name: str, record_id: int) -> Response:
    """`POST /r/<type>/<id>/break-glass/end`: ends it before its time."""
    if engine().glass.close(actor(), type_name, record_id):
        flash(gettext("The record is closed to you again."), "success")
    return redirect(f"/r/{type_name}/{record_id}", 303)
