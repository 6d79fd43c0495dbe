"""Headers: what browsers are told about every answer, so that a page can run nothing but our own files."""

from __future__ import annotations

from flask import Flask, Response, request

POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data: blob:", "font-src 'self'",
        "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'",
        "report-uri /csp-reports",
    )
)  # fmt: skip
_ALWAYS = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    # not no-referrer: under https the check of forged forms needs our own pages' referrer
    ("Referrer-Policy", "same-origin"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(self), geolocation=(), microphone=()"),
    ("Cache-Control", "no-store"),
)


def install(app: Flask) -> None:
    """Every answer of the app carries them; one that has set its own keeps it."""

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        given = {name.lower() for name, _ in headers}  # each question to Headers would go through all of them
        for name, value in _ALWAYS:
            if name.lower() not in given:
                headers.add(name, value)
        if request.is_secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response
