"""Partial: what of a value is shown to those who may know a part of it. Rather nothing than most of it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from kartotek.model.clearance import Show
from kartotek.model.field import Field

HIDDEN = "•••"  # as long for every value, whose length would tell something too
_LAST = 4
_LEAST = {"phone": 10}  # digits that a number must have to show some: fewer would leave little to guess
_LEAST_OTHERS = 2 * _LAST


def part(field: Field, wire: Any, zone: ZoneInfo) -> str:
    """The mask of a value, as one text for all languages."""
    show: Show = field.mask.show if field.mask is not None else "none"
    if not isinstance(wire, str) or show == "none":
        return HIDDEN
    return _PARTS[show](field, wire.strip(), zone)


def _last4(field: Field, text: str, zone: ZoneInfo) -> str:
    """The last letters and digits, where at least as many are left out; what stands between them counts for nothing."""
    signs = [one for one in text if one.isalnum()]
    if len(signs) < _LEAST.get(field.kind, _LEAST_OTHERS):
        return HIDDEN
    return f"{HIDDEN}{''.join(signs[-_LAST:])}"


def _initial(field: Field, text: str, zone: ZoneInfo) -> str:
    """The first sign, with what is written over or under it, where another one follows; of a Chinese name the family's."""
    whole = unicodedata.normalize("NFC", text)
    signs = [one for one in whole if one.isalnum()]
    if len(signs) < 2 or not whole[0].isalnum():
        return HIDDEN
    end = next((at for at, one in enumerate(whole) if at and not unicodedata.combining(one)), len(whole))
    return f"{whole[:end]}{HIDDEN}"


def _domain(field: Field, text: str, zone: ZoneInfo) -> str:
    """Where mail goes or what a page is on, without anything about whom or what."""
    if field.kind == "email":
        name, _, host = text.rpartition("@")
        return f"{HIDDEN}@{host}" if name and host else HIDDEN
    try:
        host = urlsplit(text).hostname or ""
    except ValueError:
        host = ""
    return f"{host}/{HIDDEN}" if host else HIDDEN


def _year(field: Field, text: str, zone: ZoneInfo) -> str:
    """The year on the site's calendar."""
    try:
        moment = datetime.fromisoformat(text)
        return f"{(moment.astimezone(zone) if moment.tzinfo else moment).year:04}"
    except (ValueError, OverflowError):
        return HIDDEN


_PARTS: Mapping[str, Callable[[Field, str, ZoneInfo], str]] = MappingProxyType({
    "last4": _last4, "initial": _initial, "domain": _domain, "year": _year,
})
