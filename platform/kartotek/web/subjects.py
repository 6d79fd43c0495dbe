"""Subjects: the pages for the rights of those whom records are about: what is known, consents, restriction, erasure, retention."""

from __future__ import annotations

import io
from typing import Any

from flask import Response, flash, redirect, request, send_file
from flask_babel import gettext, ngettext
from werkzeug.wrappers import Response as Answer

from kartotek.errors import Conflict, Forbidden, Invalid, NotFound
from kartotek.model.actor import Actor
from kartotek.web.current import engine
from kartotek.web.page import page
from kartotek.web.sentences import told
from kartotek.web.visitor import actor
from kartotek.web.whole import whole

_PAGE = "/people/"


def subjects() -> str:
    """`GET /people/`: who is restricted, who was erased, what ends with time."""
    visitor, people = actor(), engine().people
    types = engine().catalog().types
    return page(
        "subjects.html", types=people.types(visitor), restricted=people.restrictions.everyone(visitor), erased=people.erased(visitor),
        ending=people.ending.listing(visitor), label=lambda name: types[name].label(visitor.language) if name in types else name, span=_span,
        called=lambda name, id: _title(visitor, name, id),
    )


def find_subject() -> Answer:
    """`POST /people/find`: to the page of the person with this number."""
    number = whole(request.form.get("id", "").strip())
    return redirect(f"{_PAGE}{request.form.get('type', '')}/{number}" if number else _PAGE, 303)


def subject(type_name: str, record_id: int) -> str:
    """`GET /people/<type>/<id>`: one person, with what an erasure would do."""
    return _shown(type_name, record_id)


def export_subject(type_name: str, record_id: int) -> Response:
    """`POST /people/<type>/<id>/export`: all that is known of her, as an archive."""
    found = engine().people.export(actor(), type_name, record_id)
    stream = io.BytesIO()
    found.write(stream)
    stream.seek(0)
    response = send_file(stream, mimetype="application/zip", as_attachment=True, download_name=found.name)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def restrict_subject(type_name: str, record_id: int) -> Answer:
    """`POST /people/<type>/<id>/restrict`: her data are kept and not used."""
    engine().people.restrictions.restrict(actor(), type_name, record_id, reason=request.form.get("reason", ""))
    flash(gettext("This person is restricted now: hidden from others, and sent nothing."), "success")
    return redirect(f"{_PAGE}{type_name}/{record_id}", 303)


def lift_subject(type_name: str, record_id: int) -> Answer:
    """`POST /people/<type>/<id>/lift`: a restriction ends."""
    engine().people.restrictions.lift(actor(), type_name, record_id)
    flash(gettext("The restriction is lifted."), "success")
    return redirect(f"{_PAGE}{type_name}/{record_id}", 303)


def erase_subject(type_name: str, record_id: int) -> Answer | tuple[str, int]:
    """`POST /people/<type>/<id>/erase`: for ever, for who has typed the number of the person."""
    if request.form.get("confirm", "").strip() != str(record_id):
        return _shown(type_name, record_id, problems=[gettext("Type the number of this person to erase it.")]), 422
    try:
        engine().people.erase(actor(), type_name, record_id)
    except Conflict as refused:
        return _shown(type_name, record_id, problems=[told(one) for one in refused.problems] or [refused.sentence]), 409
    flash(gettext("This person is erased."), "success")
    return redirect(_PAGE, 303)


def count_ending() -> Answer:
    """`POST /people/ending/count`: how many records of a type have served their time."""
    found = engine().people.ending.count(actor(), request.form.get("type", ""))
    words = ngettext("%(num)s record has served its time.", "%(num)s records have served their time.", found["due"])
    flash(words, "info")
    return redirect(_PAGE, 303)


def confirm_ending() -> Answer:
    """`POST /people/ending/confirm`: lets them end from now on."""
    try:
        engine().people.ending.confirm(actor(), request.form.get("type", ""), whole(request.form.get("due", "")) or 0)
        flash(gettext("What is over ends from now on, as it is declared."), "success")
    except Conflict:
        flash(gettext("Other numbers were found since: look again."), "danger")
    return redirect(_PAGE, 303)


def answer_consent(type_name: str, record_id: int) -> Answer:
    """`POST /r/<type>/<id>/consents`: what a person has said about a purpose."""
    visitor, given = actor(), request.form.get("given") == "yes"
    try:
        engine().people.consents.answer(visitor, type_name, record_id, request.form.get("purpose", ""), given=given)
        flash(gettext("Her answer is written down."), "success")
    except Invalid as refused:
        flash(" ".join(told(one) for one in refused.problems) or refused.sentence, "danger")
    back = _PAGE if request.form.get("back") == "people" else "/r/"
    return redirect(f"{back}{type_name}/{record_id}", 303)


def consents_of(visitor: Actor, type_name: str, record_id: int) -> dict[str, Any] | None:
    """What the page of a record shows of consents; None where it is no person's, or no purpose waits for an answer."""
    catalog = engine().catalog()
    if catalog.types[type_name].subject != "" or not any(one.basis == "consent" for one in catalog.settings.purposes):
        return None
    try:
        return engine().people.consents.listing(visitor, type_name, record_id)
    except (NotFound, Forbidden):
        return None


def restriction_of(visitor: Actor, type_name: str, record_id: int) -> dict[str, Any] | None:
    """The restriction of a person, for those who may know of it; others do not come to her page at all."""
    is_person = engine().catalog().types[type_name].subject == ""
    if not is_person or not engine().users.granting.able(visitor, "people"):
        return None
    return engine().people.restrictions.find(visitor, type_name, record_id)


def _shown(type_name: str, record_id: int, *, problems: list[str] | None = None) -> str:
    visitor, people = actor(), engine().people
    plan = people.plan(visitor, type_name, record_id)
    types = engine().catalog().types
    return page(
        "subject.html", type=types[type_name], record_id=record_id, plan=plan, problems=problems or [],
        title=_title(visitor, type_name, record_id), restriction=people.restrictions.find(visitor, type_name, record_id),
        consents=people.consents.listing(visitor, type_name, record_id),
        label=lambda name: types[name].plural_label(visitor.language) if name in types else name,
        field=lambda name, one: _field(types, name, one, visitor.language),
    )


def _title(visitor: Actor, type_name: str, record_id: int) -> str:
    """What she is called by who may read that, else her number."""
    try:
        return engine().title(visitor, type_name, [record_id]).get(record_id) or f"#{record_id}"
    except NotFound:
        return f"#{record_id}"


def _field(types: Any, type_name: str, name: str, language: str) -> str:
    known = types[type_name].by_name.get(name) if type_name in types else None
    return known.label(language) if known is not None else name


def _span(after: list[int]) -> str:
    """A length of time in words."""
    words = (ngettext("%(num)s year", "%(num)s years", after[0]), ngettext("%(num)s month", "%(num)s months", after[1]), ngettext("%(num)s day", "%(num)s days", after[2]))
    return ", ".join(word for count, word in zip(after, words, strict=True) if count)
