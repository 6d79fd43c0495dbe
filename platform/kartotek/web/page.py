"""Page: what every template is given besides its own values."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request
from flask_babel import gettext

from kartotek.errors import Busy
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.settings import text_in
from kartotek.web import languages
from kartotek.web.current import engine, installed


def page(template: str, **values: Any) -> str:
    """The rendered template; the menu holds the types that the actor may see."""
    actor = installed().sessions.actor()
    language = languages.current()
    settings = engine().catalog().settings
    return render_template(
        template,
        actor=actor,
        menu=menu(actor) if actor else (),
        menu_groups=menu_groups(actor, language) if actor else (),
        unread=unread(actor) if actor else 0,
        language=language,
        languages=settings.languages,
        site_name=settings.name.get(language) or next(iter(settings.name.values()), "Kartotek"),
        zone=settings.timezone,
        able=lambda ability: actor is not None and engine().users.granting.able(actor, ability),
        here=request.full_path.rstrip("?") if request.method == "GET" else request.path,
        **values,
    )


def menu(actor: Actor) -> tuple[RecordType, ...]:
    """The record types the actor may know of, in declared order; found once a request."""
    if "menu" not in g:
        types = engine().catalog().types
        g.menu = tuple(types[one["name"]] for one in engine().types(actor) if one["name"] in types and not types[one["name"]].builtin)
    found: tuple[RecordType, ...] = g.menu
    return found


def menu_groups(actor: Actor, language: str) -> list[tuple[str, list[RecordType]]]:
    """[(title, types)] as site.yaml groups them; what no group names comes last, without a title where there are no groups."""
    left = {one.name: one for one in menu(actor)}
    found = []
    for group in engine().catalog().settings.menu:
        types = [left.pop(name) for name in group.types if name in left]
        if types:
            found.append((text_in(group.titles, language), types))
    return [*found, (gettext("More") if found else "", [*left.values()])] if left else found


def unread(actor: Actor) -> int:
    """How many messages wait for the actor; 0 where a part of a page is asked for, which does not show it.

    A page that tells of a busy database must not ask it again.
    """
    if "HX-Request" in request.headers:
        return 0
    try:
        return engine().inbox.unread(actor)
    except Busy:
        return 0


def is_partial() -> bool:
    """Whether htmx asks for a part of a page, and not for a page that goes into the history."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
