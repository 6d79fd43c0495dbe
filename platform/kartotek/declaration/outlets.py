"""site.yaml: the channels on which messages go out, and the endpoints that webhooks are sent to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from kartotek.declaration.document import Document, Path
from kartotek.declaration.message_texts import TextError, pieces_of
from kartotek.declaration.problems import Problems
from kartotek.declaration.suggest import did_you_mean, listed
from kartotek.declaration.texts import texts_of
from kartotek.formula.scope import Scope
from kartotek.formula.types import STRING
from kartotek.model.formula import Type
from kartotek.model.frozen import EMPTY, empty
from kartotek.model.problem import Problem
from kartotek.model.process import Channel, Endpoint, Piece
from kartotek.model.settings import SiteSettings

_COMMON = frozenset({"type", "title", "quiet"})
_KEYS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "inbox": frozenset(),
        "smtp": frozenset({"host", "port", "security", "user", "password", "from", "private"}),
        "http": frozenset({"url", "method", "headers", "body", "secret", "private"}),
    }
)
_NEEDED: Mapping[str, tuple[str, ...]] = MappingProxyType({"inbox": (), "smtp": ("host", "from"), "http": ("url",)})
_PORTS = MappingProxyType({"none": 25, "starttls": 587, "tls": 465})
_SENT = ("to", "text", "subject", "id", "language")


@dataclass(frozen=True, slots=True)
class Outlets:
    """All that leads out of the site."""

    channels: Mapping[str, Channel] = field(default_factory=empty)
    endpoints: Mapping[str, Endpoint] = field(default_factory=empty)
    problems: tuple[Problem, ...] = ()


def outlets_of(document: Document, settings: SiteSettings) -> Outlets:
    """Those of a site.yaml whose shape is right."""
    problems = Problems(document)
    declared: Mapping[str, Any] = document.value
    channels = {
        name: _channel(problems, name, one, settings.languages) for name, one in declared.get("channels", EMPTY).items()
    }
    endpoints = {name: _endpoint(problems, name, one, settings) for name, one in declared.get("endpoints", EMPTY).items()}
    return Outlets(MappingProxyType(channels), MappingProxyType(endpoints), tuple(problems.found))


def _channel(problems: Problems, name: str, declared: Mapping[str, Any], languages: tuple[str, ...]) -> Channel:
    path: Path = ("channels", name)
    kind = declared["type"]
    for key in declared.keys() - _COMMON - _KEYS[kind]:
        sentence = f"A channel of the type '{kind}' has no '{key}'."
        problems.error_at_key((*path, key), "channel", sentence)
    missing = [key for key in _NEEDED[kind] if key not in declared]
    if missing:
        problems.error_at_key(path, "channel", f"A channel of the type '{kind}' needs {' and '.join(map(repr, missing))}.")
    if ("user" in declared) != ("password" in declared):
        problems.error_at_key(path, "channel", "'user' and 'password' stand together, or neither of them.")
    quiet = declared.get("quiet")
    return Channel(
        name=name,
        kind=kind,
        settings=MappingProxyType(_SETTINGS[kind](problems, path, declared)),
        quiet=(quiet["from"], quiet["to"]) if quiet else None,
        titles=texts_of(declared.get("title"), languages),
    )


def _smtp(problems: Problems, path: Path, declared: Mapping[str, Any]) -> dict[str, Any]:
    security = declared.get("security", "starttls")
    return {
        "host": declared.get("host", ""), "port": declared.get("port", _PORTS[security]), "security": security,
        "user": declared.get("user", ""), "password": declared.get("password", ""), "sender": declared.get("from", ""),
        "private": declared.get("private", False),
    }


def _http(problems: Problems, path: Path, declared: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "url": declared.get("url", ""), "method": declared.get("method", "POST"),
        "headers": MappingProxyType(dict(declared.get("headers", EMPTY))), "body": _body(problems, path, declared),
        "secret": declared.get("secret", ""), "private": declared.get("private", False),
    }


def _inbox(problems: Problems, path: Path, declared: Mapping[str, Any]) -> dict[str, Any]:
    return {}


_SETTINGS = MappingProxyType({"inbox": _inbox, "smtp": _smtp, "http": _http})


def _body(problems: Problems, path: Path, declared: Mapping[str, Any]) -> tuple[Piece, ...]:
    here = (*path, "body")

    def tell(offset: int, code: str, sentence: str) -> None:
        problems.error_inside(here, offset, code, sentence)

    try:
        return pieces_of(declared.get("body", ""), Scope(dict.fromkeys(_SENT, STRING), _no_members), tell)
    except TextError as error:
        tell(error.offset, error.code, error.sentence)
        return ()


def _no_members(type: Type) -> Mapping[str, Any]:
    return EMPTY


def _endpoint(problems: Problems, name: str, declared: Mapping[str, Any], settings: SiteSettings) -> Endpoint:
    role = declared.get("role", "")
    if role and role not in settings.role_names:
        known = settings.role_names
        sentence = f"There is no role '{role}'.{did_you_mean(role, known) or f' There are {listed(sorted(known))}.'}"
        problems.error(("endpoints", name, "role"), "unknown_role", sentence)
    return Endpoint(
        name=name, url=declared["url"], secret=declared.get("secret", ""), role=role,
        private=declared.get("private", False),
    )
