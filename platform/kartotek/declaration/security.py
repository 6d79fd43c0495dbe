"""The key `security` of site.yaml → Security."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from kartotek.declaration.problems import Problems
from kartotek.declaration.suggest import did_you_mean
from kartotek.formula.constants import parse_duration
from kartotek.model.actor import OWNER
from kartotek.model.security import Security

_KEY = "security"
_SPANS = ("idle", "absolute")
_SHORTEST = timedelta(minutes=1)


def security_of(declared: Mapping[str, Any]) -> Security:
    """What is declared, which was found good."""
    spans = {name: parse_duration(declared[name]) for name in _SPANS if name in declared}
    return Security(totp=frozenset(declared.get("totp", ())), proxies=declared.get("proxies", 0), **spans)


def check_security(problems: Problems, declared: Mapping[str, Any]) -> None:
    """Adds what is wrong: a role that there is not, a time that is none, so short that nobody gets to work, or longer than the whole."""
    given = declared.get(_KEY, {})
    roles = {OWNER, *declared.get("roles", {})}
    for place, name in enumerate(given.get("totp", ())):
        if name not in roles:
            problems.error((_KEY, "totp", place), "no_such_role", f"There is no role '{name}'.{did_you_mean(name, roles)}")
    spans = {name: _span(given[name]) for name in _SPANS if name in given}
    for name, span in spans.items():
        if span is None or span < _SHORTEST:
            problems.error((_KEY, name), "span", "This must be a minute at least, written like PT30M, PT12H or P7D.")
    usual = Security()
    idle, absolute = (spans.get(name, getattr(usual, name)) for name in _SPANS)
    if "idle" in spans and idle and absolute and idle > absolute:
        problems.error((_KEY, "idle"), "span", "A session cannot be idle for longer than it may last (absolute).")


def _span(written: str) -> timedelta | None:
    try:
        return parse_duration(written)
    except ValueError:
        return None
