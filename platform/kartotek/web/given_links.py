"""Given links: the personal links of a record, as those who may change it see and end them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.engine.sight import Sight
from kartotek.errors import Forbidden, NotFound
from kartotek.model.actor import Actor
from kartotek.web.current import engine
from kartotek.web.visitor import actor


def given_links(visitor: Actor, sight: Sight, record_id: int) -> list[dict[str, Any]]:
    """The links in force, newest first, each with the title of what it runs; none for a reader."""
    workflow = sight.type.workflow
    if workflow is None or not sight.write:
        return []
    try:
        found = engine().links.of_record(visitor, sight.type.name, record_id)
    except Forbidden:
        return []
    known = workflow.transitions
    return [
        {**one, "title": known[one["transition"]].label(visitor.language)}
        for one in found if one["active"] and one["transition"] in known
    ]


def end_link(type_name: str, record_id: int, link_id: int) -> Response:
    """`POST /r/<type>/<id>/links/<link>/end`: nobody can use it from now on."""
    visitor = actor()
    if link_id not in {one["id"] for one in engine().links.of_record(visitor, type_name, record_id)}:
        raise NotFound("There is no such link.")
    engine().links.revoke(visitor, link_id)
    flash(gettext("The link has ended."), "success")
    return redirect(f"/r/{type_name}/{record_id}", 303)
