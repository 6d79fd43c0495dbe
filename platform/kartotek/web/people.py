"""The pages of users: who may come in, as what, since when, and the links by which they set their passwords.

For owners and holders of the ability `users`, who are shown those accounts alone whose roles they cover.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.errors import Invalid, NotFound
from kartotek.identity import Person
from kartotek.model.actor import Actor
from kartotek.model.problem import Problem
from kartotek.web import languages
from kartotek.web.current import engine, installed
from kartotek.web.page import page
from kartotek.web.visitor import actor


def people() -> str:
    """`/users/`: everyone who may sign in, or could."""
    visitor, users = keeper(), installed().users
    found = sorted(users.covered(visitor.id), key=lambda one: (not one.active, one.name.casefold()))
    return page("people.html", people=found, roles=roles(), seen=users.last_seen())


def new_person() -> str:
    """`GET /users/new`."""
    keeper()
    return _form(None)


def add_person() -> tuple[str, int]:
    """`POST /users/new`: the account, and once the link by which its user sets a password."""
    visitor, given = keeper(), request.form
    try:
        made, secret = installed().users.invite(
            given.get("username", ""), name=given.get("name", "").strip(), roles=given.getlist("roles"),
            email=given.get("email", "").strip(), language=chosen_language(), by=visitor.id,
        )  # fmt: skip
    except Invalid as refused:
        return _form(None, said(refused.problems)), 422
    return _form(made, link=_address(secret)), 201


def edit_person(user_id: int) -> str:
    """`GET /users/<id>`."""
    return _form(_in_care(keeper(), user_id))


def change_person(user_id: int) -> Response | tuple[str, int]:
    """`POST /users/<id>`: name, roles, language, and whether they may sign in."""
    visitor, given = keeper(), request.form
    person = _in_care(visitor, user_id)
    try:
        installed().users.change(
            person.username, name=given.get("name", "").strip() or person.name, roles=given.getlist("roles"),
            active="active" in given, language=chosen_language(), email=given.get("email", "").strip(), by=visitor.id,
        )  # fmt: skip
    except Invalid as refused:
        return _form(person, said(refused.problems)), 422
    flash(gettext("Saved."), "success")
    return redirect("/users/", 303)


def link_person(user_id: int) -> tuple[str, int]:
    """`POST /users/<id>/link`: a link to set a new password, shown once."""
    visitor = keeper()
    person = _in_care(visitor, user_id)
    secret = installed().users.link(person.username, by=visitor.id)
    return _form(person, link=_address(secret)), 201


def sign_out_person(user_id: int) -> Response:
    """`POST /users/<id>/sign-out`: every session of theirs ends."""
    visitor = keeper()
    person = _in_care(visitor, user_id)
    installed().users.sign_out(person.username, by=visitor.id)
    flash(gettext("%(name)s has been signed out everywhere.", name=person.name), "success")
    return redirect(f"/users/{person.id}", 303)


def keeper() -> Actor:
    """The visitor, if he has to do with accounts; to anyone else these pages do not exist."""
    visitor = actor()
    engine().users.granting.refuse_unable(visitor, "users")
    return visitor


def _in_care(visitor: Actor, user_id: int) -> Person:
    """One user whose roles the visitor covers. Raises NotFound."""
    found = known_person(user_id)
    if engine().users.granting.lacking(visitor, found.roles):
        raise NotFound("There is no such user.")
    return found


def known_person(user_id: int) -> Person:
    """One user. Raises NotFound."""
    return installed().users.by_id(user_id)


def chosen_language() -> str:
    """The language a form asks for, "" for none of the site's."""
    wanted = request.form.get("language", "")
    return wanted if wanted in languages.offered() else ""


def said(problems: Sequence[Problem]) -> dict[str, str]:
    """{name of a control: what is wrong with it}."""
    return {one.path.removeprefix("/"): languages.sentence(one) for one in problems}


def roles() -> list[tuple[str, str]]:
    """(name, title) of the roles a user can have, the built-in one first."""
    language = languages.current()
    declared = engine().catalog().settings.roles
    return [("owner", gettext("Owner")), *((one.name, one.titles.get(language) or one.titles.get("en") or one.name) for one in declared)]


def _address(secret: str) -> str:
    base = engine().catalog().settings.url or request.url_root.rstrip("/")
    return f"{base}/invitation/{secret}"


def _form(person: Person | None, wrong: Mapping[str, str] | None = None, link: str = "") -> str:
    users, granting = installed().users, engine().users.granting
    values: dict[str, Any] = {"events": [], "seen": None, "names": {}, "sessions": [], "has_step": False, "acts_as": False}
    if person is not None:
        names = {one.id: one.name for one in users.list()}
        values = {"events": users.events(person.id), "seen": users.last_seen().get(person.id), "names": names}
        values |= {"sessions": users.signing.sessions(person.id), "has_step": users.signing.has_step(person.id)}
        values["acts_as"] = person.id == actor().id or not granting.lacking_as_another(actor(), person.roles)
    given = request.form if wrong else None
    values["given_by"] = granting.covered(actor())
    return page("person.html", person=person, said=wrong or {}, given=given, roles=roles(), link=link, **values)
