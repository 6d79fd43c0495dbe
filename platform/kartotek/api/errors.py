"""Problem details (RFC 9457) of every error, and the only place in the API that knows a status code of one."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from flask import Response, request
from werkzeug.exceptions import HTTPException

from kartotek import errors
from kartotek.api.answers import answer

PROBLEM = "application/problem+json"
STATUS: Mapping[type[errors.KartotekError], int] = {
    errors.Malformed: 400,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Unreadable: 409,
    errors.PreconditionFailed: 412,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.Invalid: 422,
    errors.PreconditionRequired: 428,
    errors.TooMany: 429,
    errors.Busy: 503,
    errors.Unrecorded: 503,
    errors.NoRoom: 507,
}
# What an error tells beside its problems, under these names in the document.
_MEMBERS = ("alternatives",)
_CODES = {400: "malformed", 404: "not_found", 405: "method_not_allowed", 413: "too_large", 416: "range"}
_log = logging.getLogger("kartotek.api")


def refused(error: errors.KartotekError) -> Response:
    """The answer to an error of ours; one without a status is our fault and answered as unexpected."""
    status = STATUS.get(type(error))
    if status is None:
        return unexpected(error)
    body = _details(status, error.code, error.sentence)
    body["problems"] = [one.wire() for one in error.problems]
    body |= {name: error.params[name] for name in _MEMBERS if name in error.params}
    return answer(body, status=status, headers=_headers(error), media=PROBLEM)


def http_refused(error: HTTPException) -> Response:
    """The answer to what the HTTP layer refused: a broken body, a range that is not there."""
    status = error.code or 500
    body = _details(status, _CODES.get(status, "http"), error.description or HTTPStatus(status).phrase)
    return answer(body | {"problems": []}, status=status, headers=_allowed(error), media=PROBLEM)


def method_refused(allowed: str) -> Response:
    """405 with the methods there are."""
    body = _details(405, _CODES[405], f"Only {allowed} can be used here.")
    return answer(body | {"problems": []}, status=405, headers={"Allow": allowed}, media=PROBLEM)


def unexpected(error: Exception) -> Response:
    """500: the caller gets a number, the log has the number and the traceback."""
    number = uuid4().hex
    _log.error("request %s failed: %s %r", number, request.method, request.path, exc_info=error)
    body = _details(500, "unexpected", "Something went wrong on our side; it has been written to the log.")
    body |= {"problems": [], "request_id": number}
    return answer(body, status=500, headers={"X-Request-Id": number}, media=PROBLEM)


def _details(status: int, code: str, detail: str) -> dict[str, Any]:
    return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}


def _headers(error: errors.KartotekError) -> dict[str, str]:
    if isinstance(error, errors.Unauthenticated):
        known = ', error="invalid_token"' if "Authorization" in request.headers else ""
        return {"WWW-Authenticate": f'Bearer realm="kartotek"{known}'}
    if isinstance(error, (errors.TooMany, errors.Busy, errors.Unrecorded)):
        return {"Retry-After": str(int(error.params.get("retry_after", 1)))}
    if isinstance(error, errors.UnsupportedMedia) and request.method in ("POST", "PATCH"):
        return {f"Accept-{request.method.title()}": "application/json"}
    return {}


def _allowed(error: HTTPException) -> dict[str, str]:
    """What the exception itself puts in its head, but for the media type, which is ours."""
    return {name: value for name, value in error.get_headers(request.environ) if name.lower() != "content-type"}
