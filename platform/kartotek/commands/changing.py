"""Commands that change what a site declares: plan."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kartotek.commands.plan_lines import plan_lines, problem_counts
from kartotek.commands.progress import ProgressLine
from kartotek.commands.terminal import OK, PROBLEMS, line, say, say_json
from kartotek.errors import DeclarationInvalid, SetupInvalid
from kartotek.model.actor import Actor
from kartotek.model.plan import Answers, Plan
from kartotek.model.plan_wire import plan_wire
from kartotek.site import Site

ACTOR = Actor.system("command line")


def plan(options: argparse.Namespace) -> int:
    """What the folder's files would do; nothing is written. 1 where they have mistakes or a step is refused."""
    with started(options) as site:
        found = looked_at(lambda told: site.engine.plans.plan(
            ACTOR, site.documents(), answers=answers_of(options.map), sql=options.sql, progress=told
        ))
    if options.format == "json":
        say_json(plan_wire(found))
    else:
        refuse_broken(found)
        tell(found, options)
    return PROBLEMS if not found.hash or found.verdict == "refused" else OK


def looked_at(look: Callable[[ProgressLine], Plan]) -> Plan:
    """The plan, with a line that shows how far it is while many records are looked at."""
    line = ProgressLine()
    try:
        return look(line)
    finally:
        line.end()


@contextmanager
def started(options: argparse.Namespace) -> Iterator[Site]:
    """The site, which must have been started before: until then there is nothing that could change. Raises SetupInvalid."""
    site = Site(options.site, database=options.database)
    try:
        if site.is_new:
            raise SetupInvalid(f"{site.folder} has never been started, so there is nothing to change. Start it with: kartotek run")
        yield site
    finally:
        site.close()


def refuse_broken(found: Plan) -> None:
    """Raises DeclarationInvalid where the files have mistakes, so that there is no plan."""
    if not found.hash:
        errors = [one for one in found.problems if one.severity == "error"]
        raise DeclarationInvalid(f"{problem_counts(errors)} the plan from being made.", problems=errors)


def nothing_to_do(found: Plan) -> str:
    """What is said where the files are what is in service."""
    return f"Nothing to do: the files are what is in service (version {found.base})."


def tell(found: Plan, options: argparse.Namespace) -> None:
    """The plan for people, and at the end the very command that applies it."""
    for one in found.problems:
        say(line(one))
    if not found.steps:
        say(nothing_to_do(found))
        return
    for text in plan_lines(found, sql=getattr(options, "sql", False)):
        say(text)
    if found.verdict == "refused":
        say("It cannot be applied before what is refused is put right.")
    else:
        say(f"Apply it with:\n  {how_to_apply(found, options)}")


def how_to_apply(found: Plan, options: argparse.Namespace) -> str:
    """The command to type next, quoted for a shell."""
    words = ["kartotek", *_verb(options), "--plan", found.hash]
    for name in found.to_confirm:
        words += ["--confirm", name]
    for name, old, new in options.map:
        words += ["--map", f"{name}:{old}={'' if new is None else new}"]
    if str(options.site) != ".":
        words += ["--site", str(options.site)]
    return shlex.join(words)


def _verb(options: argparse.Namespace) -> tuple[str, ...]:
    version = getattr(options, "version", None)
    return ("apply",) if version is None else ("rollback", str(version))


def answers_of(given: list[tuple[str, str, Any]]) -> Answers:
    """What was said by --map, gathered by field."""
    options: dict[str, dict[str, Any]] = {}
    for name, old, new in given:
        options.setdefault(name, {})[old] = new
    return Answers(options=options)


def map_of(text: str) -> tuple[str, str, Any]:
    """ "order.level:old=new" as (field, old value, new value); "order.level:old=" empties it. Raises ArgumentTypeError."""
    name, colon, values = text.partition(":")
    old, sign, new = values.partition("=")
    if not colon or not sign or "." not in name or not old:
        raise argparse.ArgumentTypeError(f'{text!r} is not TYPE.FIELD:OLD=NEW, such as "order.level:old=new"')
    return name, old, new or None
