"""What an owner can close on somebody's page: one session, and the second step of somebody who has lost his phone."""

from __future__ import annotations

from flask import flash, redirect
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.errors import NotFound
from kartotek.identity import Person
from kartotek.model.actor import Actor
from kartotek.web.current import engine, installed
from kartotek.web.visitor import actor


def end_session_of(user_id: int, session_id: str) -> Response:
    """`POST /users/<id>/sessions/<session>/end`."""
    visitor, person = _covered(user_id)
    installed().users.signing.end_session(person.id, session_id, by=visitor.id)
    flash(gettext("The session has ended."), "success")
    return redirect(f"/users/{person.id}", 303)


def take_off_step_of(user_id: int) -> Response:
    """`POST /users/<id>/second-step/off`: signing in asks for the password alone until it is set up anew; every session ends."""
    visitor, person = _covered(user_id)
    installed().users.signing.take_off_step(person.id, by=visitor.id)
    flash(gettext("The second step of %(name)s has been taken off.", name=person.name), "success")
    return redirect(f"/users/{person.id}", 303)


def _covered(user_id: int) -> tuple[Actor, Person]:
    """(who asks, whom it is about). Raises NotFound, also where that one may do what who asks may not."""
    visitor, granting = actor(), engine().users.granting
    granting.refuse_unable(visitor, "users")
    person = installed().users.by_id(user_id)
    if granting.lacking(visitor, person.roles):
        raise NotFound("There is no such user.")
    return visitor, person
