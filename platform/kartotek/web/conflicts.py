"""Conflicts: the page of records that no longer fit a rule because something else has changed."""

from __future__ import annotations

from flask import request

from kartotek.web.current import engine
from kartotek.web.page import menu, page
from kartotek.web.visitor import actor


def conflicts() -> str:
    """`/conflicts/?type=`: newest first, each with the way to its record."""
    visitor = actor()
    types = {one.name: one for one in menu(visitor)}
    chosen = request.args.get("type", "")
    found = engine().conflicts.list(visitor, chosen if chosen in types else "", cursor=request.args.get("cursor", ""))
    return page("conflicts.html", found=found, types=types, chosen=chosen if chosen in types else "")
