"""Keep: the page that holds what was typed when a form cannot be taken, so that no input is ever lost."""

from __future__ import annotations

from flask import request

from kartotek.web.current import installed
from kartotek.web.page import page

USERNAME = "~username"
PASSWORD = "~password"
_OURS = frozenset({USERNAME, PASSWORD, "csrf_token"})


def page_again(status: int, *, is_open: bool = False) -> tuple[str, int]:
    """The posted values as hidden fields with a fresh token, and the sign-in fields where a session is needed and missing."""
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in _OURS]
    signed_in = installed().sessions.actor() is not None
    return page("keep.html", kept=kept, signed_in=signed_in or is_open, within=signed_in, status=status, tried=USERNAME in request.form), status
