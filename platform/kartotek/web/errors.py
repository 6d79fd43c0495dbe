"""Errors as pages: the only place where pages give an error its HTTP status."""

from __future__ import annotations

import logging
import secrets

from flask import Flask, request
from werkzeug.exceptions import HTTPException, InternalServerError

from kartotek.errors import (
    Busy,
    Conflict,
    Forbidden,
    Invalid,
    KartotekError,
    Malformed,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    TooLarge,
    TooMany,
    Unauthenticated,
)
from kartotek.web import languages
from kartotek.web.page import page

_log = logging.getLogger("kartotek.web")

STATUS: dict[type[KartotekError], int] = {
    Malformed: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    PreconditionFailed: 409,
    PreconditionRequired: 409,
    TooLarge: 413,
    Invalid: 422,
    TooMany: 429,
    Busy: 503,
}


def install(app: Flask, bearer_prefix: str = "/api/") -> None:
    """Errors that reach the app become pages, except below the API, which words its own."""

    @app.errorhandler(KartotekError)
    def ours(error: KartotekError) -> tuple[str, int]:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
        if status == 500:
            return _unknown(error)
        return page("error.html", status=status, problems=[languages.sentence(one) for one in error.problems], reference=""), status

    @app.errorhandler(HTTPException)
    def of_http(error: HTTPException) -> HTTPException | tuple[str, int]:
        if request.path.startswith(bearer_prefix) or error.code is None or error.code < 400:
            return error
        if isinstance(error, InternalServerError):
            return _unknown(error.original_exception or error)
        return page("error.html", status=error.code, problems=[], reference=""), error.code


def _unknown(error: BaseException) -> tuple[str, int]:
    """A page that tells nothing but a reference, under which the log tells everything."""
    reference = secrets.token_hex(4)
    _log.error("reference %s: %s %s", reference, request.method, request.path, exc_info=error)
    return page("error.html", status=500, problems=[], reference=reference), 500
