"""Visitor: who asks for a page, and in which language."""

from __future__ import annotations

from dataclasses import replace

from flask import g

from kartotek.errors import Unauthenticated
from kartotek.model.actor import Actor
from kartotek.web import languages
from kartotek.web.current import installed


def actor() -> Actor:
    """Who asks, speaking the page's language; the guard has let no one in without. Raises Unauthenticated."""
    if "visitor" not in g:
        found = installed().sessions.actor()
        if found is None:
            raise Unauthenticated("Sign in first.")
        g.visitor = replace(found, language=languages.current())
    visitor: Actor = g.visitor
    return visitor
