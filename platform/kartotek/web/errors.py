"""Errors as pages: the only place where pages give an error its HTTP status."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence

from flask import Flask, request
from werkzeug.exceptions import HTTPException, InternalServerError

from kartotek.errors import (
    Busy,
    Conflict,
    Forbidden,
    Invalid,
    KartotekError,
    Malformed,
    NoRoom,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    TooLarge,
    TooMany,
    Unreadable,
    Unauthenticated,
    Unrecorded,
)
from kartotek.model.audit import AuditEntry
from kartotek.web import languages
from kartotek.web.current import installed
from kartotek.web.page import page

_FORMS = frozenset({"web.create", "web.update", "web.transit"})
_DENIALS = (403, 404)
_SECRET = ("/l/", "/invitation/")
_log = logging.getLogger("kartotek.web")

STATUS: dict[type[KartotekError], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    Unreadable: 409,
    PreconditionFailed: 409,
    PreconditionRequired: 409,
    TooLarge: 413,
    Invalid: 422,
    TooMany: 429,
    Busy: 503,
    Unrecorded: 503,
    NoRoom: 507,
}


def install(app: Flask, bearer_prefix: str = "/api/") -> None:
    """Errors that reach the app become pages, except below the API, which words its own."""

    @app.errorhandler(KartotekError)
    def ours(error: KartotekError) -> tuple[str, int]:
        status = status_of(error)
        if status == 500:
            return _unknown(error)
        if status in _DENIALS:
            note_refusal(error)
        return _told(status, [languages.sentence(one) for one in error.problems])

    @app.errorhandler(HTTPException)
    def of_http(error: HTTPException) -> HTTPException | tuple[str, int]:
        if request.path.startswith(bearer_prefix) or error.code is None or error.code < 400:
            return error
        if isinstance(error, InternalServerError):
            return _unknown(error.original_exception or error)
        return _told(error.code)


def status_of(error: KartotekError) -> int:
    """The HTTP status of an error of ours; 500 for one that no page foresees."""
    return next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)


def note_refusal(error: KartotekError) -> None:
    """Notes for the audit who was refused, or told that there is no such thing."""
    shared, given = installed(), request.view_args or {}
    visitor = shared.sessions.actor()
    if visitor is None:
        return
    name, id = str(given.get("type_name", "")), str(given.get("record_id", ""))
    declared = name if name in shared.engine.catalog().types else ""
    about = int(id) if declared and id.isascii() and id.isdecimal() and len(id) < 19 else None
    endpoint = (request.endpoint or "").rpartition(".")[2]
    shared.engine.audit.refused(visitor, AuditEntry("denied", declared, about, body={"code": error.code, "of": endpoint, "how": request.method}))


def _unknown(error: BaseException) -> tuple[str, int]:
    """A page that tells nothing but a reference, under which the log tells everything."""
    reference = secrets.token_hex(4)
    # A personal link is a secret: its address opens it for whoever reads the log.
    path = next((f"{one}…" for one in _SECRET if request.path.startswith(one)), request.path)
    _log.error("reference %s: %s %s", reference, request.method, path, exc_info=error)
    return _told(500, reference=reference)


def _told(status: int, problems: Sequence[str] = (), *, reference: str = "") -> tuple[str, int]:
    kept = _typed() if status != 413 else []  # the body that was too large is not read again
    return page("error.html", status=status, problems=problems, reference=reference, kept=kept, back=_record() if status == 403 else ""), status


def _record() -> str:
    """The address of the record that the request was about, "" for none."""
    given = request.view_args or {}
    return f"/r/{given['type_name']}/{given['record_id']}" if {"type_name", "record_id"} <= given.keys() else ""


def _typed() -> list[tuple[str, str]]:
    """What was typed into a form that could not be taken, so that it can be sent again or copied."""
    if request.method != "POST" or request.endpoint not in _FORMS:
        return []
    return [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
