"""The page of tokens: the secrets by which programs act for somebody, what each is limited to, when it was used last."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.errors import Forbidden, Invalid
from kartotek.model.catalog import ACTIONS
from kartotek.model.problem import problem
from kartotek.web.current import engine, installed
from kartotek.web.page import menu, page
from kartotek.web.people import said
from kartotek.web.visitor import actor
from kartotek.web.whole import whole



def tokens() -> str:
    """`GET /tokens/`."""
    return _page({})


def add_token() -> tuple[str, int]:
    """`POST /tokens/`: a new token; its secret is shown this once."""
    try:
        made, secret = engine().tokens.add(
            actor(), request.form.get("name", "").strip(), user_id=whole(request.form.get("user", "")), expires=_ends(), scope=_scope()
        )
    except Invalid as refused:
        return _page(said(refused.problems), given=request.form), 422
    except Forbidden:
        return _page({"user": gettext("Nobody may make a token of somebody who may do more than he.")}, given=request.form), 403
    return _page({}, secret=secret, name=made["name"]), 201


def end_token(token_id: int) -> Response:
    """`POST /tokens/<id>/end`."""
    engine().tokens.revoke(actor(), token_id)
    flash(gettext("The token has ended."), "success")
    return redirect("/tokens/", 303)


def _page(wrong: Mapping[str, str], *, given: Mapping[str, Any] | None = None, secret: str = "", name: str = "") -> str:
    visitor, people = actor(), {one.id: one for one in installed().users.list()}
    found = sorted(engine().tokens.list(visitor), key=lambda one: (not _is_live(one), -one["id"]))
    covered = [one for one in people.values() if one.active and _is_covered(one.id, one.roles)]
    return page(
        "tokens.html", tokens=[one | {"is_live": _is_live(one)} for one in found], people=people, covered=covered, types=menu(visitor),
        actions=_actions(), said=wrong, given=given, secret=secret, secret_name=name,
    )  # fmt: skip


def _is_covered(user_id: int, roles: tuple[str, ...]) -> bool:
    visitor = actor()
    return user_id == visitor.id or not engine().users.granting.lacking_as_another(visitor, roles)


def _is_live(token: Mapping[str, Any]) -> bool:
    ends = token["expires_at"]
    return token["revoked_at"] is None and (ends is None or datetime.fromisoformat(ends) > engine().clock())


def _actions() -> list[tuple[str, str]]:
    words = {
        "read": gettext("Read"), "create": gettext("Create"), "write": gettext("Change"), "delete": gettext("Delete"),
        "transition": gettext("Move on"),
    }  # fmt: skip
    return [(one, words[one]) for one in ACTIONS]


def _scope() -> dict[str, Any]:
    fields: dict[str, list[str]] = {}
    for one in request.form.get("fields", "").replace(",", " ").split():
        name, _, field = one.partition(".")
        fields.setdefault(name, []).append(field)
    given = {"types": request.form.getlist("types"), "actions": request.form.getlist("actions"), "fields": fields}
    return {name: value for name, value in given.items() if value}


def _ends() -> datetime | None:
    """The end of the day that was chosen, where the site is."""
    written = request.form.get("expires", "").strip()
    if not written:
        return None
    try:
        day = datetime.fromisoformat(written).date()
    except ValueError as error:
        raise Invalid([problem("/expires", "format", format="date")]) from error
    return datetime.combine(day, time.max, ZoneInfo(engine().catalog().settings.timezone)).astimezone(UTC)
