"""SiteSettings: what site.yaml says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from kartotek.model.frozen import empty

Texts = Mapping[str, str]


def text_in(texts: Texts, language: str) -> str:
    """The text in the language, in its first part, or else the first there is; "" where there is none."""
    for tag in (language, language.split("-")[0]):
        if texts.get(tag):
            return texts[tag]
    return next(iter(texts.values()), "")


@dataclass(frozen=True, slots=True)
class Role:
    """A role that declarations may name; titles by language."""

    name: str
    titles: Texts = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """Names of record types that stand together in the menu; titles by language."""

    types: tuple[str, ...]
    titles: Texts = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one request may bring; sizes in bytes."""

    body: int = 2_000_000
    file: int = 20_000_000
    bulk: int = 1000


@dataclass(frozen=True, slots=True)
class SiteSettings:
    """The first language is the site's default; the zone is an IANA name; the region is ISO 3166-1 alpha-2."""

    name: Texts = field(default_factory=lambda: MappingProxyType({"en": "Kartotek"}))
    languages: tuple[str, ...] = ("en",)
    timezone: str = "UTC"
    currency: str = ""
    region: str = "US"
    roles: tuple[Role, ...] = ()
    hosts: tuple[str, ...] = ()
    require_version: bool = False
    limits: Limits = Limits()
    color: str = ""
    menu: tuple[MenuGroup, ...] = ()
    url: str = ""  # where people reach the site, for links in messages

    @property
    def role_names(self) -> frozenset[str]:
        """The declared roles and the built-in owner."""
        return frozenset(role.name for role in self.roles) | {"owner"}
