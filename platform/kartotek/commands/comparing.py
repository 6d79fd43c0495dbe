"""The commands catalog and diff, and plan --against: catalogs of several installations, moments and folders set side by side."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from kartotek.commands import changing
from kartotek.commands.catalog_sources import catalog_from, documents_from
from kartotek.commands.changing import ACTOR, started
from kartotek.commands.plan_lines import plan_lines
from kartotek.commands.terminal import OK, PROBLEMS, say, say_json
from kartotek.declaration.journal import place
from kartotek.declaration.renaming import rename
from kartotek.engine import plan_making
from kartotek.engine.compiled import Compiled
from kartotek.engine.proposals import unified
from kartotek.errors import SetupInvalid
from kartotek.model.plan import Plan
from kartotek.model.plan_wire import plan_wire
from kartotek.site import Site


def plan(options: argparse.Namespace) -> int:
    """What the folder's files would do here, or to another installation. Aliases that were asked for are written first."""
    if options.rename:
        site = Site(options.site, database=options.database)
        try:
            for record_type, new, old in options.rename:
                rename(site.declarations, record_type, new, old)
        finally:
            site.close()
    return against(options) if options.against else int(changing.plan(options))


def catalog(options: argparse.Namespace) -> int:
    """Writes out what is in service, or an earlier version: its files, as another installation can compare itself with it."""
    with started(options) as site:
        number = options.version or site.engine.catalog().version
        found = site.engine.plans.version(ACTOR, number)
    wire = {"version": found.version, "hash": found.hash, "documents": dict(found.documents)}
    if options.to is None:
        say_json(wire)
        return OK
    try:
        place(options.to.resolve(), (json.dumps(wire, ensure_ascii=False, indent=2) + "\n").encode())
    except OSError as error:
        raise SetupInvalid(f"{options.to} cannot be written: {error.strerror}.") from error
    say(f"Version {found.version} with {len(found.documents)} files stands in {options.to}.")
    return OK


def against(options: argparse.Namespace) -> int:
    """What the folder's files would do to another installation, by the declarations alone; 1 where that is refused."""
    wanted = documents_from(str(options.site), options)
    there = documents_from(options.against, options)
    found = _between(there, wanted, (options.against, str(options.site)))
    if options.format == "json":
        say_json(plan_wire(found))
    else:
        _tell(found, f"{options.site} declares what {options.against} does.")
        if found.steps:
            say("Compared by what is declared; how many records a step concerns is told by kartotek plan over there.")
    return PROBLEMS if found.verdict == "refused" else OK


def diff(options: argparse.Namespace) -> int:
    """What leads from one catalog to another: in words, and as a difference of their files."""
    sources = (options.first, options.second)
    first, second = (documents_from(one, options) for one in sources)
    found = _between(first, second, sources)
    files = differences(first, second)
    if options.format == "json":
        say_json(plan_wire(found) | {"files": files})
        return OK
    _tell(found, f"{options.first} and {options.second} declare the same.")
    for text in files.values():
        say("\n" + text.rstrip("\n"))
    return OK


def differences(first: Mapping[str, str], second: Mapping[str, str]) -> dict[str, str]:
    """{file: unified difference} of all that differ."""
    names = sorted(first.keys() | second.keys())
    return {name: text for name in names if (text := unified(name, first.get(name), second.get(name)))}


def _between(first: Mapping[str, str], second: Mapping[str, str], sources: tuple[str, str]) -> Plan:
    before, after = (catalog_from(one, source) for one, source in zip((first, second), sources, strict=True))
    return plan_making.between(Compiled(before, "sqlite"), after, ACTOR, datetime.now(UTC))


def _tell(found: Plan, nothing: str) -> None:
    if not found.steps:
        say(nothing)
    for text in plan_lines(found):
        say(text)


def rename_of(text: str) -> tuple[str, tuple[str, ...], str]:
    """ "order.lines.qty=count" as (type, new path, old name); "order=purchase" says it of a type. Raises ArgumentTypeError."""
    old, sign, new = text.partition("=")
    record_type, *path = old.split(".")
    if not sign or not new or "." in new or not all((record_type, *path)):
        raise argparse.ArgumentTypeError(f"{text!r} is not TYPE.OLD=NEW, such as order.qty=count, or OLD=NEW for a type")
    return (record_type, (*path[:-1], new), path[-1]) if path else (new, (), record_type)

