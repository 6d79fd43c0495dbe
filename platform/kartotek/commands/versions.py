"""The commands versions and clean: what was in service before, and what is still kept of it."""

from __future__ import annotations

import argparse
from datetime import datetime

from kartotek.commands.changing import ACTOR, started
from kartotek.commands.terminal import OK, say, say_json, say_table
from kartotek.engine.change_wires import kept_wire, version_wire
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


def clean(options: argparse.Namespace) -> int:
    """Drops for good what was removed long enough ago, or what is named; then tells what is still kept."""
    with started(options) as site:
        plans = site.engine.plans
        dropped = [] if options.list else plans.clean(ACTOR, options.names)
        kept = plans.kept(ACTOR)
    if options.format == "json":
        say_json({"dropped": dropped, "kept": [kept_wire(one) for one in kept]})
        return OK
    for name in dropped:
        say(f"{name} is gone for good.")
    if kept:
        rows = [(one.name, one.reason, one.records, _day(one.since), _day(one.until)) for one in kept]
        say_table(("kept", "because it was", "records", "since", "until"), rows)
    elif not dropped:
        say("Nothing is kept that was removed.")
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


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment is not None else "-"
