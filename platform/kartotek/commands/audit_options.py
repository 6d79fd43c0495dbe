"""The options of the commands about the audit."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from kartotek.commands.account_options import moment
from kartotek.commands.modules import audit

Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_audit_commands(add: Add) -> None:
    """`add` makes a command of the section out of its name, what it calls, and what it does in words."""
    verify = add("verify", audit.verify, "tell whether the audit is whole: nothing edited, removed, moved or cut off")
    verify.add_argument("--head", action="append", default=[], metavar="LINE", help="a line that 'kartotek audit head' printed, or an endpoint was told; may be given several times")
    verify.add_argument("--heads", action="append", default=[], type=Path, metavar="FILE", help="a file with such lines")
    _format(verify)
    listed = add("list", audit.show, "show the newest entries, newest first")
    listed.add_argument("--user", default="", help="only what this user did")
    listed.add_argument("--action", action="append", default=[], help="only this, e.g. read, export or denied; may be given several times")
    listed.add_argument("--record", default="", metavar="TYPE/ID", help="only what is about a record, e.g. person/12, or a type")
    listed.add_argument("--since", type=moment, default=None, metavar="DATE", help="from here on, e.g. 2027-06-30")
    listed.add_argument("--until", type=moment, default=None, metavar="DATE", help="before this")
    listed.add_argument("--limit", type=int, default=50, help="how many (default: 50)")
    _format(listed)
    add("head", audit.head, "print the last entry as a line, to be kept away from this computer")


def _format(command: argparse.ArgumentParser) -> None:
    command.add_argument("--format", choices=("text", "json"), default="text", help="for people or for programs")
