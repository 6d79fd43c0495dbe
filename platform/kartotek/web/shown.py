"""Shown: the templates of the kinds as functions: `show` for a stored value, `edit` for a control of a form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import current_app
from flask.templating import Environment
from markupsafe import Markup

from kartotek.kinds.registry import kind_of
from kartotek.model.field import Field
from kartotek.model.frozen import EMPTY
from kartotek.web.control import Control

NOTHING = Markup('<span class="text-secondary">—</span>')
FILES = frozenset({"file", "image", "files"})
_KEPT = "kartotek_macros"


def show(field: Field, wire: Any, language: str, titles: Mapping[str, Any] = EMPTY) -> Markup:
    """The value for reading; `titles` are those of the records it refers to, or the names of its files."""
    if wire is None or wire == [] or wire == "":
        return NOTHING
    return _macro(field.kind, "show")(field, wire, language, titles)


def edit(control: Control) -> Markup:
    """The control without its label and its problems."""
    return _macro(control.field.kind, "edit")(control)


def titles_of(field: Field, record: Mapping[str, Any]) -> Mapping[str, Any]:
    """What `show` needs to name what a field refers to: {id: title}; for rows {member: {id: title}}.

    For files {id: name}, and under "" the address below which they are.
    """
    titles: Mapping[str, Any] = record.get("titles", EMPTY)
    if field.kind == "rows":
        return {one.name: titles.get(f"{field.name}.{one.name}", EMPTY) for one in field.fields}
    found: Mapping[str, Any] = titles.get(field.name, EMPTY)
    return {**found, "": f"/r/{record['type']}/{record['id']}/files/"} if field.kind in FILES else found


def text_of(field: Field, wire: Any, language: str) -> str:
    """The value as plain text."""
    return "" if wire is None else kind_of(field).text(field, wire, language)


def files_of(_field: Field, wire: Any, titles: Mapping[str, Any]) -> list[dict[str, str]]:
    """[{"id", "name", "href", "thumbnail", "picture"}] of the files a value names; a staged one has no address yet."""
    ids = [wire] if isinstance(wire, str) else list(wire)
    below = titles.get("", "")
    return [_file(id, str(titles.get(id, id)), below, is_image=_field.kind == "image") for id in ids if id]


def _file(id: str, name: str, below: str, *, is_image: bool) -> dict[str, str]:
    href = f"{below}{id}" if below else ""
    small, large = (f"{href}?picture={one}" if href and is_image else "" for one in ("small", "large"))
    return {"id": id, "name": name, "href": href, "thumbnail": small, "picture": large}


def _macro(kind: str, name: str) -> Callable[..., Markup]:
    """A macro, looked up once an app: rendering the templates' modules anew costs more than the whole list."""
    known: dict[tuple[str, str], Callable[..., Markup]] = current_app.extensions.setdefault(_KEPT, {})
    if (kind, name) not in known:
        templates: Environment = current_app.jinja_env
        known[kind, name] = getattr(templates.get_template(f"kinds/{kind}.html").module, name)
    return known[kind, name]
