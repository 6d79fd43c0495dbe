"""The owner's page of users, and everybody's page of their own account."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, request, session
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.errors import Invalid, NotFound
from kartotek.identity import Person
from kartotek.model.actor import Actor
from kartotek.model.problem import Problem, problem
from kartotek.web import languages
from kartotek.web.current import engine, installed
from kartotek.web.page import page
from kartotek.web.paths import own_path
from kartotek.web.visitor import actor


def people() -> str:
    """`/users/`: everyone who may sign in."""
    _owner()
    return page("people.html", people=installed().users.list(), roles=_roles())


def new_person() -> str:
    """`GET /users/new`."""
    _owner()
    return _form(None, {})


def add_person() -> Response | tuple[str, int]:
    """`POST /users/new`."""
    _owner()
    given = request.form
    try:
        installed().users.add(
            given.get("username", ""), given.get("password", ""), name=given.get("name", "").strip(),
            roles=given.getlist("roles"), language=_language(),
        )  # fmt: skip
    except Invalid as refused:
        return _form(None, _said(refused.problems)), 422
    flash(gettext("Saved."), "success")
    return redirect("/users/", 303)


def edit_person(user_id: int) -> str:
    """`GET /users/<id>`."""
    _owner()
    return _form(_person(user_id), {})


def change_person(user_id: int) -> Response | tuple[str, int]:
    """`POST /users/<id>`: name, roles, language, whether they may sign in, and a new password if one is given."""
    _owner()
    users, given, person = installed().users, request.form, _person(user_id)
    try:
        if given.get("password"):
            users.set_password(person.username, given["password"])
        users.change(
            person.username, name=given.get("name", "").strip() or person.name, roles=given.getlist("roles"),
            active="active" in given, language=_language(),
        )  # fmt: skip
    except Invalid as refused:
        return _form(person, _said(refused.problems)), 422
    flash(gettext("Saved."), "success")
    return redirect("/users/", 303)


def account() -> str:
    """`GET /account/`: the visitor's own name, roles and password."""
    return page("account.html", person=_person(actor().id), said={})


def change_password() -> Response | tuple[str, int]:
    """`POST /account/`: a new password, for whoever knows the old one; every other session of the user ends."""
    person, users, given = _person(actor().id), installed().users, request.form
    throttle, address = installed().throttle, request.remote_addr or ""
    throttle.check(person.username, address)
    try:
        if users.verify(person.username, given.get("old", "")) is None:
            throttle.failed(person.username, address)
            raise Invalid([problem("/old", "wrong_password")])
        if given.get("password") != given.get("again"):
            raise Invalid([problem("/again", "not_the_same")])
        users.set_password(person.username, given.get("password", ""))
    except Invalid as refused:
        return page("account.html", person=person, said=_said(refused.problems)), 422
    installed().sessions.begin(person.id)
    flash(gettext("Your password has been changed. All other sessions have ended."), "success")
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


def _owner() -> Actor:
    """The visitor, if an owner; to anyone else these pages do not exist."""
    visitor = actor()
    if not visitor.is_owner:
        raise NotFound("There is no such page.")
    return visitor


def _person(user_id: int) -> Person:
    for one in installed().users.list():
        if one.id == user_id:
            return one
    raise NotFound("There is no such user.")


def _language() -> str:
    wanted = request.form.get("language", "")
    return wanted if wanted in languages.offered() else ""


def _said(problems: Sequence[Problem]) -> dict[str, str]:
    return {one.path.removeprefix("/"): languages.sentence(one) for one in problems}


def _roles() -> list[tuple[str, str]]:
    """(name, title) of the roles a user can have, the built-in one first."""
    language = languages.current()
    declared = engine().catalog().settings.roles
    return [("owner", gettext("Owner")), *((one.name, one.titles.get(language) or one.titles.get("en") or one.name) for one in declared)]


def _form(person: Person | None, said: dict[str, str]) -> str:
    return page("person.html", person=person, said=said, given=request.form, roles=_roles())
