"""site.yaml → SiteSettings."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from kartotek.declaration.audit import audit_of, check_audit
from kartotek.declaration.backups import backups_of
from kartotek.declaration.document import Document
from kartotek.declaration.metafiles import SITE
from kartotek.declaration.problems import Problems
from kartotek.declaration.security import check_security, security_of
from kartotek.declaration.shape import check_shape
from kartotek.declaration.suggest import did_you_mean
from kartotek.model.actor import OWNER
from kartotek.model.problem import Problem
from kartotek.model.settings import Limits, MenuGroup, Purpose, Role, SiteSettings, Texts

FILE = "site.yaml"
_MENUS = ("menu", "menu+")
_UNITS = MappingProxyType({"B": 1, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000})


def settings_of(document: Document, types: Collection[str] = ()) -> tuple[SiteSettings, tuple[Problem, ...]]:
    """The settings, and what is wrong with them; with an error they are the usual ones. `types` are the names of the site's."""
    problems = Problems(document)
    check_shape(problems, SITE)
    if problems.found:
        return SiteSettings(), tuple(problems.found)
    declared: Mapping[str, Any] = document.value
    _check_zone(problems, declared)
    _check_roles(problems, declared)
    check_security(problems, declared)
    check_audit(problems, declared)
    _check_menu(problems, declared, types)
    return _settings(declared), tuple(problems.found)


def size_of(written: str | int) -> int:
    """Bytes of a size such as 500KB or 5 MB; units are decimal."""
    if isinstance(written, int):
        return written
    match = re.fullmatch(r"([0-9]+) ?([KMG]?B)", written)
    return int(match[1]) * _UNITS[match[2]] if match else 0


def _settings(declared: Mapping[str, Any]) -> SiteSettings:
    languages = tuple(declared.get("languages", ("en",)))
    usual = SiteSettings()
    return SiteSettings(
        name=_texts(declared.get("name", usual.name), languages),
        languages=languages,
        timezone=declared.get("timezone", usual.timezone),
        currency=declared.get("currency", usual.currency),
        region=declared.get("region", usual.region),
        roles=tuple(
            Role(name, _texts((role or {}).get("title", name), languages), frozenset((role or {}).get("may", ())))
            for name, role in declared.get("roles", {}).items()
        ),
        hosts=tuple(declared.get("hosts", ())),
        require_version=declared.get("requireVersion", False),
        limits=_limits(declared.get("limits", {})),
        menu=tuple(
            MenuGroup(tuple(one["types"]), _texts(one.get("title", ""), languages))
            for key in _MENUS for one in declared.get(key, ())
        ),
        color=declared.get("branding", {}).get("color", ""),
        url=declared.get("url", "").rstrip("/"),
        backups=backups_of(declared.get("backups", {})),
        purposes=tuple(
            Purpose(name, _texts(one.get("title", name), languages), _texts(one.get("text", ""), languages), one.get("basis", "consent"))
            for name, one in declared.get("purposes", {}).items()
        ),
        security=security_of(declared.get("security", {})),
        audit=audit_of(declared.get("audit", {})),
    )


def _limits(declared: Mapping[str, Any]) -> Limits:
    usual = Limits()
    return Limits(
        body=size_of(declared.get("body", usual.body)),
        file=size_of(declared.get("file", usual.file)),
        bulk=declared.get("bulk", usual.bulk),
        token=declared.get("token", usual.token),
        address=declared.get("address", usual.address),
    )


def _texts(value: Any, languages: tuple[str, ...]) -> Texts:
    return MappingProxyType(dict(value) if isinstance(value, Mapping) else {languages[0]: str(value)})


def _check_zone(problems: Problems, declared: Mapping[str, Any]) -> None:
    name = declared.get("timezone", "UTC")
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(name, available_timezones())
        problems.error(("timezone",), "timezone", f"'{name}' is not the name of a time zone.{hint}")


def _check_roles(problems: Problems, declared: Mapping[str, Any]) -> None:
    if OWNER in declared.get("roles", {}):
        sentence = "The role 'owner' always exists and may do everything. Leave it out."
        problems.error_at_key(("roles", OWNER), "reserved", sentence)


def _check_menu(problems: Problems, declared: Mapping[str, Any], types: Collection[str]) -> None:
    """A name that is no type is only warned of: a type may go, and the menu goes on without it."""
    places = ((key, place, group) for key in _MENUS for place, group in enumerate(declared.get(key, ())))
    for key, place, group in places:
        for index, name in enumerate(group["types"]):
            if name not in types:
                sentence = f"There is no record type '{name}'.{did_you_mean(name, types)}"
                problems.warning((key, place, "types", index), "unknown_type", sentence)
