"""Violations: what browsers report of pages that tried to do what their policy forbids; written to the log, a few a minute."""

from __future__ import annotations

import json
import logging
import time
from typing import Any

from flask import Response, request

from kartotek.errors import Malformed, TooLarge

_LARGEST = 16_000
_MOST = 10
_MINUTE = 60
_LONGEST = 200
_SHOWN = ("effective-directive", "violated-directive", "blocked-uri", "document-uri", "source-file", "line-number")
_log = logging.getLogger("kartotek.web.violations")
_told: list[float] = []


def violated() -> Response:
    """`POST /csp-reports`. Raises TooLarge, Malformed for what is no report."""
    if (request.content_length or 0) > _LARGEST:
        raise TooLarge("A report is shorter.")
    words, now = _words(request.get_data(cache=False)), time.monotonic()
    _told[:] = [one for one in _told if now - one < _MINUTE]
    if len(_told) < _MOST:
        _told.append(now)
        _log.warning("a page was kept from what its policy forbids: %s", words)
    return Response(status=204)


def _words(raw: bytes) -> str:
    try:
        report: Any = json.loads(raw)
        found = report["csp-report"]
        return " ".join(f"{name}={str(found[name])[:_LONGEST]!r}" for name in _SHOWN if name in found)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Malformed("This is no report.") from error
