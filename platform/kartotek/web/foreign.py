"""Foreign: requests that other sites made a browser send, and those for a host that this site is not."""

from __future__ import annotations

import logging
from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Response, abort, request

from kartotek.web.current import engine

_OWN = frozenset({"same-origin", "none"})
_ALWAYS = "localhost"
_TOLD = 60
_log = logging.getLogger("kartotek.web")


def is_foreign() -> bool:
    """Whether another site's page sent this: browsers say so themselves, in one header or the other."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site not in _OWN
    return origin is not None and urlsplit(origin).netloc.lower() != request.host.lower()


def is_ours(host: str) -> bool:
    """Whether the site is reached under this name: one that site.yaml gives, else this machine's own and bare addresses.

    A name that nobody gave could be one that another site's owner lets point here.
    """
    settings = engine().catalog().settings
    name = _name(host)
    given = {one.lower() for one in (*settings.hosts, _name(urlsplit(settings.url).netloc)) if one}
    if not given:
        return name == _ALWAYS or _is_address(name)
    return name in given or any(one.startswith(".") and (name.endswith(one) or name == one[1:]) for one in given)


def refuse() -> None:
    """Answers 400 in words, without a page: the address of none would be right."""
    _log.warning("A request for the host %r was refused: site.yaml does not name it under hosts.", request.host[:_TOLD])
    abort(Response("This site is not reached under this name. Its owner can add it to hosts in site.yaml.\n", 400, mimetype="text/plain"))


def _name(host: str) -> str:
    """Without the port, in small letters."""
    name = host.lower()
    if name.startswith("["):
        return name.partition("]")[0] + "]"
    return name.partition(":")[0].rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
