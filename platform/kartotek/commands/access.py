"""Commands about rights: why somebody may know or do something, and what all roles may."""

from __future__ import annotations

import argparse
import csv
import sys

from kartotek.commands.access_page import page_of
from kartotek.commands.accounts import opened
from kartotek.commands.terminal import OK, PROBLEMS, say, say_json
from kartotek.declaration import report
from kartotek.declaration.files import read_folder
from kartotek.declaration.load import load
from kartotek.engine.explaining import Question
from kartotek.errors import NotFound, SetupInvalid
from kartotek.model.access_texts import VERDICTS
from kartotek.model.actor import Actor
from kartotek.model.settings import text_in
from kartotek.rules.matrix import matrix
from kartotek.site import Site

_BY = Actor.system("command line")
_HELD = {True: "yes", False: "no", None: "?"}


def explain(options: argparse.Namespace) -> int:
    """Why somebody may read or change something: each step, with the line of the declaration that decides. Reads alone."""
    record_type, _, id = options.record.partition("/")
    if id and not id.isdecimal():
        raise SetupInvalid(f"'{options.record}' is not a record: write it like person/12, or the type alone.")
    with opened(options) as site:
        question = Question(_reader(site, options), record_type, int(id) if id else None, options.field, options.action)
        told = site.engine.explanations.explain(_BY, question)
    if options.format == "json":
        say_json(told)
        return OK
    for one in told["reasons"]:
        place = f"  ({one['place']})" if one["place"] else ""
        say(f"{_HELD[one['holds']]:<3}  {one['words']}{place}")
    say(VERDICTS[told["verdict"]])
    return OK


def show_matrix(options: argparse.Namespace) -> int:
    """What every role may do with every type, and what it knows of each field in each state, by the files as they stand."""
    loaded = load(read_folder(options.site))
    if loaded.catalog is None:
        say(report.text(loaded.problems))
        return PROBLEMS
    cells = list(matrix(loaded.catalog))
    if options.format == "html":
        say(page_of(loaded.catalog, cells))
        return OK
    lines = csv.writer(sys.stdout, lineterminator="\n")
    lines.writerow(("type", "field", "state", "role", "level", "read", "create", "write", "delete"))
    for one in cells:
        rules = [one.actions.get(action, None) for action in ("read", "create", "write", "delete")]
        said = ["no" if rule is None else rule or "yes" for rule in rules]
        lines.writerows((one.type, name, one.state, one.role, level, *said) for name, level in one.fields.items())
    return OK


def _reader(site: Site, options: argparse.Namespace) -> Actor:
    if options.role:
        unknown = set(options.role) - site.engine.catalog().settings.role_names
        if unknown:
            raise NotFound(f"There is no role '{min(unknown)}' in site.yaml.")
        return Actor(-1, text_in(site.engine.catalog().settings.name, ""), frozenset(options.role))
    found = site.engine.users.actor(site.users.get(options.user).id)
    if found is None:
        raise NotFound(f"{options.user} may not sign in: nothing exists for this person.")
    return found
