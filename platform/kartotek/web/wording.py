"""Wording: the interface's own texts in templates, looked up once for each language and not at every place of every page."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g
from flask_babel import gettext
from markupsafe import Markup

from kartotek.web import languages

_KEPT = "kartotek_texts"


def install(app: Flask) -> None:
    """Templates say `_("…")` and `gettext("…")` through here; the extension's own way takes ten times as long."""
    app.extensions[_KEPT] = {}
    app.jinja_env.globals.update(_=said, gettext=said)


def said(message: str, **variables: Any) -> Markup:
    """The text in the language of this request, with its variables put in, escaped."""
    if "texts" not in g:
        g.texts = current_app.extensions[_KEPT].setdefault(languages.locale(), {})
    known: dict[tuple[str, bool], Markup] = g.texts
    key = (message, bool(variables))
    text = known.get(key)
    if text is None:
        translated = Markup(gettext(message))  # noqa: S704 (our own catalogue, as Jinja's extension takes it)
        text = known[key] = translated if variables else translated % {}
    return text % variables if variables else text
