"""Former: pages under the former name of a type lead to those under its name of today."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response

from kartotek.errors import NotFound
from kartotek.web.current import engine
from kartotek.web.visitor import actor

_LOOKING = frozenset({"GET", "HEAD"})


def by_todays_name() -> Response | None:
    """Before each page. A form that was open while the type was renamed is taken as if it had been sent to the new address.

    Not for long: the former name may become that of another type some day. And not to who may not know of the type.
    """
    parts = request.view_args or {}
    former = parts.get("type_name", "")
    name = engine().catalog().former.get(former, "")
    if not name:
        return None
    try:
        engine().sight(actor(), name)
    except NotFound:
        return None
    if request.method not in _LOOKING:
        parts["type_name"] = name
        return None
    query = f"?{request.query_string.decode('ascii', 'replace')}" if request.query_string else ""
    return redirect(request.path.replace(f"/{former}", f"/{name}", 1) + query, 302)
