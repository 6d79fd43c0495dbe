"""Reaching: a host's name as the addresses that may be connected to; none of this machine or its network unless allowed.

Source: the IANA registries of special-purpose addresses; RFC 6052 (NAT64), RFC 6598 (carriers' NAT).
"""

from __future__ import annotations

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from kartotek.engine.outgoing import Outcome

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str, int], list[str]]
RESOLVE_SECONDS = 5.0
# What ends like a number is an address and no name, however it is spelled: 127.1, 0x7f.1, 2130706433.
_NUMBER = re.compile(r"(^|\.)(\d+|0[xX][0-9a-fA-F]*)$")
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
# These lead to an IPv4 address that they hide.
_TRANSLATED = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0:0/96")))
# What the registries know as special and this Python's table does not yet, or only in part.
_SPECIAL = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20", "5f00::/16")))
# Where clouds tell machines their secrets, outside of link-local addresses: Alibaba, Azure, Oracle; AWS, Google.
_OF_CLOUDS = frozenset(map(ipaddress.ip_address, (
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254",
)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where to connect to: the host as it calls itself, a port and the addresses its name had just now."""

    host: str
    port: int
    addresses: tuple[str, ...]


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, as the system's resolver gives them. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def reach(host: str, port: int, *, private: bool, look: Lookup = look_up) -> Place | Outcome:
    """The place, asked for once: whoever connects uses these addresses. An Outcome where it may not or cannot be reached.

    One address that is refused refuses them all: else a name that has two would be tried until the other comes first.
    """
    name = plain(host)
    if name is None:
        return Outcome("bad_host", {"host": host[:253]})
    literal = literal_of(name)
    try:
        found = [name] if literal is not None else _in_time(look, name, port)
    except (OSError, UnicodeError):
        return Outcome("no_host", {"host": name}, again=True, is_of_the_way=True)
    addresses = [literal_of(one) for one in found]
    if not addresses:
        return Outcome("no_host", {"host": name}, again=True, is_of_the_way=True)
    if not all(one is not None and may_reach(one, private=private) for one in addresses):
        return Outcome("host_refused", {"host": name})
    return Place(name, port, tuple(str(one) for one in addresses))


def plain(host: str) -> str | None:
    """The host in small letters, without a dot at its end, international names in ASCII; None for what is no host."""
    bare = host.strip("[]") if host.startswith("[") and host.endswith("]") else host
    if ":" in bare:
        return bare.lower() if literal_of(bare) is not None else None
    try:
        name = bare.encode("idna").decode("ascii").lower().rstrip(".") if bare else ""
    except UnicodeError:
        return None
    if _NUMBER.search(name):
        return name if literal_of(name) is not None else None
    return name if len(name) <= 253 and _NAME.fullmatch(name) else None


def literal_of(host: str) -> Address | None:
    """The address that the host is, in the one spelling that everybody reads alike; None for a name."""
    try:
        return ipaddress.ip_address(host) if "%" not in host else None
    except ValueError:
        return None


def may_reach(address: Address, *, private: bool) -> bool:
    """Whether this address may be connected to.

    With `private` also this machine and private networks; what nobody listens at on purpose (multicast, unspecified,
    link-local with the metadata services of clouds) never.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return may_reach(address.ipv4_mapped, private=private)
        if address.is_site_local or (address != _LOOPBACK and any(address in net for net in _TRANSLATED)):
            return False
    if address.is_multicast or address.is_unspecified or address.is_link_local or address in _OF_CLOUDS:
        return False
    if any(address in net for net in _SPECIAL if net.version == address.version):
        return False
    if address.is_global:
        return True
    return private and (address.is_loopback or any(address in net for net in _PRIVATE if net.version == address.version))


_LOOPBACK = ipaddress.ip_address("::1")
_PRIVATE = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7")))


def _in_time(look: Lookup, name: str, port: int) -> Iterable[str]:
    """The addresses, or an OSError when the resolver takes too long: it has no limit of its own."""
    answer: list[Any] = []

    def ask() -> None:
        try:
            answer.append(look(name, port))
        except (OSError, UnicodeError) as error:
            answer.append(error)

    thread = threading.Thread(target=ask, name="kartotek-look-up", daemon=True)
    thread.start()
    thread.join(RESOLVE_SECONDS)
    if not answer:
        raise TimeoutError("The resolver did not answer.")
    if isinstance(answer[0], Exception):
        raise answer[0]
    found: list[str] = answer[0]
    return found

