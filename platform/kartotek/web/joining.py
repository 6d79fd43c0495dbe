"""Joining: the page of the link by which somebody sets a password of their own, after an invitation or a reset."""

from __future__ import annotations

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.errors import Invalid
from kartotek.model.problem import problem
from kartotek.web.current import installed
from kartotek.web.page import page
from kartotek.web.people import said


def invitation(secret: str) -> str:
    """`GET /invitation/<secret>`: asks for the password. Writes nothing, so that a program that follows addresses uses nothing up."""
    return page("invitation.html", person=installed().users.invited(secret), said={})


def accept_invitation(secret: str) -> Response | tuple[str, int]:
    """`POST /invitation/<secret>`: sets the password and signs in; the link has ended."""
    users, given = installed().users, request.form
    try:
        if given.get("password") != given.get("again"):
            users.invited(secret)
            raise Invalid([problem("/again", "not_the_same")])
        person = users.accept(secret, given.get("password", ""))
    except Invalid as refused:
        return page("invitation.html", person=users.invited(secret), said=said(refused.problems)), 422
    installed().sessions.begin(person.id)
    flash(gettext("Welcome, %(name)s. Your password is set.", name=person.name), "success")
    return redirect("/", 303)
