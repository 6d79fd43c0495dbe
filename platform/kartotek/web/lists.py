"""The list of a type: search, filters, order and pages by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import current_app, make_response, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.engine.sight import Sight
from kartotek.errors import Malformed
from kartotek.model.actor import Actor
from kartotek.model.field import Field
from kartotek.model.query import Page
from kartotek.web import filters, languages
from kartotek.web.breaches import Way, ways
from kartotek.web.cells import META, row_drawer
from kartotek.web.chips import chips
from kartotek.web.columns import can_sort, chosen
from kartotek.web.current import engine
from kartotek.web.list_address import Asked, asked
from kartotek.web.page import is_partial, page
from kartotek.web.sights import sight_of
from kartotek.web.visitor import actor

__all__ = ["listing", "sight_of"]

PAGE_SIZE = 50
_NO_PAGE = Page(())


def listing(type_name: str) -> Response | str | tuple[str, int]:
    """`/r/<type>/`: the page, or for htmx its table alone; or how many records there are."""
    visitor = actor()
    sight = sight_of(visitor, type_name)
    wanted = asked(request.args)
    if "~path" in request.args:
        return _filtered(visitor, type_name, wanted)
    if "count" in request.args and is_partial():
        return _counted(visitor, type_name, wanted)
    try:
        values = _values(visitor, sight, wanted)
    except Malformed as refused:
        if is_partial():
            raise
        return _refused(sight, wanted, refused)
    if not is_partial():
        return page("list.html", **values)
    return _part(type_name, wanted, page("list_table.html", **values))


def _part(type_name: str, wanted: Asked, text: str) -> Response:
    """The table alone. While somebody types, each answer takes the place of the one before in the browser's history."""
    answer = make_response(text)
    address = f"/r/{type_name}/{wanted.address(cursor=wanted.cursor, back=wanted.back)}"
    answer.headers["HX-Replace-Url" if request.headers.get("HX-Trigger") == "filters" else "HX-Push-Url"] = address
    answer.headers["Vary"] = "HX-Request"
    return answer


def _values(visitor: Actor, sight: Sight, wanted: Asked) -> dict[str, Any]:
    columns = chosen(visitor, sight, wanted)
    found = _select(visitor, sight, wanted, columns)
    badge = current_app.jinja_env.get_template("states.html").module.badge  # type: ignore[attr-defined]
    can_restore = wanted.trash and sight.delete
    can_edit = not wanted.trash and (sight.write or sight.delete or bool(sight.transitions))
    draw = row_drawer(sight.type, columns, languages.current(), trash=wanted.trash, picks=can_restore or can_edit, badge=badge)
    return {
        "type": sight.type, "sight": sight, "asked": wanted, "found": found, "columns": columns, "draw": draw,
        "sortable": {field.name for field in columns if can_sort(sight, field)}, "sorted_by": wanted.sorted_by(sight.type),
        "partial": is_partial(), "chips": chips(visitor, sight.type.name, wanted), "previous": _previous(wanted), "next": _next(wanted, found),
        "older": _older(visitor, sight, wanted), "can_restore": can_restore, "can_edit": can_edit,
        "problems": (), "count": _count_text(visitor, sight.type.name, wanted) if "count" in request.args else "",
    }  # fmt: skip


def _older(visitor: Actor, sight: Sight, wanted: Asked) -> list[Way]:
    """What is broken by records that are older than a rule, told where nothing else is asked for."""
    return [] if wanted.trash or wanted.is_narrowed or is_partial() else ways(visitor, sight.type.name)


def _refused(sight: Sight, wanted: Asked, refused: Malformed) -> tuple[str, int]:
    """The page of a list that cannot be shown: it says why, and leads to the whole one."""
    said = [languages.sentence(one) for one in refused.problems] or [refused.sentence]
    return page("list.html", type=sight.type, sight=sight, asked=wanted, found=_NO_PAGE, problems=said, columns=(), chips=(), older=(), sorted_by=""), 400


def _select(visitor: Actor, sight: Sight, wanted: Asked, columns: Sequence[Field]) -> Page:
    names = tuple(one.name for one in columns if not one.name.startswith(META))
    found = engine().select(visitor, sight.type.name, wanted.query(fields=names, limit=PAGE_SIZE, titles=True))
    for one in columns:
        if one.name.startswith(META) and one.reference is not None:
            _name_people(visitor, found, one.name)
    return found


def _name_people(visitor: Actor, found: Page, column: str) -> None:
    key = column.removeprefix(META)
    names = engine().title(visitor, "user", {one[key] for one in found.items if one[key] is not None})
    for one in found.items:
        one.setdefault("titles", {})[column] = {str(one[key]): names[one[key]]} if one[key] in names else {}


def _filtered(visitor: Actor, type_name: str, wanted: Asked) -> Response | tuple[str, int]:
    """What the filter panel's form asks for, as the address of a list; or the panel again."""
    made, problem = filters.added(visitor, type_name, wanted)
    if not problem:
        return redirect(f"/r/{type_name}/{made.address()}", 303)
    answer = make_response(filters.refused_panel(type_name, wanted, problem), 200 if is_partial() else 422)
    answer.headers["HX-Retarget"] = "#panel"
    return answer


def _counted(visitor: Actor, type_name: str, wanted: Asked) -> Response:
    answer = make_response(_count_text(visitor, type_name, wanted))
    answer.headers["Vary"] = "HX-Request"
    return answer


def _count_text(visitor: Actor, type_name: str, wanted: Asked) -> str:
    query = replace(wanted, cursor="", back=()).query(fields=(), limit=1, count=True)
    found = engine().select(visitor, type_name, query).count or 0
    return str(gettext("%(count)s in all", count=f"{found:,}"))


def _previous(wanted: Asked) -> str:
    if not wanted.cursor:
        return ""
    return wanted.address(cursor=wanted.back[-1] if wanted.back else "", back=wanted.back[:-1])


def _next(wanted: Asked, found: Page) -> str:
    return wanted.address(cursor=found.next, back=(*wanted.back, wanted.cursor)) if found.next else ""
