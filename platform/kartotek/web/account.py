"""Everybody's page of their own account, and the choice of a language."""

from __future__ import annotations

from flask import flash, redirect, request, session
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.errors import Invalid
from kartotek.model.problem import problem
from kartotek.web import languages
from kartotek.web.current import installed
from kartotek.web.page import page
from kartotek.web.paths import own_path
from kartotek.web.people import known_person, roles, said
from kartotek.web.visitor import actor


def account() -> str:
    """`GET /account/`: the visitor's own name, roles, language and password."""
    return page("account.html", person=known_person(actor().id), said={}, roles=dict(roles()))


def change_password() -> Response | tuple[str, int]:
    """`POST /account/`: a new password, for whoever knows the old one; every other session of the user ends."""
    person, users, given = known_person(actor().id), installed().users, request.form
    throttle, address = installed().throttle, request.remote_addr or ""
    throttle.check(person.username, address)
    try:
        if users.verify(person.username, given.get("old", "")) is None:
            throttle.failed(person.username, address)
            raise Invalid([problem("/old", "wrong_password")])
        if given.get("password") != given.get("again"):
            raise Invalid([problem("/again", "not_the_same")])
        users.set_password(person.username, given.get("password", ""), by=person.id)
    except Invalid as refused:
        return page("account.html", person=person, said=said(refused.problems), roles=dict(roles())), 422
    installed().sessions.begin(person.id)
    flash(gettext("Your password has been changed. All other sessions have ended."), "success")
    return redirect("/account/", 303)


def sign_out_others() -> Response:
    """`POST /account/sign-out`: every session of the visitor ends but this one."""
    person = known_person(actor().id)
    installed().users.sign_out(person.username, by=person.id)
    installed().sessions.begin(person.id)
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
