"""The part of the check that replays histories: which records would have gone another way under the folder's workflows."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from kartotek.commands.terminal import OK, PROBLEMS, say, say_json
from kartotek.engine.replaying import Replayed, replay
from kartotek.errors import SetupInvalid
from kartotek.model.catalog import Catalog
from kartotek.storage.database import Database

_SENTENCES: Mapping[str, str] = MappingProxyType({
    "no_state": "The state {state} does not exist any more; say under removed: where its records go.",
    "no_transition": "The transition {transition} does not exist any more.",
    "not_from": "The transition {transition} does not lead from {state}.",
    "guard": "The guard of {transition} did not hold.",
    "require": "The transition {transition} requires {about}, which was empty.",
    "by_itself": "The transition {transition} would have run by itself before.",
    "other_end": "The record would end in {state} and not in {about}.",
})


def replay_all(options: argparse.Namespace, catalog: Catalog) -> int:
    """Tells what the histories come to; the exit status."""
    found = replayed(options, catalog)
    if options.format == "json":
        say_json(as_json(found))
    else:
        for line in told(found):
            say(line)
        if not found:
            say("No type has a workflow and a history.")
    return PROBLEMS if any(one.departing for one in found) else OK


def replayed(options: argparse.Namespace, catalog: Catalog) -> list[Replayed]:
    """What the histories of the site's database come to; nothing is written. Raises SetupInvalid where there is none."""
    database = Database.open(_url(options))
    try:
        return replay(database, catalog, datetime.now(UTC))
    finally:
        database.close()


def _url(options: argparse.Namespace) -> str:
    if options.database:
        return str(options.database)
    path: Path = options.site.resolve() / "data" / "records.db"
    if not path.is_file():
        raise SetupInvalid(f"{options.site} has never been started, so there are no histories.")
    return f"sqlite:///{quote(str(path))}"


def told(found: Sequence[Replayed]) -> Iterator[str]:
    """The outcome in lines: of each type how many records, then each reason with the first of them."""
    for one in found:
        yield f"{one.type}: {_records(one.records)} replayed, {one.departing or 'none'} would have gone another way."
        for group in _groups(one):
            shown = ", ".join(str(each["id"]) for each in group["records"])
            more = " …" if group["count"] > len(group["records"]) else ""
            yield f"  {_records(group['count'])}: {group['sentence']}"
            yield f"    {shown}{more}"
        for name, count in one.unknown.items():
            yield f"  History does not hold what the guard of {name} looks at; it was left out {count} times."


def as_json(found: Sequence[Replayed]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "type": one.type, "records": one.records, "departing": one.departing, "reasons": _groups(one),
            "unknown_guards": dict(one.unknown),
        }
        for one in found
    ]


def _groups(one: Replayed) -> list[dict[str, Any]]:
    groups = []
    for key, count in sorted(one.counts.items(), key=lambda each: (-each[1], each[0])):
        reason, transition, state, about = key
        sentence = _SENTENCES[reason].format(transition=transition, state=state, about=about)
        records = [{"id": id, "at": at.isoformat()} for id, at in one.groups[key]]
        groups.append({
            "reason": reason, "transition": transition, "state": state, "sentence": sentence, "count": count,
            "records": records,
        })
    return groups


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"
