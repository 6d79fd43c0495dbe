"""Columns: which a list shows and in which order: as its address says, else as this person chose on this device, else as declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote, unquote

from flask import make_response, redirect, request
from werkzeug.wrappers import Response

from kartotek.engine.sight import Sight
from kartotek.model.actor import Actor
from kartotek.model.conditions import text_of_values, values_of
from kartotek.model.field import Field
from kartotek.model.meta import meta_fields
from kartotek.web.current import engine, installed
from kartotek.web.layout import UNLISTED, list_columns
from kartotek.web.list_address import Asked, asked, asked_of
from kartotek.web.page import is_partial, page
from kartotek.web.sights import sight_of
from kartotek.web.visitor import actor

_NEVER = frozenset({"rows", "object", "json", "file", "image", "files"})
_UNSORTED = UNLISTED | {"references", "choices"}
_COOKIE = "kartotek-columns"
_YEAR = 366 * 24 * 3600
_LONGEST = 3000  # a longer one would not be kept by a browser


def available(sight: Sight) -> dict[str, Field]:
    """{name: field} of all that can be a column; the system's values are called as in formulas, `meta.created_at`."""
    system = meta_fields(sight.type, engine().catalog().settings.timezone)
    has_state = any(one.is_state for one in sight.readable)
    kept = [one for one in system if one.name != "version" and not (has_state and one.name == "state")]
    own = [one for one in sight.seen if one.kind not in _NEVER]
    return {one.name: one for one in (*own, *(replace(one, name=f"meta.{one.name}") for one in kept))}


def chosen(visitor: Actor, sight: Sight, wanted: Asked) -> tuple[Field, ...]:
    """The columns to show; names that are not there, or not for him, are left out."""
    names = wanted.columns or _remembered(visitor)
    if names:
        known = available(sight)
        found = tuple(known[name] for name in dict.fromkeys(names) if name in known)
        if found:
            return found
    declared = list_columns(sight.type, sight.seen)
    states = [one for name, one in available(sight).items() if name == "meta.state"]
    return (*declared, *states)


def can_sort(sight: Sight, field: Field) -> bool:
    """Whether a list can be sorted by the column; by what he knows in part alone it cannot."""
    if not field.name.startswith("meta.") and all(one.name != field.name for one in sight.readable):
        return False
    return field.kind not in _UNSORTED and not field.is_live and not field.encrypt and not field.name.startswith("meta.created_by") and not field.name.startswith("meta.updated_by")


def panel(type_name: str) -> str:
    """`GET /r/<type>/columns`: which to show, and in which order."""
    visitor = actor()
    sight = sight_of(visitor, type_name)
    wanted = asked(request.args)
    return _panel(sight, wanted, [one.name for one in chosen(visitor, sight, wanted)])


def choose(type_name: str) -> Response | str:
    """`POST /r/<type>/columns`: keeps the choice on this device and goes back to the list, whose address says it too."""
    visitor = actor()
    sight = sight_of(visitor, type_name)
    wanted = asked_of(request.form.get("~list", ""))
    names = [one for one in request.form.getlist("show") if one in available(sight)]
    for way, step in (("~up", -1), ("~down", 1)):
        if way in request.form:
            return _panel(sight, wanted, _moved(names, request.form[way], step))
    sort = request.form.get("~sort", "")
    is_reset = "~reset" in request.form or not names
    wanted = replace(wanted, columns=() if is_reset else tuple(names), cursor="", back=(), sort=(sort,) if sort else ())
    answer = make_response(redirect(f"/r/{type_name}/{wanted.address()}", 303))
    _remember(answer, type_name, visitor, () if is_reset else names)
    return answer


def _panel(sight: Sight, wanted: Asked, names: Sequence[str]) -> str:
    known = available(sight)
    others = [one for name, one in known.items() if name not in names]
    sortable = [one for one in known.values() if can_sort(sight, one)]
    return page(
        "list_columns.html" if is_partial() else "list_panel.html", part="list_columns.html", type=sight.type, asked=wanted,
        shown=[known[name] for name in names if name in known], others=others, sortable=sortable,
        sorted_by=wanted.sorted_by(sight.type),
    )  # fmt: skip


def _moved(names: list[str], name: str, step: int) -> list[str]:
    if name not in names:
        return names
    place = names.index(name)
    names.insert(max(place + step, 0), names.pop(place))
    return names


def _remembered(visitor: Actor) -> tuple[str, ...]:
    owner, _, names = unquote(request.cookies.get(_COOKIE, "")).partition(":")
    return tuple(values_of(names)) if names and owner == str(visitor.id) else ()


def _remember(answer: Response, type_name: str, visitor: Actor, names: Sequence[str]) -> None:
    """A cookie of the type's own pages: nobody else is sent it, and it is no longer than one list's names."""
    text = quote(f"{visitor.id}:{text_of_values(names)}")
    path = f"/r/{type_name}/"
    if not names or len(text) > _LONGEST:
        answer.delete_cookie(_COOKIE, path=path)
        return
    answer.set_cookie(_COOKIE, text, max_age=_YEAR, path=path, secure=installed().options.secure, httponly=True, samesite="Lax")
