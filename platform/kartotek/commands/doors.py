"""Commands about who is in: sessions, and the second step of signing in."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from kartotek.commands.accounts import by, opened
from kartotek.commands.terminal import OK, say, say_json, say_table


def list_sessions(options: argparse.Namespace) -> int:
    """Where a user is signed in."""
    with opened(options) as site:
        found = site.users.signing.sessions(site.users.get(options.username).id)
    if options.format == "json":
        say_json([{**asdict(one), "started_at": f"{one.started_at.isoformat()}Z", "seen_at": f"{one.seen_at.isoformat()}Z"} for one in found])
        return OK
    say_table(
        ("SESSION", "LAST HERE (UTC)", "SIGNED IN (UTC)", "FROM", "DEVICE"),
        ((one.id, f"{one.seen_at:%Y-%m-%d %H:%M}", f"{one.started_at:%Y-%m-%d %H:%M}", one.address, one.device) for one in found),
    )
    return OK


def end_sessions(options: argparse.Namespace) -> int:
    """Ends one session of a user, or all."""
    with opened(options) as site:
        if options.session:
            site.users.signing.end_session(site.users.get(options.username).id, options.session)
        else:
            site.users.sign_out(options.username)
    say(f"{options.username} is signed out{' there' if options.session else ' everywhere'}.")
    return OK


def reset_totp(options: argparse.Namespace) -> int:
    """Takes the second step off an account; every session of the user ends."""
    with opened(options) as site:
        taken = site.users.signing.take_off_step(site.users.get(options.username).id, by=by(site, options))
    say(f"{options.username} signs in with the password alone until the second step is set up anew." if taken else "There is no second step.")
    return OK
