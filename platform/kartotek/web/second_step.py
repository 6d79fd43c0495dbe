"""The second step of signing in: the code that is asked for, and the page on which everybody sets it up."""

from __future__ import annotations

import pyotp
import segno
from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.errors import Forbidden, NotFound, TooMany
from kartotek.model.actor import Actor
from kartotek.model.settings import text_in
from kartotek.web import languages
from kartotek.web.current import engine, installed
from kartotek.web.login import waiting
from kartotek.web.page import page
from kartotek.web.paths import own_path

Refused = tuple[str, int] | tuple[str, int, dict[str, str]]


def code() -> Response | str:
    """`GET /login/code`: asks for the code, or leads on where none is lacking."""
    if installed().sessions.lacks() != "code":
        return redirect(_target(), 303)
    return page("code.html", problem="")


def send_code() -> Response | Refused:
    """`POST /login/code`: a code of the authenticator, or one of the recovery codes."""
    if installed().sessions.lacks() != "code":
        return redirect(_target(), 303)
    try:
        if takes(request.form.get("code", "")):
            return redirect(_target(), 303)
    except TooMany as many:
        return page("code.html", problem=gettext("Too many wrong codes. Please wait a few minutes.")), 429, waiting(many)
    return page("code.html", problem=gettext("This code is wrong, or was used already.")), 401


def takes(given: str) -> bool:
    """Whether it is a code of the visitor's; then his session lacks nothing any more. Raises TooMany."""
    shared, actor = installed(), _who()
    with shared.throttle.attempt(f"code {actor.id}", request.remote_addr or "") as attempt:
        attempt.is_right = shared.users.signing.takes(actor.id, given)
    if attempt.is_right:
        shared.sessions.step()
    return attempt.is_right


def second_step() -> str:
    """`GET /account/second-step`: how it stands, and what an authenticator has to scan where it was begun."""
    return _page()


def begin_step() -> Response:
    """`POST /account/second-step/begin`: makes what the authenticator and the site will share."""
    installed().users.signing.begin_step(_who().id)
    return redirect("/account/second-step", 303)


def confirm_step() -> str | Refused:
    """`POST /account/second-step/confirm`: the first code; from now on signing in asks for one. Shows the recovery codes, this once."""
    shared, actor = installed(), _who()
    if shared.users.signing.waiting_step(actor.id) is None:
        raise NotFound("Nothing was begun.")
    try:
        with shared.throttle.attempt(f"code {actor.id}", request.remote_addr or "") as attempt:
            codes = shared.users.signing.confirm_step(actor.id, request.form.get("code", ""))
            attempt.is_right = codes is not None
    except TooMany as many:
        return _page(problem=gettext("Too many wrong codes. Please wait a few minutes.")), 429, waiting(many)
    if codes is None:
        return _page(problem=gettext("This code is wrong. Is the clock of the phone right?")), 422
    shared.sessions.step()
    return _page(codes=codes)


def renew_codes() -> str:
    """`POST /account/second-step/codes`: new recovery codes, shown this once."""
    actor = _who()
    if not installed().users.signing.has_step(actor.id):
        raise NotFound("There is no second step.")
    return _page(codes=installed().users.signing.renew_codes(actor.id))


def take_off_step() -> Response:
    """`POST /account/second-step/off`: signing in asks for the password alone; every other session ends. Not where a role demands it."""
    actor = _who()
    if _is_demanded(actor):
        raise Forbidden("The second step is demanded by one of your roles.")
    installed().users.signing.take_off_step(actor.id, by=actor.id)
    installed().sessions.begin(actor.id)
    flash(gettext("The second step has been taken off. All other sessions have ended."), "success")
    return redirect("/account/", 303)


def _page(*, codes: list[str] | None = None, problem: str = "") -> str:
    signing, actor = installed().users.signing, _who()
    secret = signing.waiting_step(actor.id)
    return page(
        "second_step.html", is_set=signing.has_step(actor.id), secret=_grouped(secret) if secret else "", picture=_picture(actor, secret) if secret else "",
        codes=codes or [], left=signing.codes_left(actor.id), problem=problem, is_demanded=_is_demanded(actor),
    )  # fmt: skip


def _picture(actor: Actor, secret: str) -> str:
    """The address that authenticators scan, as an image that needs no other file (a data: URL)."""
    person, settings = installed().users.by_id(actor.id), engine().catalog().settings
    issuer = text_in(settings.name, languages.current()).replace(":", " ")
    address = pyotp.TOTP(secret).provisioning_uri(name=person.username.replace(":", " "), issuer_name=issuer)
    return segno.make(address, error="m", micro=False).png_data_uri(scale=5, border=4)


def _grouped(secret: str) -> str:
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def _who() -> Actor:
    actor = installed().sessions.anybody()
    if actor is None:
        raise NotFound("There is no such page.")
    return actor


def _is_demanded(actor: Actor) -> bool:
    return bool(actor.roles & engine().catalog().settings.security.totp)


def _target() -> str:
    return own_path(request.args.get("next", ""))
