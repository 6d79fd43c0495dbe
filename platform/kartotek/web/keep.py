"""Keep: the page that holds what was typed when a form cannot be taken, so that no input is ever lost."""

from __future__ import annotations

from typing import Literal

from flask import request

from kartotek.web.current import installed
from kartotek.web.page import page

USERNAME = "~username"
PASSWORD = "~password"
CODE = "~code"
_OURS = frozenset({USERNAME, PASSWORD, CODE, "csrf_token"})

# What the page asks for besides sending again: who it is, the code of the second step, or the password once more.
Asked = Literal["", "name", "code", "password"]


def page_again(status: int, *, asked: Asked = "") -> tuple[str, int]:
    """The posted values as hidden fields with a fresh token, and what has to be typed for them to be taken."""
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in _OURS]
    within = installed().sessions.actor() is not None
    tried = bool(_OURS.intersection(request.form) - {"csrf_token"}) and not (asked == "code" and CODE not in request.form)
    return page("keep.html", kept=kept, asked=asked, within=within, status=status, tried=tried), status
