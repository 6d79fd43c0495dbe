"""Searching: the command that builds the search indexes anew, or compares them with the records."""

from __future__ import annotations

import argparse
import json
import sys

from kartotek.commands.terminal import OK, PROBLEMS
from kartotek.engine.indexes import Comparison, Indexes
from kartotek.site import Site

_SHOWN = 10


def reindex(options: argparse.Namespace) -> int:
    """Builds the index of one type or of all, then compares it; with `--check` compares alone. 1 where something differs."""
    site = Site(options.site, database=options.database)
    try:
        indexes = site.engine.indexes
        compared = [_one(indexes, name, options) for name in ([options.type] if options.type else indexes.names())]
    finally:
        site.close()
    if options.format == "json":
        print(json.dumps([_wire(one) for one in compared], ensure_ascii=False))
    return OK if all(one.complete and not one.wrong for one in compared) else PROBLEMS


def _one(indexes: Indexes, record_type: str, options: argparse.Namespace) -> Comparison:
    if not options.check:
        indexes.rebuild(record_type, lambda done: _progress(record_type, done))
    found = indexes.compare(record_type)
    if options.format != "json":
        print(_sentence(found))
    return found


def _progress(record_type: str, done: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{record_type}: {done} records", end="\r", file=sys.stderr, flush=True)


def _sentence(found: Comparison) -> str:
    if not found.complete:
        return f"{found.type}: the index is not complete yet; until then searches read the records themselves."
    if not found.wrong:
        return f"{found.type}: {found.records} records, all as they are found."
    ids = ", ".join(map(str, found.wrong[:_SHOWN])) + (", …" if len(found.wrong) > _SHOWN else "")
    return f"{found.type}: the index has {len(found.wrong)} of {found.records} records wrong: {ids}. Build it anew with: kartotek reindex {found.type}"


def _wire(found: Comparison) -> dict[str, object]:
    return {"type": found.type, "complete": found.complete, "records": found.records, "wrong": list(found.wrong)}
