"""Http: the one client that calls out. It asks for a name once, connects to that very address, and follows no redirect.

urllib3 does the talking; what it must not do is taken from it: no pool that looks a name up again, no retries, no redirects,
no proxies from the environment. Nothing of an answer is read but its status, unless more is asked for.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException, IncompleteRead
from urllib.parse import SplitResult, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from kartotek import __version__
from kartotek.engine.outgoing import Outcome
from kartotek.jobs.reaching import Lookup, Place, look_up, reach
from kartotek.jobs.watchdog import watched

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
LARGEST = 64 * 1024
_PORTS = {"http": 80, "https": 443}
# Below 1024 only these are of the web. Above, no web server's: databases, queues, caches, desktops and the control of machines.
_LOW_PORTS = frozenset({80, 443})
_REFUSED_PORTS = frozenset({
    1433, 1434, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3268, 3269, 3306, 3389, 3659, 4045, 4190, 4369, 5060,
    5061, 5432, 5433, 5672, 5900, 5901, 5984, 6000, 6379, 6380, 6432, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 7000,
    7001, 9042, 9092, 9200, 9300, 10080, 10250, 11211, 15672, 26379, 27017, 27018, 27019, 50000,
})  # fmt: skip
_AGAIN = frozenset({408, 421, 425, 429})
_PATH = re.compile(r"[!-~]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be sent, and whether to this machine and private networks too.

    `answer` is how many bytes of the answer are wanted, as `params["body"]` of the outcome; a longer one is no answer.
    """

    url: str
    body: bytes
    headers: Mapping[str, str]
    method: str = "POST"
    private: bool = False
    answer: int = 0


def call(request: Request, *, look: Lookup = look_up) -> Outcome:
    """Sends it once. A status from 200 to 299 is "sent"; whatever else happens is said by a code, never by an exception."""
    if len(request.body) > LARGEST:
        return Outcome("message_too_large", {"limit": LARGEST})
    parts = split(request.url)
    if isinstance(parts, Outcome):
        return parts
    place = reach(parts.hostname or "", parts.port or _PORTS[parts.scheme], private=request.private, look=look)
    return place if isinstance(place, Outcome) else _exchanged(request, parts, place)


def split(url: str) -> SplitResult | Outcome:
    """The parts of an address that may be called: http or https, a host, no user, a port of the web."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        return Outcome("bad_url")
    if parts.scheme not in _PORTS or not host or parts.username is not None or not _PATH.fullmatch(parts.path + parts.query):
        return Outcome("bad_url")
    if port is not None and (port in _REFUSED_PORTS or (port < 1024 and port not in _LOW_PORTS)):
        return Outcome("port_refused", {"port": port})
    return parts


def origin(url: str) -> str:
    """Scheme, host and port: to whom a secret belongs. "" for what is no address."""
    parts = split(url)
    if isinstance(parts, Outcome):
        return ""
    return f"{parts.scheme}://{(parts.hostname or '').lower().rstrip('.')}:{parts.port or _PORTS[parts.scheme]}"


def _exchanged(request: Request, parts: SplitResult, place: Place) -> Outcome:
    """Tries the addresses one after the other until one accepts a connection."""
    ends = time.monotonic() + TOTAL_SECONDS
    outcome = Outcome("not_reached", {"host": place.host}, again=True, is_of_the_way=True)
    for address in place.addresses[:4]:
        left = ends - time.monotonic()
        if left <= 0:
            break
        connection = _connection(parts.scheme, address, place, min(CONNECT_SECONDS, left))
        try:
            with watched(lambda: connection.sock, left) as late:  # noqa: B023 (used within this turn alone)
                reached = _connected(connection, place)
                if reached is None:
                    return _answered(connection, request, parts, place, late=late.is_set)
                outcome = reached
        finally:
            connection.close()
        if outcome.code != "not_reached":
            return outcome
    return outcome


def _connection(scheme: str, address: str, place: Place, seconds: float) -> HTTPConnection:
    if scheme == "http":
        return HTTPConnection(address, place.port, timeout=seconds)
    # The certificate must be that of the name in the address that was declared, whatever host is connected to.
    return HTTPSConnection(
        address, place.port, timeout=seconds, server_hostname=place.host,
        cert_reqs="CERT_REQUIRED", ssl_minimum_version=ssl.TLSVersion.TLSv1_2,
    )


def _connected(connection: HTTPConnection, place: Place) -> Outcome | None:
    """None once it stands."""
    try:
        connection.connect()
    except ssl.SSLError:
        return Outcome("certificate", {"host": place.host}, again=True, is_of_the_way=True)
    except (HTTPError, OSError) as error:
        if isinstance(error.__cause__, ssl.SSLError) or isinstance(error.__context__, ssl.SSLError):
            return Outcome("certificate", {"host": place.host}, again=True, is_of_the_way=True)
        return Outcome("not_reached", {"host": place.host}, again=True, is_of_the_way=True)
    if connection.sock is not None:
        connection.sock.settimeout(TOTAL_SECONDS)
    return None


def _answered(
    connection: HTTPConnection, request: Request, parts: SplitResult, place: Place, *, late: Callable[[], bool]
) -> Outcome:
    target = parts.path or "/"
    headers = {
        "Host": _named(parts, place), "User-Agent": f"kartotek/{__version__}", "Accept": "*/*", "Connection": "close",
        **request.headers,
    }
    try:
        connection.request(
            request.method, f"{target}?{parts.query}" if parts.query else target, body=request.body, headers=headers,
            preload_content=False, decode_content=False,
        )
        response = connection.getresponse()
        status = response.status
        body = _body(response, request.answer) if request.answer else b""
    except (HTTPError, HTTPException, OSError, ValueError):
        return Outcome("timed_out" if late() else "not_answered", {"host": place.host}, again=True, is_of_the_way=True)
    if len(body) > request.answer:
        return Outcome("answer_too_large", {"host": place.host, "limit": request.answer})
    if 200 <= status < 300:
        return Outcome("sent", {"status": status, **({"body": body} if request.answer else {})})
    again = status >= 500 or status in _AGAIN
    return Outcome("answered", {"status": status}, again=again, is_of_the_way=status in (429, 502, 503, 504))


def _body(response: BaseHTTPResponse, limit: int) -> bytes:
    """At most one byte more than that. Raises IncompleteRead where the other side ended too early."""
    body: bytes = response.read(limit + 1, decode_content=False)
    if len(body) <= limit and response.length_remaining:
        raise IncompleteRead(body)
    return body


def _named(parts: SplitResult, place: Place) -> str:
    """The host as the Host header has it: the name that was declared, with its port if one was."""
    host = f"[{place.host}]" if ":" in place.host else place.host
    return host if parts.port is None else f"{host}:{parts.port}"
