"""Guard: no page without a session and no change without the page's own token; who may come where stands with the routes."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, redirect, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response

from kartotek.errors import TooMany
from kartotek.model.admission import Admission
from kartotek.web import keep
from kartotek.web.current import installed
from kartotek.web.login import sign_in

_WITH_FILES = frozenset({"web.create", "web.update", "web.transit", "web.stage", "web.receive_import"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def install(app: Flask, admissions: Mapping[str, Admission]) -> None:
    """Every request to a page passes here first; what has no admission is for whoever is signed in.

    A blueprint that takes bearer tokens guards itself.
    """
    is_open = frozenset(name for name, one in admissions.items() if one.is_open)
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    forged = CSRFProtect(app)

    @app.before_request
    def admit() -> Response | tuple[str, int] | None:
        if request.endpoint is None or request.blueprint in installed().options.bearer_blueprints:
            return None
        return _admit(forged, is_open=request.endpoint in is_open)


def _admit(forged: CSRFProtect, *, is_open: bool) -> Response | tuple[str, int] | None:
    changes = request.method not in _SAFE
    if changes:
        if request.endpoint in _WITH_FILES and installed().sessions.actor() is not None:  # before anything reads the body
            request.max_content_length = installed().options.file + installed().options.body
        try:
            forged.protect()
        except CSRFError:
            return keep.page_again(400, is_open=is_open)
    if is_open or installed().sessions.actor() is not None:
        return None
    if not changes:
        return redirect(url_for("SignInView.login", next=request.full_path.rstrip("?")))
    return _sign_in_again()


def _sign_in_again() -> tuple[str, int] | None:
    """A session that ended while someone typed: they sign in on the page that kept it, and it is sent on at once."""
    username, password = request.form.get(keep.USERNAME), request.form.get(keep.PASSWORD)
    try:
        if username and sign_in(username, password or ""):
            return None
    except TooMany:
        return keep.page_again(429)
    return keep.page_again(401)
