"""Guard: no page without a session and no change without the page's own token; who may come where stands with the routes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import Flask, abort, redirect, request, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.wrappers import Response

from kartotek.engine.addresses import network_of
from kartotek.errors import NotFound, TooMany
from kartotek.identity import telling
from kartotek.model.actor import Origin
from kartotek.model.admission import USER, Admission
from kartotek.web import foreign, keep, proof, second_step
from kartotek.web.current import installed
from kartotek.web.login import sign_in

_WITH_FILES = frozenset({"web.create", "web.update", "web.transit", "web.stage", "web.receive_import"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_REPORTS = "web.violated"
# What somebody may ask for whose session lacks the code, or the second step itself.
_WHILE_LACKING: Mapping[str, frozenset[str]] = MappingProxyType({
    "code": frozenset({"SignInView.logout"}),
    "step": frozenset({"SignInView.logout", "web.second_step", "web.begin_step", "web.confirm_step"}),
})
Answer = Response | tuple[str, int]


def install(app: Flask, admissions: Mapping[str, Admission]) -> None:
    """Every request to a page passes here first; what has no admission is for whoever is signed in.

    A blueprint that takes bearer tokens guards itself.
    """
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    forged = CSRFProtect(app)

    @app.before_request
    def admit() -> Answer | None:
        if not foreign.is_ours(request.host):
            foreign.refuse()
        telling.ORIGIN.set(Origin(address=network_of(request.remote_addr or "")))
        if request.endpoint is None or request.blueprint in installed().options.bearer_blueprints:
            return None
        return _admit(forged, admissions.get(request.endpoint, USER))


def _admit(forged: CSRFProtect, admission: Admission) -> Answer | None:
    sessions, changes = installed().sessions, request.method not in _SAFE
    if changes:
        if request.endpoint == _REPORTS:  # sent by the browser itself, which knows no token
            return None
        if foreign.is_foreign():
            abort(400)
        if request.endpoint in _WITH_FILES and sessions.actor() is not None:  # before anything reads the body
            request.max_content_length = installed().options.file + installed().options.body
        try:
            forged.protect()
        except CSRFError:
            return keep.page_again(400, asked="" if admission.is_open or sessions.anybody() is not None else "name")
    if admission.is_open:
        return None
    answer = _come_in(changes) if sessions.anybody() is None else _lacking(changes)
    if answer is not None:
        return answer
    _refuse_others(admission)
    return proof.missing() if changes and request.endpoint in proof.ASKED else None


def _refuse_others(admission: Admission) -> None:
    """Raises NotFound: to those whom a page is not for, it does not exist."""
    visitor = installed().sessions.actor()
    if visitor is not None and not installed().engine.users.granting.admits(visitor, admission):
        raise NotFound("There is no such page.")


def _lacking(changes: bool) -> Answer | None:
    """Where somebody is led who has given the password, and not yet what else is asked of him."""
    lacks = installed().sessions.lacks()
    if not lacks or request.endpoint in _WHILE_LACKING[lacks]:
        return None
    if changes and lacks == "code":
        return _step_again()
    target = url_for("web.code" if lacks == "code" else "web.second_step", next=None if changes else request.full_path.rstrip("?"))
    return redirect(target, 303)


def _come_in(changes: bool) -> Answer | None:
    """A session that ended while someone typed: they sign in on the page that kept it, and it is sent on at once."""
    if not changes:
        return redirect(url_for("SignInView.login", next=request.full_path.rstrip("?")))
    username, password = request.form.get(keep.USERNAME), request.form.get(keep.PASSWORD)
    try:
        if username and sign_in(username, password or ""):
            return _lacking(changes=True)
    except TooMany:
        return keep.page_again(429, asked="name")
    return keep.page_again(401, asked="name")


def _step_again() -> Answer | None:
    given = request.form.get(keep.CODE, "")
    try:
        if given and second_step.takes(given):
            return None
    except TooMany:
        return keep.page_again(429, asked="code")
    return keep.page_again(401, asked="code")
