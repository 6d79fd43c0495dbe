"""The options of the commands about rights."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from kartotek.commands.modules import access

Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]


def add_access_commands(add: Add) -> None:
    """`add` makes a command of the section out of its name, what it calls, and what it does in words."""
    explain = add("explain", access.explain, "tell why somebody may know or do something, with the lines that decide")
    who = explain.add_mutually_exclusive_group(required=True)
    who.add_argument("--user", default="", help="about whom")
    who.add_argument("--role", action="append", default=[], help="about somebody with this role; may be given several times")
    explain.add_argument("--record", required=True, metavar="TYPE/ID", help="of which record, e.g. person/12; or a type alone")
    explain.add_argument("--field", default="", help="of which field (default: the record as a whole)")
    explain.add_argument("--action", default="read", help="read, create, write, delete or the name of a transition (default: read)")
    explain.add_argument("--format", choices=("text", "json"), default="text", help="for people or for programs")
    matrix = add("matrix", access.show_matrix, "show what every role may do and know: types, fields, states")
    matrix.add_argument("--format", choices=("csv", "html"), default="csv", help="a table for programs or a page to print (default: csv)")
