"""The command versions: what was in service before."""

from __future__ import annotations

import argparse
from datetime import datetime

from kartotek.commands.changing import ACTOR, started
from kartotek.commands.terminal import OK, say, say_json, say_table
from kartotek.engine.change_wires import version_wire
from kartotek.errors import NotFound
from kartotek.model.versions import CatalogVersion

_SHOWN = 50


def versions(options: argparse.Namespace) -> int:
    """All versions, newest first, or what one did and the files it was made of; with --file the text of one of them."""
    with started(options) as site:
        plans = site.engine.plans
        if options.version is None:
            found = plans.versions(ACTOR, limit=_SHOWN)
        else:
            one = plans.version(ACTOR, options.version)
    if options.version is None:
        _list(found, options)
    elif options.file:
        _show_file(one, options.file)
    elif options.format == "json":
        say_json(version_wire(one, whole=True))
    else:
        _show(one)
    return OK


def _list(found: list[CatalogVersion], options: argparse.Namespace) -> None:
    if options.format == "json":
        say_json([version_wire(one) for one in found])
        return
    rows = [(one.version, _minute(one.at), one.by or "-", len(one.steps) or "-", one.reason) for one in found]
    say_table(("version", "applied", "by", "steps", "reason"), rows)


def _show(one: CatalogVersion) -> None:
    by = f" by {one.by}" if one.by else ""
    say(f"Version {one.version}, applied {_minute(one.at)}{by}: {one.reason}")
    for step in one.steps:
        say(f"  {step.get('words', '')}")
    say("Files:")
    for name, text in sorted(one.documents.items()):
        say(f"  {name} ({len(text.encode('utf-8', 'surrogateescape')):,} bytes)")
    first = min(one.documents, default="site.yaml")
    say(f"Show one with: kartotek versions {one.version} --file {first}")


def _show_file(one: CatalogVersion, name: str) -> None:
    text = one.documents.get(name)
    if text is None:
        raise NotFound(f"Version {one.version} has no file {name}.")
    say(text.removesuffix("\n"))


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
