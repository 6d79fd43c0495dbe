"""The site itself: the steps from its settings, channels, endpoints and messages to the new ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields as attributes
from dataclasses import replace
from typing import Any

from kartotek.migration.sameness import same
from kartotek.migration.step import Step, Subject
from kartotek.migration.translated import translated_texts
from kartotek.migration.translation import Translation
from kartotek.model.catalog import Catalog
from kartotek.model.settings import SiteSettings

_FREE = frozenset({
    "name", "languages", "currency", "region", "roles", "hosts", "require_version", "limits", "color", "menu", "url",
    "backups",
})
_JUDGED = frozenset({"purposes", "timezone", "security", "audit"})
_OF_CATALOG = frozenset({
    "settings", "types", "hash", "templates", "channels", "endpoints", "version", "documents", "ratcheted",
})
_SITE = Subject("", file="site.yaml")


def site_steps(old: Catalog, new: Catalog, names: Translation) -> Iterator[Step]:
    """What belongs to no type has "" as its type; a message belongs to the type that it is about."""
    menu = tuple(replace(one, types=tuple(names.type(name) for name in one.types)) for one in old.settings.menu)
    yield from _settings(replace(old.settings, menu=menu), new.settings)
    yield from _endpoints(old, new)
    for name in _differing(old.channels, new.channels):
        yield _SITE.step("metadata", "safe", "channel", rule=name)
    templates = {name: replace(translated_texts(one, names), record=names.type(one.record)) for name, one in old.templates.items()}
    for name in _differing(templates, new.templates):
        one = new.templates.get(name) or old.templates[name]
        record = one.record if name in new.templates else names.type(one.record)
        if record in new.types:
            yield Subject(record, file=one.file).step("metadata", "safe", "message", rule=name)
    unknown = [one.name for one in attributes(Catalog) if one.name not in _OF_CATALOG and getattr(old, one.name) != getattr(new, one.name)]
    if unknown:
        yield _SITE.step("metadata", "confirm", "site_unknown", names=", ".join(unknown))


def _settings(old: SiteSettings, new: SiteSettings) -> Iterator[Step]:
    differing = [one.name for one in attributes(SiteSettings) if not same(getattr(old, one.name), getattr(new, one.name))]
    if old.timezone != new.timezone:
        yield _SITE.step("metadata", "safe", "timezone", before=old.timezone, after=new.timezone)
    for role in new.roles:
        more = role.may - next((one.may for one in old.roles if one.name == role.name), frozenset())
        if more:
            yield _SITE.step("rights", "confirm", "role_more", role=role.name, names=", ".join(sorted(more)))
    if old.security != new.security:
        weaker = new.security.is_weaker(old.security)
        yield _SITE.step("rights", "confirm" if weaker else "safe", "security_less" if weaker else "security_more")
    if old.audit != new.audit:
        sooner = new.audit.days and (not old.audit.days or new.audit.days < old.audit.days)
        less = sooner or (old.audit.endpoint and old.audit.endpoint != new.audit.endpoint)
        yield _SITE.step("rights", "confirm" if less else "safe", "audit_less" if less else "audit_more")
    yield from _purposes(old, new)
    looks = [name for name in differing if name in _FREE]
    if looks:
        yield _SITE.step("metadata", "safe", "site_looks", names=", ".join(looks))
    unknown = [name for name in differing if name not in _FREE | _JUDGED]
    if unknown:
        yield _SITE.step("metadata", "confirm", "site_unknown", names=", ".join(unknown))


def _purposes(old: SiteSettings, new: SiteSettings) -> Iterator[Step]:
    """A purpose that needed consent and needs none any more lets messages go to people who never agreed."""
    if old.purposes == new.purposes:
        return
    asked = {one.name for one in new.purposes if one.basis == "consent"}
    open_now = sorted(one.name for one in old.purposes if one.basis == "consent" and one.name not in asked)
    if open_now:
        yield _SITE.step("rights", "confirm", "purpose_open", names=", ".join(open_now))
    else:
        yield _SITE.step("metadata", "safe", "purposes")


def _endpoints(old: Catalog, new: Catalog) -> Iterator[Step]:
    """Where programs are told of events: as another role they may be told more."""
    for name in _differing(old.endpoints, new.endpoints):
        before, after = old.endpoints.get(name), new.endpoints.get(name)
        if before is not None and after is not None and after.role not in ("", before.role):
            yield _SITE.step("rights", "confirm", "endpoint_role", rule=name, role=after.role)
        else:
            yield _SITE.step("metadata", "safe", "endpoint", rule=name)


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [name for name in dict.fromkeys((*old, *new)) if not same(old.get(name), new.get(name))]
