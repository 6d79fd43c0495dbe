"""Pages for people without an account: public forms, and personal links that run one step of one record."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Response, after_this_request, redirect, request
from flask_babel import gettext

from kartotek.engine.transaction import Once
from kartotek.errors import Conflict, Invalid, KartotekError, NotFound, TooMany
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem
from kartotek.model.settings import text_in
from kartotek.web import languages
from kartotek.web.builder import Builder
from kartotek.web.control import Control
from kartotek.web.current import engine
from kartotek.web.errors import status_of
from kartotek.web.page import page
from kartotek.web.posted import Strings, strings_of, wire_of
from kartotek.web.sentences import told_wire

TICKET = "ticket"
COMMENT = "comment"
KEY = "key"
AGREED = "~agreed"
TRAP = "website"  # no person sees this field; who fills it in is a program
_log = logging.getLogger("kartotek.public")
_NOBODY = Actor(id=-1, name="", via="page")


def form(form_name: str) -> str:
    """`GET /p/<form>`: the form, empty."""
    found = engine().forms.open(form_name)
    return _form_page(form_name, strings_of(found.fields, _defaults(found.fields), languages.current()))


def send_form(form_name: str) -> str | tuple[str, int]:
    """`POST /p/<form>`: stores it once, however often the button is pressed."""
    found, language = engine().forms.open(form_name), languages.current()
    if request.form.get(TRAP):
        _log.info("The form %s was filled in by a program; nothing was kept.", form_name)
        return _thanks(text_in(found.form.thanks, language))
    strings, ticket = _posted(), request.form.get(TICKET, "")
    wire, problems = wire_of(found.fields, strings, language)
    if problems:
        return _form_page(form_name, strings, problems), 422
    if not engine().forms.takes(form_name, ticket):
        return _form_page(form_name, strings, notice=gettext("Please send this once more.")), 422
    try:
        engine().forms.send(form_name, wire, ticket=ticket, address=request.remote_addr or "", language=language, agreed=request.form.getlist(AGREED))
    except Invalid as refused:
        if any(one.code == "idempotency_key_reused" for one in refused.problems):
            return _thanks(text_in(found.form.thanks, language))  # sent before, and then the browser's way back
        return _form_page(form_name, strings, refused.problems), 422
    except TooMany:
        notice = gettext("Too much was sent from here within this hour. Please try again later.")
        return _form_page(form_name, strings, notice=notice), 429
    return _thanks(text_in(found.form.thanks, language))


def link(token: str) -> str | tuple[str, int]:
    """`GET /l/<token>`: what the link is about, and a button; opening it runs nothing."""
    try:
        return _link_page(token)
    except NotFound:
        return _ended()


def follow_link(token: str) -> str | tuple[str, int]:
    """`POST /l/<token>`: runs the link's step."""
    language, strings = languages.current(), _posted()
    wire, problems = wire_of(engine().links.fields(token), strings, language)
    if problems:
        return _link_page(token, strings, problems), 422
    key = request.form.get(KEY, "")[:40]
    # A digest, because the key is kept for a day, and the address is nowhere.
    once = Once(f"link:{hashlib.sha256(f'{token}:{key}'.encode('utf-8', 'surrogatepass')).hexdigest()}", "") if key else None
    try:
        engine().links.run(token, language, fields=wire, comment=request.form.get(COMMENT, ""), once=once)
    except (Invalid, Conflict) as refused:
        return _link_page(token, strings, _of(refused)), status_of(refused)
    return _thanks("")


def answer_link(token: str) -> Any:
    """`POST /l/<token>/consents`: what the person says about a purpose."""
    try:
        engine().links.answer(token, languages.current(), request.form.get("purpose", ""), given=request.form.get("given") == "yes")
    except (NotFound, Invalid):
        return _ended()
    return redirect(f"/l/{token}", 303)


def _ended() -> tuple[str, int]:
    """The same for a link that was used, has ended, or never was one."""
    return page("public_done.html", text=gettext("This link was used before, or it has ended."), done=False), 404


def _of(refused: KartotekError) -> Sequence[Problem]:
    return refused.problems or (Problem("", refused.code, refused.sentence),)


def _posted() -> dict[str, list[str]]:
    return {path: values for path, values in request.form.lists() if path.startswith("/")}


def _defaults(fields: Sequence[Field]) -> dict[str, Any]:
    """The literal defaults, which are declared in the shape in which they would be sent."""
    return {field.name: field.default for field in fields if field.default is not MISSING}


def _form_page(form_name: str, strings: Strings, problems: Sequence[Problem] = (), *, notice: str = "") -> str:
    found, language = engine().forms.open(form_name), languages.current()
    controls, general = _controls(found.type, found.fields, strings, problems)
    return page(
        "public_form.html", heading=text_in(found.form.titles, language) or found.type.label(language), trap=TRAP,
        controls=controls, general=general, notice=notice, ticket=engine().forms.ticket(form_name),
        purposes=engine().forms.purposes(form_name), agreed=request.form.getlist(AGREED),
    )


def _link_page(token: str, strings: Strings | None = None, problems: Sequence[Problem] = ()) -> str:
    language = languages.current()
    _unlisted()
    found = engine().links.open(token, language)
    # The step needs them, so the page says so, whatever the record itself can do without.
    fields = [replace(field, required=True, show_if=None) if field.name in found.transition.require else field for field in found.fields]
    controls, general = _controls(found.type, fields, strings or {}, problems)
    blocked = [] if problems else [told_wire(one, found.type) for one in found.blockers]
    return page(
        "link.html", found=found, controls=controls, general=[*general, *blocked], open=not blocked,
        comment=request.form.get(COMMENT, ""), key=request.form.get(KEY) or secrets.token_urlsafe(12),
        consents=engine().links.consents(token, language), way=token,
    )


def _unlisted() -> None:
    """A personal address may reach a search engine through somebody's mail; it stays out of its lists."""

    @after_this_request
    def mark(response: Response) -> Response:
        response.headers["X-Robots-Tag"] = "noindex"
        return response


def _controls(
    record_type: RecordType, fields: Sequence[Field], strings: Strings, problems: Sequence[Problem]
) -> tuple[list[Control], list[str]]:
    """The controls, and the sentences that belong to none of them."""
    names = frozenset(field.name for field in fields)
    builder = Builder(engine(), _NOBODY, record_type, names, languages.current(), strings, problems)
    controls = [builder.control(field) for field in fields]
    paths = tuple(control.path for control in controls)
    general = [
        sentence for path, said in builder.said.items() for sentence in said
        if not any(path == one or path.startswith(f"{one}/") for one in paths)
    ]
    return controls, general


def _thanks(text: str) -> str:
    return page("public_done.html", text=text, done=True)
