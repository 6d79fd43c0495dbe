"""Commands about the rights of a person: all that is known of her, restriction, consents, erasure; and records whose time is over."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from kartotek.commands.accounts import opened
from kartotek.commands.importing import actor_of
from kartotek.commands.terminal import OK, PROBLEMS, say, say_json, say_table
from kartotek.errors import NotFound


def export(options: argparse.Namespace) -> int:
    """Writes a ZIP archive of JSON and files."""
    record_type, id = _named(options.person)
    with opened(options) as site:
        found = site.engine.people.export(actor_of(site, options.actor), record_type, id)
        target: Path = options.to or Path(found.name)
        with target.open("xb") as stream:
            target.chmod(0o600)
            found.write(stream)
    say(f"{target}: {sum(found.counts.values())} records, {len(found.held)} files.")
    return OK


def erase(options: argparse.Namespace) -> int:
    """Tells what an erasure would do; with --confirm does it. 1 where something must be kept."""
    record_type, id = _named(options.person)
    with opened(options) as site:
        actor, people = actor_of(site, options.actor), site.engine.people
        done = people.erase(actor, record_type, id) if options.confirm else people.plan(actor, record_type, id)
    if options.format == "json":
        say_json(done)
    else:
        _say_fates(done, would=not options.confirm)
    return PROBLEMS if done.get("held") else OK


def restrict(options: argparse.Namespace) -> int:
    """Hides a person from everybody but those who look after such rights; with --lift takes that back."""
    record_type, id = _named(options.person)
    with opened(options) as site:
        actor, restrictions = actor_of(site, options.actor), site.engine.people.restrictions
        if options.lift:
            lifted = restrictions.lift(actor, record_type, id)
            say("The restriction is lifted." if lifted else "There was no restriction.")
        else:
            restrictions.restrict(actor, record_type, id, reason=options.reason)
            say("The person is restricted: kept, hidden and sent nothing.")
    return OK


def consents(options: argparse.Namespace) -> int:
    """What a person agreed to; with --give or --withdraw writes an answer of hers down before."""
    record_type, id = _named(options.person)
    with opened(options) as site:
        actor, found = actor_of(site, options.actor), site.engine.people.consents
        for purpose, given in ((options.give, True), (options.withdraw, False)):
            if purpose:
                found.answer(actor, record_type, id, purpose, given=given)
        told = found.listing(actor, record_type, id)
    if options.format == "json":
        say_json(told)
    else:
        say_table(["purpose", "basis", "given", "since"], [
            [one["purpose"], one["basis"], {None: "-", True: "yes", False: "no"}[one["given"]], one["since"] or ""] for one in told["purposes"]
        ])
    return OK


def retention(options: argparse.Namespace) -> int:
    """Counts the records whose time is over, of all types or of one; with --confirm lets them end from now on."""
    with opened(options) as site:
        actor, ending = actor_of(site, options.actor), site.engine.people.ending
        names = [options.type] if options.type else [one["type"] for one in ending.listing(actor)]
        told = [ending.count(actor, name) for name in names]
        if options.confirm:
            told = [ending.confirm(actor, one["type"], one["due"]) for one in told]
    if options.format == "json":
        say_json(told)
    else:
        say_table(["type", "due", "held", "do", "confirmed", "ended"], [
            [one["type"], one["due"], one["held"], one["do"], one["confirmed_at"] or "no", one["done"]] for one in told
        ])
    return OK


def _named(text: str) -> tuple[str, int]:
    name, _, number = text.rpartition("/")
    if not name or not number.isdecimal():
        raise NotFound(f"{text!r} names no person: write TYPE/ID, such as person/12.")
    return name, int(number)


def _say_fates(told: dict[str, Any], *, would: bool) -> None:
    words = ("would be erased", "would stay without what is personal") if would else ("erased", "left without what is personal")
    for key, said in zip(("erased", "anonymised"), words, strict=True):
        for name, count in told[key].items():
            say(f"{name}: {count} {said}")
    for one in told.get("pointing", ()):
        say(f"{one['type']}.{one['field']}: {one['count']} would point to nobody")
    for one in told.get("held", ()):
        say(f"{one['type']}: {one['count']} must be kept. {one['reason']}".rstrip())
    if would:
        say("Nothing was changed. Nobody can bring back what is erased: --confirm does it.")
