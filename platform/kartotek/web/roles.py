"""The workshop's pages of roles: what each is called and may do, changed in the site's files after a look at what follows from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.errors import Busy, Conflict, DeclarationInvalid, Forbidden, Invalid, KartotekError, NotFound
from kartotek.model.catalog import Action, RecordType
from kartotek.model.clearance import CLEARANCES, Clearance
from kartotek.model.proposal import Proposed
from kartotek.model.role_edit import RoleEdit
from kartotek.model.settings import ABILITIES, Role
from kartotek.web import languages
from kartotek.web.current import engine, installed
from kartotek.web.page import page
from kartotek.web.planned import step_words
from kartotek.web.visitor import actor

PAGE = "/workshop/roles/"
_ACTIONS: tuple[Action, ...] = ("read", "create", "write", "delete")
_Said = Response | str | tuple[str, int]


def roles() -> str:
    """`/workshop/roles/`: the declared roles, who has them, and which of them the visitor may change."""
    found = engine().role_editing.roles(actor())
    people = [one.roles for one in installed().users.list() if one.active]
    counts = {role.name: sum(role.name in of for of in people) for role, _ in found}
    return page("roles.html", roles=found, counts=counts, abilities=ability_words())


def new_role() -> str:
    """`GET /workshop/roles/new`."""
    engine().role_editing.roles(actor())
    return _role_page(None)


def add_role() -> _Said:
    """`POST /workshop/roles/new`: first what it would do, then, with the plan's hash, the role."""
    return _done(replace(_named_edit(request.form.get("name", "").strip()), is_new=True), lambda wrong: _role_page(None, wrong))


def edit_role(role_name: str) -> str:
    """`GET /workshop/roles/<role>`."""
    return _role_page(_editable(role_name))


def change_role(role_name: str) -> _Said:
    """`POST /workshop/roles/<role>`: titles and abilities."""
    role = _editable(role_name)
    return _done(_named_edit(role.name), lambda wrong: _role_page(role, wrong))


def edit_role_type(role_name: str, type_name: str) -> str:
    """`GET /workshop/roles/<role>/<type>`."""
    return _type_page(_editable(role_name), _type(type_name))


def change_role_type(role_name: str, type_name: str) -> _Said:
    """`POST /workshop/roles/<role>/<type>`: what the role may do with records of one type, and how much it knows of each field."""
    role, record_type = _editable(role_name), _type(type_name)
    given = request.form
    edit = RoleEdit(
        role.name, type=record_type.name,
        grants={one: given[f"do.{one}"] == "all" for one in _ACTIONS if given.get(f"do.{one}") in ("all", "none")},
        levels={one.name: _level(given[f"level.{one.name}"]) for one in record_type.fields if f"level.{one.name}" in given},
    )  # fmt: skip
    return _done(edit, lambda wrong: _type_page(role, record_type, wrong))


def ability_words() -> dict[str, str]:
    """{ability: what it opens}."""
    return {
        "users": gettext("Accounts of others"), "roles": gettext("Roles and what they may do"), "audit": gettext("The audit"),
        "backups": gettext("Backups"), "people": gettext("Rights of people whose data are kept"), "tokens": gettext("Tokens of programs"),
        "sensitive_exports": gettext("Exports with sensitive fields"),
    }  # fmt: skip


def level_words() -> dict[str, str]:
    """{level: what somebody with it knows and may do}."""
    return {
        "none": gettext("nothing"), "flag": gettext("whether there is a value"), "mask": gettext("a mask of it"), "read": gettext("sees it"),
        "propose": gettext("sees it and proposes another"), "write": gettext("sees and changes it"),
    }  # fmt: skip


def _done(edit: RoleEdit, again: Callable[[str], tuple[str, int] | str]) -> _Said:
    """The plan of the edit, or with its hash the edit itself."""
    hash = request.form.get("hash", "")
    try:
        if hash:
            engine().role_editing.apply(actor(), edit, hash=hash, confirm=request.form.getlist("confirm"))
            flash(gettext("The role was changed."), "success")
            return redirect(f"{PAGE}{edit.role}", 303)
        found = engine().role_editing.propose(actor(), edit)
    except (Invalid, Conflict, Forbidden, Busy, DeclarationInvalid) as refused:
        return again(_sentence(refused)), 422
    if not found.changes:
        return redirect(f"{PAGE}{edit.role}", 303)
    return _plan_page(edit, found)


def _plan_page(edit: RoleEdit, found: Proposed) -> str:
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in ("csrf_token", "hash", "password", "confirm")]
    elsewhere = any(one.verdict != "safe" and one.action not in ("rights", "metadata") for one in found.plan.steps)
    wrong = [one for one in found.plan.problems if one.severity == "error"]
    files = {name: text.splitlines() for name, text in found.changes.items()}
    return page("role_plan.html", edit=edit, plan=found.plan, files=files, kept=kept, wrong=wrong, words=step_words, elsewhere=elsewhere)


def _role_page(role: Role | None, wrong: str = "") -> str:
    types = [one for one in engine().catalog().types.values() if not one.builtin]
    able = engine().users.granting.able
    return page(
        "role.html", role=role, types=types, wrong=wrong, given=request.form if wrong else None, abilities=ability_words(),
        mine=[one for one in ABILITIES if able(actor(), one)], texts=engine().catalog().settings.languages, actions=action_words(),
    )  # fmt: skip


def _type_page(role: Role, record_type: RecordType, wrong: str = "") -> str:
    grants = record_type.permissions.get(role.name, {})
    offered = {one.name: [each for each in CLEARANCES if each != "write" or not (one.read_only or one.is_derived)] for one in record_type.fields}
    return page(
        "role_type.html", role=role, record_type=record_type, grants=grants, wrong=wrong, given=request.form if wrong else None,
        levels=level_words(), offered=offered, actions=action_words(), in_states=sorted({name for of in record_type.state_access.values() for name, said in of.items() if role.name in said}),
    )  # fmt: skip


def action_words() -> dict[str, str]:
    """{action: what it is called}."""
    return {"read": gettext("See"), "create": gettext("Add"), "write": gettext("Change"), "delete": gettext("Delete")}


def _editable(role_name: str) -> Role:
    """A role that the visitor may change. Raises NotFound."""
    for role, is_open in engine().role_editing.roles(actor()):
        if role.name == role_name and is_open:
            return role
    raise NotFound("There is no such role.")


def _type(name: str) -> RecordType:
    found = engine().catalog().types.get(name)
    if found is None or found.builtin:
        raise NotFound("There is no such record type.")
    return found


def _named_edit(name: str) -> RoleEdit:
    given = request.form
    titles = {one: text for one in engine().catalog().settings.languages if (text := given.get(f"title.{one}", "").strip())}
    return RoleEdit(name, titles=titles, may=frozenset(one for one in ABILITIES if one in given.getlist("may")))


def _level(text: str) -> Clearance | None:
    return next((one for one in CLEARANCES if one == text), None)


def _sentence(refused: KartotekError) -> str:
    told: list[Any] = [languages.sentence(one) for one in refused.problems]
    return " ".join(told) or refused.sentence
