"""Frugal: forms that cost much to read are refused before anything reads them."""

from __future__ import annotations

from flask import Flask, abort, request

# A form with files comes in parts, which are counted as they are read; these bound what comes as one line of text.
LONGEST = 1_000_000
MOST_FIELDS = 5_000
MOST_MARKS = 150_000  # fifty thousand Chinese characters; undoing each takes some 180 bytes for a moment
_LINE = "application/x-www-form-urlencoded"


def install(app: Flask) -> None:
    """Comes before all that looks into a form."""

    @app.before_request
    def refuse_lavish() -> None:
        if request.mimetype == _LINE and ((request.content_length or 0) > LONGEST or _is_lavish(request.get_data())):
            abort(413)


def _is_lavish(line: bytes) -> bool:
    """Of one whose length nobody announced as well."""
    return len(line) > LONGEST or line.count(b"&") > MOST_FIELDS or line.count(b"%") > MOST_MARKS
