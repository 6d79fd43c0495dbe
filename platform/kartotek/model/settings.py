"""SiteSettings: what site.yaml says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, get_args

from kartotek.model.audit import AuditPlan
from kartotek.model.backups import BackupPlan
from kartotek.model.frozen import empty
from kartotek.model.security import Security

Texts = Mapping[str, str]
# What a role may do besides what types grant: the accounts of others, the declared roles, the audit, backups, the rights of
# a person towards the site, tokens of programs, exports with sensitive fields.
Ability = Literal["users", "roles", "audit", "backups", "people", "tokens", "sensitive_exports"]
ABILITIES: tuple[Ability, ...] = get_args(Ability)


def text_in(texts: Texts, language: str) -> str:
    """The text in the language, in its first part, or else the first there is; "" where there is none."""
    for tag in (language, language.split("-")[0]):
        if texts.get(tag):
            return texts[tag]
    return next(iter(texts.values()), "")


@dataclass(frozen=True, slots=True)
class Role:
    """A role that declarations may name; titles by language; `may` are its abilities."""

    name: str
    titles: Texts = field(default_factory=empty)
    may: frozenset[Ability] = frozenset()


@dataclass(frozen=True, slots=True)
class MenuGroup:
    """Names of record types that stand together in the menu; titles by language."""

    types: tuple[str, ...]
    titles: Texts = field(default_factory=empty)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one request may bring, sizes in bytes; `token` and `address` are the requests to the API that one token
    and one address may send in a minute, 0 for any number.
    """

    body: int = 2_000_000
    file: int = 20_000_000
    bulk: int = 1000
    token: int = 6000
    address: int = 12_000


Basis = Literal["consent", "contract", "law"]


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a person's data are used for. Only one whose basis is consent waits for an answer."""

    name: str
    titles: Texts = field(default_factory=empty)
    texts: Texts = field(default_factory=empty)
    basis: Basis = "consent"

    def title(self, language: str) -> str:
        """What it is called."""
        return text_in(self.titles, language) or self.name

    def text(self, language: str) -> str:
        """What the person is asked or told."""
        return text_in(self.texts, language)


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
    backups: BackupPlan = field(default_factory=BackupPlan)
    purposes: tuple[Purpose, ...] = ()  # what personal data are used for
    security: Security = Security()
    audit: AuditPlan = AuditPlan()

    @property
    def role_names(self) -> frozenset[str]:
        """The declared roles and the built-in owner."""
        return frozenset(role.name for role in self.roles) | {"owner"}
