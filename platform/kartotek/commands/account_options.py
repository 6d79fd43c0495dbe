"""The options of the commands about who may come in: users, and tokens for programs."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime

from kartotek.commands.modules import accounts, doors

Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_user_commands(add: Add) -> None:
    """`add` makes a command of the section out of its name, what it calls, and what it does in words."""
    for name, command, words in (
        ("add", accounts.add_user, "add a user; the password is KARTOTEK_PASSWORD, typed, or made up"),
        ("invite", accounts.invite_user, "add a user, who sets a password by the link that is shown once"),
    ):
        made = add(name, command, words)
        made.add_argument("username")
        made.add_argument("--role", action="append", default=[], help="a role of site.yaml, or owner; may be given several times")
        made.add_argument("--name", default="", help="the full name")
        made.add_argument("--email", default="")
        made.add_argument("--language", default="", help="the language of the pages, e.g. zh")
        _actor(made)
    for name, command, words in (
        ("disable", accounts.disable_user, "end a user's access at once"),
        ("password", accounts.set_password, "set a new password"),
        ("reset-totp", doors.reset_totp, "take the second step off an account, whose phone is lost"),
    ):
        made = add(name, command, words)
        made.add_argument("username")
        _actor(made)
    listing = add("list", accounts.list_users, "show all users")
    _actor(listing)
    _format(listing)
    listing = add("sessions", doors.list_sessions, "show where a user is signed in")
    listing.add_argument("username")
    _format(listing)
    end = add("end", doors.end_sessions, "end a user's sessions")
    end.add_argument("username")
    end.add_argument("--session", default="", metavar="ID", help="this one alone (default: all)")


def _actor(command: argparse.ArgumentParser) -> None:
    command.add_argument("--as", dest="actor", default="", metavar="USER", help="who does it, with that user's rights (default: the site itself)")


def add_token_commands(add: Add) -> None:
    """The same for tokens."""
    made = add("add", accounts.add_token, "make a token; its secret is shown once")
    made.add_argument("name", help="what it is for")
    made.add_argument("--user", default="owner", help="for whom it acts (default: owner)")
    made.add_argument("--expires", type=moment, default=None, metavar="DATE", help="when it ends, e.g. 2027-06-30")
    made.add_argument("--type", dest="types", action="append", metavar="TYPE", help="a record type it is limited to; may be given several times")
    made.add_argument("--action", dest="actions", action="append", metavar="ACTION", help="read, create, write, delete or transition; may be given several times")
    made.add_argument("--field", dest="fields", action="append", default=[], metavar="TYPE.FIELD", help="a field it is limited to; may be given several times")
    _format(made)
    _format(add("list", accounts.list_tokens, "show all tokens"))
    add("revoke", accounts.revoke_token, "end a token at once").add_argument("id", type=int)


def moment(text: str) -> datetime:
    """An instant as people type it; without a zone it is in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date: write it like 2027-06-30") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _format(command: argparse.ArgumentParser) -> None:
    command.add_argument("--format", choices=("text", "json"), default="text", help="for people or for programs")
