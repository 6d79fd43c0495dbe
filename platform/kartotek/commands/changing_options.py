"""The options of the commands that change what is in service, or tell what was."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from kartotek.commands.modules import applying, changing, versions

# Adds a command: its name, what it calls, what it does in words.
Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_commands(add: Add) -> None:
    """apply, rollback, versions and clean."""
    apply = add("apply", applying.apply, "do what the plan said; what takes something away is confirmed by its name")
    answers(apply)
    _asked(apply)
    rollback = add("rollback", applying.rollback, "bring an earlier version back, into the files and into service")
    rollback.add_argument("version", type=_version, help="its number, as kartotek versions tells")
    rollback.set_defaults(map=[])
    _asked(rollback)
    listing = add("versions", versions.versions, "list what was in service so far, or show one version")
    listing.add_argument("version", nargs="?", type=_version, default=None, help="its number (default: list all)")
    listing.add_argument("--file", default="", metavar="NAME", help="print this file as it was then")
    _format(listing)
    clean = add("clean", versions.clean, "drop for good what was removed thirty days ago")
    clean.add_argument("names", nargs="*", metavar="NAME", help="drop this at once, such as order.note")
    clean.add_argument("--list", action="store_true", help="only tell what is kept")
    _format(clean)


def answers(command: argparse.ArgumentParser) -> None:
    """What the owner decides beforehand."""
    command.add_argument(
        "--map", type=changing.map_of, action="append", default=[], metavar="TYPE.FIELD:OLD=NEW",
        help="what a value becomes that can no longer be chosen; nothing after = empties it",
    )


def _asked(command: argparse.ArgumentParser) -> None:
    command.add_argument("--plan", default="", metavar="HASH", help="the plan that was read (default: show it and ask)")
    command.add_argument("--confirm", action="append", default=[], metavar="NAME", help="what the plan wants confirmed, as it names it")
    command.add_argument("--reason", default="", help="why, kept with the version")
    command.add_argument("--as", dest="actor", default="", metavar="USER", help="who does it (default: the site itself)")
    _format(command)


def _format(command: argparse.ArgumentParser) -> None:
    command.add_argument("--format", choices=("text", "json"), default="text", help="for people or for programs")


def _version(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**53:
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a version")
    return int(text)
