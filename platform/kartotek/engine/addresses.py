"""Addresses: what is kept of where somebody came from, which is a network and not a household."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_KEPT = {4: 24, 6: 48}
_OF_ONE_SUBSCRIBER = {4: 32, 6: 64}


def network_of(address: str) -> str:
    """The network an address belongs to, all that is kept of it: /24, or /48 of IPv6; the address itself within this machine, "" for what is none."""
    found = _read(address)
    if found is None:
        return ""
    return str(found) if found.is_loopback else _network(found, _KEPT[found.version])


def subscriber_of(address: str) -> str:
    """What is counted as one sender: an address, or the /64 of IPv6, in which everybody has as many as he likes; what is none stays as it is."""
    found = _read(address)
    return address if found is None else _network(found, _OF_ONE_SUBSCRIBER[found.version])


def _read(address: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _network(address: IPv4Address | IPv6Address, length: int) -> str:
    return str(ip_network(f"{address}/{length}", strict=False))
