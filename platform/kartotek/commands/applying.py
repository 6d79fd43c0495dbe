"""The commands apply and rollback: what a plan said is done, and what takes something away is typed by its name."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass

from kartotek.commands.changing import answers_of, looked_at, nothing_to_do, refuse_broken, started, tell
from kartotek.commands.importing import actor_of
from kartotek.commands.progress import ProgressLine
from kartotek.commands.terminal import OK, PROBLEMS, USAGE, say, say_json
from kartotek.engine.change_wires import change_wire
from kartotek.model.plan import Plan
from kartotek.model.versions import RunningChange
from kartotek.site import Site


@dataclass(frozen=True)
class Wish:
    """What somebody wants in service: `look` plans it, `make` makes the change of a plan's hash with what was typed for it."""

    look: Callable[[ProgressLine], Plan]
    make: Callable[[str, Collection[str], ProgressLine], RunningChange]


def apply(options: argparse.Namespace) -> int:
    """Does what the plan said. Without its hash the plan is shown first, and asked about where somebody sits at a terminal."""
    with started(options) as site:
        actor, documents, plans = actor_of(site, options.actor), site.documents(), site.engine.plans
        answers = answers_of(options.map)

        def look(told: ProgressLine) -> Plan:
            return plans.plan(actor, documents, answers=answers, progress=told)

        def make(hash: str, typed: Collection[str], told: ProgressLine) -> RunningChange:
            return plans.apply(
                actor, documents, hash=hash, confirm=typed, reason=options.reason, answers=answers, progress=told
            )

        return _carry_out(site, Wish(look, make), options)


def rollback(options: argparse.Namespace) -> int:
    """The same with an earlier version, which goes into the files too."""
    with started(options) as site:
        actor, rollbacks = actor_of(site, options.actor), site.engine.rollbacks

        def look(told: ProgressLine) -> Plan:
            return rollbacks.plan(actor, options.version, progress=told)

        def make(hash: str, typed: Collection[str], told: ProgressLine) -> RunningChange:
            return rollbacks.apply(
                actor, options.version, hash=hash, confirm=typed, reason=options.reason, progress=told
            )

        return _carry_out(site, Wish(look, make), options)


def _carry_out(site: Site, wish: Wish, options: argparse.Namespace) -> int:
    asking = sys.stdin.isatty() and options.format == "text"
    if options.plan and not asking:
        return _made(site, wish, options, options.confirm)
    found = looked_at(wish.look)
    refuse_broken(found)
    if not found.steps:
        say(nothing_to_do(found))
        return OK
    if not options.plan:
        tell(found, options)
        if found.verdict == "refused":
            return PROBLEMS
        if not asking:
            print("kartotek: nothing was done; the command above does it.", file=sys.stderr)
            return USAGE
    typed = [*options.confirm, *_asked(found, options)]
    if not options.plan and not set(found.to_confirm) <= set(typed):
        say("Nothing was done.")
        return PROBLEMS
    options.plan = options.plan or found.hash
    return _made(site, wish, options, typed)


def _asked(found: Plan, options: argparse.Namespace) -> list[str]:
    """What somebody types for what is not confirmed yet; where nothing has to be, whether it is wanted at all."""
    missing = [name for name in found.to_confirm if name not in options.confirm]
    typed = [input(f"Type {name} to confirm it: ").strip() for name in missing]
    if not options.plan and not found.to_confirm and input("Apply it? (y/n) ").strip().lower() not in ("y", "yes"):
        raise KeyboardInterrupt
    return typed


def _made(site: Site, wish: Wish, options: argparse.Namespace, typed: Collection[str]) -> int:
    line = ProgressLine()
    try:
        made = wish.make(options.plan, typed, line)
    finally:
        line.end()
    site.applied()
    if options.format == "json":
        say_json(change_wire(made))
        return OK
    say(f"Version {made.version} of the declarations is in service.")
    if made.backup:
        say(f"The records as they were before are in {made.backup}.")
    return OK
