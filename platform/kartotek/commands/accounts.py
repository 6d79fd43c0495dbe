"""Commands about who may come in: users, and tokens for programs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from kartotek.commands.terminal import OK, say, say_json, say_table, wanted_password
from kartotek.errors import SetupInvalid
from kartotek.model.actor import Actor
from kartotek.site import Site

_BY = Actor.system("command line")


def add_user(options: argparse.Namespace) -> int:
    """A new user; a generated password is shown once."""
    with opened(options) as site:
        password, generated = wanted_password()
        site.users.add(
            options.username,
            password,
            name=options.name,
            roles=tuple(options.role),
            email=options.email,
            language=options.language,
            by=by(site, options),
        )
    say(f"{options.username} can sign in now.")
    _show(password, generated)
    return OK


def invite_user(options: argparse.Namespace) -> int:
    """A new user without a password; the link to set one is shown once and lasts a week."""
    with opened(options) as site:
        _, secret = site.users.invite(
            options.username, name=options.name, roles=tuple(options.role), email=options.email, language=options.language,
            by=by(site, options),
        )
        base = site.engine.catalog().settings.url
    say(f"{base}/invitation/{secret}")
    return OK


def disable_user(options: argparse.Namespace) -> int:
    """Ends a user's access, sessions and tokens at once."""
    with opened(options) as site:
        site.users.disable(options.username, by=by(site, options))
    say(f"{options.username} can no longer sign in.")
    return OK


def set_password(options: argparse.Namespace) -> int:
    """A new password; every session of the user ends."""
    with opened(options) as site:
        site.users.get(options.username)  # no password is asked for nobody
        password, generated = wanted_password()
        site.users.set_password(options.username, password, by=by(site, options))
    say(f"{options.username} has a new password.")
    _show(password, generated)
    return OK


def list_users(options: argparse.Namespace) -> int:
    """All users."""
    with opened(options) as site:
        people = site.users.covered(by(site, options))
    if options.format == "json":
        say_json([asdict(one) for one in people])
        return OK
    say_table(
        ("USER", "NAME", "ROLES", "ACTIVE"),
        ((one.username, one.name, ", ".join(one.roles), "yes" if one.active else "no") for one in people),
    )
    return OK


def add_token(options: argparse.Namespace) -> int:
    """A token that acts for a user; its secret is shown once."""
    with opened(options) as site:
        user = site.users.get(options.user)
        token, secret = site.engine.tokens.add(_BY, options.name, user_id=user.id, expires=options.expires, scope=_scope(options))
    if options.format == "json":
        say_json({**token, "token": secret})
    else:
        say(secret)
    return OK


def list_tokens(options: argparse.Namespace) -> int:
    """All tokens, without their secrets."""
    with opened(options) as site:
        tokens = site.engine.tokens.list(_BY)
        names = {one.id: one.username for one in site.users.list()}
    if options.format == "json":
        say_json(list(tokens))
        return OK
    say_table(
        ("ID", "NAME", "USER", "LIMITS", "EXPIRES", "LAST USED", "REVOKED"),
        (
            (
                one["id"],
                one["name"],
                names.get(one["user_id"], one["user_id"]),
                _limits(one["scope"]),
                one.get("expires_at") or "never",
                one.get("used_at") or "never",
                one.get("revoked_at") or "",
            )
            for one in tokens
        ),
    )
    return OK


def revoke_token(options: argparse.Namespace) -> int:
    """Ends a token on every process at once."""
    with opened(options) as site:
        site.engine.tokens.revoke(_BY, options.id)
    say("The token no longer works.")
    return OK


def _scope(options: argparse.Namespace) -> dict[str, Any]:
    fields: dict[str, list[str]] = {}
    for one in options.fields:
        name, _, field = one.partition(".")
        fields.setdefault(name, []).append(field)
    given = {"types": options.types, "actions": options.actions, "fields": fields}
    return {name: value for name, value in given.items() if value}


def _limits(scope: dict[str, Any] | None) -> str:
    if scope is None:
        return "none"
    types = "all types" if scope["types"] is None else ", ".join(scope["types"])
    actions = "" if scope["actions"] is None else f" ({', '.join(scope['actions'])})"
    return types + actions + "".join(f", of {name} {', '.join(fields)}" for name, fields in scope["fields"].items())


def by(site: Site, options: argparse.Namespace) -> int | None:
    """The number of the user as whom a command is run; None for the site itself. Raises NotFound."""
    return site.users.get(options.actor).id if options.actor else None


def _show(password: str, generated: bool) -> None:
    if generated:
        say(f"Password: {password} (shown this once).")


@contextmanager
def opened(options: argparse.Namespace) -> Iterator[Site]:
    """The site, closed afterwards. Raises SetupInvalid where it was never started and so has no roles to give."""
    site = Site(options.site, database=options.database)
    try:
        if site.is_new:
            raise SetupInvalid(
                f"{site.folder} has never been started. Start it with: kartotek run --site {options.site}"
            )
        yield site
    finally:
        site.close()
