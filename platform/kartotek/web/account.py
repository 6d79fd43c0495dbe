"""Everybody's page of their own account, and the choice of a language."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, request, session
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.errors import Invalid, TooMany
from kartotek.model.problem import problem
from kartotek.web import languages, proof
from kartotek.web.current import installed
from kartotek.web.login import too_many, waiting
from kartotek.web.page import page
from kartotek.web.paths import own_path
from kartotek.web.people import known_person, roles, said
from kartotek.web.visitor import actor


def account() -> str:
    """`GET /account/`: the visitor's own name, roles, language, password, second step and sessions."""
    return _page({})


def change_password() -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """`POST /account/`: a new password, for whoever knows the old one; every other session of the user ends."""
    person, given = known_person(actor().id), request.form
    try:
        if not proof.gives(given.get("old", "")):
            raise Invalid([problem("/old", "wrong_password")])
        if given.get("password") != given.get("again"):
            raise Invalid([problem("/again", "not_the_same")])
        installed().users.set_password(person.username, given.get("password", ""), by=person.id)
    except Invalid as refused:
        return _page(said(refused.problems)), 422
    except TooMany as many:
        return _page({"old": too_many()}), 429, waiting(many)
    _begin_again(person.id)
    flash(gettext("Your password has been changed. All other sessions have ended."), "success")
    return redirect("/account/", 303)


def end_session(session_id: str) -> Response:
    """`POST /account/sessions/<session>/end`: one session of the visitor's own."""
    if session_id == installed().sessions.handle:
        installed().sessions.end()
        return redirect("/login/", 303)
    installed().users.signing.end_session(actor().id, session_id, by=actor().id)
    flash(gettext("The session has ended."), "success")
    return redirect("/account/", 303)


def sign_out_others() -> Response:
    """`POST /account/sign-out`: every session of the visitor ends but this one."""
    person = known_person(actor().id)
    installed().users.sign_out(person.username, by=person.id)
    _begin_again(person.id)
    flash(gettext("All other sessions have ended."), "success")
    return redirect("/account/", 303)


def choose_language() -> Response:
    """`POST /language`: for this session, and for good where someone is signed in."""
    wanted, back = request.form.get("language", ""), request.form.get("next", "/")
    visitor = installed().sessions.actor()
    if wanted in languages.offered():
        session["language"] = wanted
        if visitor is not None:
            installed().users.set_language(visitor.id, wanted)
    return redirect(own_path(back), 303)


def _begin_again(user_id: int) -> None:
    """A new session in the place of the one that has just ended with the others; its second step has been taken."""
    sessions = installed().sessions
    sessions.begin(user_id)
    if sessions.lacks() == "code":
        sessions.step()


def _page(wrong: Mapping[str, str]) -> str:
    shared, user_id = installed(), actor().id
    return page(
        "account.html", person=known_person(user_id), said=wrong, roles=dict(roles()), sessions=shared.users.signing.sessions(user_id),
        here_id=shared.sessions.handle, has_step=shared.users.signing.has_step(user_id),
    )  # fmt: skip
