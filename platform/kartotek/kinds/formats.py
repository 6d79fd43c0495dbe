"""JSON Schema's formats, each checked by one light function: for jsonschema and for our own kinds alike."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping

import jsonpointer
import uri_template
from fqdn import FQDN
from jsonschema import FormatChecker  # type: ignore[import-untyped]
from rfc3986_validator import validate_rfc3986  # type: ignore[import-untyped]

from kartotek.kinds.calendar import is_date, is_date_time, is_iso_duration, is_month_day, is_zoned_time

_EMAIL = re.compile(
    r"(?=.{3,254}\Z)(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_RELATIVE_POINTER = re.compile(r"(0|[1-9][0-9]*)([+-][1-9][0-9]*)?(#|(/([^~]|~[01])*)*)", re.DOTALL)
LONGEST_URI = 4_000


def is_email(text: str) -> bool:
    """An address as people have them: a dot-atom, and a domain of at least two labels (RFC 5321)."""
    return _EMAIL.fullmatch(text) is not None


def is_uri(text: str) -> bool:
    """An absolute URI (RFC 3986)."""
    return len(text) <= LONGEST_URI and bool(validate_rfc3986(text, rule="URI"))


def is_uuid(text: str) -> bool:
    """A UUID in its usual writing (RFC 9562)."""
    return _UUID.fullmatch(text) is not None


def is_color(text: str) -> bool:
    """#rrggbb."""
    return _COLOR.fullmatch(text) is not None


def _is_uri_reference(text: str) -> bool:
    return len(text) <= LONGEST_URI and bool(validate_rfc3986(text, rule="URI_reference"))


def _is_hostname(text: str) -> bool:
    return bool(text) and bool(FQDN(text, min_labels=1).is_valid)


def _is_ipv4(text: str) -> bool:
    try:
        return bool(ipaddress.IPv4Address(text))
    except ValueError:
        return False


def _is_ipv6(text: str) -> bool:
    try:
        return not ipaddress.IPv6Address(text).scope_id
    except ValueError:
        return False


def _is_regex(text: str) -> bool:
    try:
        return bool(re.compile(text))
    except (re.error, RecursionError, OverflowError):
        return False


def _is_json_pointer(text: str) -> bool:
    try:
        return bool(jsonpointer.JsonPointer(text))
    except jsonpointer.JsonPointerException:
        return False


def _is_relative_pointer(text: str) -> bool:
    return _RELATIVE_POINTER.fullmatch(text) is not None


def _is_uri_template(text: str) -> bool:
    return bool(uri_template.validate(text))


# Formats that are a text kind's business; each of the others has a kind of its own.
LESSER: Mapping[str, Callable[[str], bool]] = {
    "hostname": _is_hostname,
    "ipv4": _is_ipv4,
    "ipv6": _is_ipv6,
    "uri-reference": _is_uri_reference,
    "uri-template": _is_uri_template,
    "json-pointer": _is_json_pointer,
    "relative-json-pointer": _is_relative_pointer,
    "regex": _is_regex,
}
OWN: Mapping[str, Callable[[str], bool]] = {
    "email": is_email,
    "uri": is_uri,
    "uuid": is_uuid,
    "color": is_color,
    "date": is_date,
    "time": is_zoned_time,
    "date-time": is_date_time,
    "duration": is_iso_duration,
    "month-day": is_month_day,
}
_ALL = {**LESSER, **OWN}


def is_format(name: str, text: str) -> bool:
    """Whether the text has the format; a format that is not known says nothing."""
    check = _ALL.get(name)
    return check is None or check(text)


def format_checker() -> FormatChecker:
    """A checker of all these formats for jsonschema. Its own would need packages that are GPL or slow to import."""
    checker = FormatChecker(formats=())
    for name in _ALL:
        checker.checks(name)(_judge(name))
    return checker


def _judge(name: str) -> Callable[[object], bool]:
    check = _ALL[name]
    return lambda instance: not isinstance(instance, str) or check(instance)
