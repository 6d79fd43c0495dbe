"""The options of the commands about the rights of a person."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from kartotek.commands.modules import people

Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_person_commands(add: Add) -> None:
    """`add` makes a command of the section out of its name, what it calls, and what it does in words."""
    export = _of_person(add("export", people.export, "write all that is known of a person into a ZIP archive"))
    export.add_argument("--to", type=Path, default=None, metavar="FILE", help="where to (default: TYPE-ID.zip here)")
    erase = _of_person(add("erase", people.erase, "tell what erasing a person would do, or do it"))
    erase.add_argument("--confirm", action="store_true", help="do it: nobody can bring back what is erased")
    _format(erase)
    restrict = _of_person(add("restrict", people.restrict, "keep a person's data without using them"))
    restrict.add_argument("--reason", default="", help="why")
    restrict.add_argument("--lift", action="store_true", help="take the restriction back")
    consents = _of_person(add("consents", people.consents, "tell what a person agreed to, or write an answer down"))
    consents.add_argument("--give", default="", metavar="PURPOSE", help="she agrees to this purpose")
    consents.add_argument("--withdraw", default="", metavar="PURPOSE", help="she takes it back")
    _format(consents)
    retention = add("retention", people.retention, "count the records whose time is over")
    retention.add_argument("type", nargs="?", default="", metavar="TYPE", help="of this type alone")
    retention.add_argument("--confirm", action="store_true", help="let them end from now on, as it is declared")
    _acting(retention)
    _format(retention)


def _of_person(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("person", metavar="PERSON", help="which person: type and number, e.g. person/12")
    return _acting(command)


def _acting(command: argparse.ArgumentParser) -> argparse.ArgumentParser:
    command.add_argument("--as", dest="actor", default="", metavar="USER", help="who acts (default: the site itself)")
    return command


def _format(command: argparse.ArgumentParser) -> None:
    command.add_argument("--format", choices=("text", "json"), default="text", help="for people or for programs")
