"""Measures what rights, encryption and the audit cost: the same pages of 50 and the same changes, declared in different ways.

`python bench/safety.py`, or with `--records 100000 --postgresql --write`; see bench/README.md. It calls the engine itself, so that
HTTP does not hide the difference, and takes the ways in turn, so that what else the machine does falls upon all of them.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import sites
from processes import machine
from table import put

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.site import Site

_SITE = "name: Bench\nlanguages: [en]\ntimezone: UTC\nroles:\n  one: {title: One}\n  two: {title: Two}\n"
_TEXTS = ("street", "town", "trade", "note", "hint", "remark", "wish", "origin")
_SECRET = ("note", "hint", "remark")
_ALL = {"read": True, "create": True, "write": True}
_PAGE = 50

ONE = Actor(id=2, name="One", roles=frozenset({"one"}))
BOTH = Actor(id=3, name="Both", roles=frozenset({"one", "two"}))


@dataclass(frozen=True)
class Way:
    """One way to declare the same type: what its fields and the type itself say besides, and who asks."""

    told: str
    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)
    actor: Actor = ONE


WAYS: Mapping[str, Way] = {
    "plain": Way("everything for everybody"),
    "fields": Way("three fields hidden", {name: {"read": ["two"]} for name in _SECRET}),
    "rows": Way("rows by a formula", record={"permissions": {"one": {**_ALL, "read": "record.number >= 0 && record.town != 'nowhere'"}}}),
    "both": Way(
        "two roles, rows and fields of each", {name: {"read": ["two"]} for name in _SECRET},
        {"permissions": {"one": _ALL, "two": {"read": "record.number >= 0"}}}, BOTH,
    ),
    "masks": Way("masks and flags", {
        "note": {"access": {"one": "flag"}}, "hint": {"access": {"one": "mask"}, "mask": {"show": "last4"}}, "remark": {"access": {"one": "none"}},
    }),
    "sensitive": Way("three fields whose reading is audited", {name: {"sensitive": True} for name in _SECRET}),
    "encrypted": Way("three fields encrypted, a key for each record", {name: {"encrypt": True} for name in _SECRET}, {"subject": True}),
    "indexed": Way("three encrypted and one found by digest", {
        "note": {"encrypt": {"index": True}}, "hint": {"encrypt": True}, "remark": {"encrypt": True},
    }, {"subject": True}),
}  # fmt: skip


def main() -> None:
    chosen = _options()
    with sites.fresh_database(chosen.postgresql) as url, tempfile.TemporaryDirectory(prefix="safety", dir=sites.KEPT) as folder:
        with _made(Path(folder) / "site", chosen.records, url) as engine:
            lists, writes = _lists(engine, chosen.rounds), _writes(engine, chosen.rounds)
    lines = ["| declared | list of 50, ms CPU | times plain | the first time | change, ms CPU | times plain |", "|" + "---|" * 6]
    for name, way in WAYS.items():
        first, then, change = *lists[name], writes[name]
        lines.append(
            f"| {way.told} | {then:.2f} | {then / lists['plain'][1]:.2f} | {first:.2f} | {change:.2f} | {change / writes['plain']:.2f} |"
        )
    text = "\n".join([f"{chosen.records:,} records, medians. {machine()}.", "", *lines])
    print(text)
    if chosen.write:
        kind = "PostgreSQL" if chosen.postgresql else "SQLite"
        put(text, " ".join(["python bench/safety.py", *sys.argv[1:]]), f"What safety costs with {chosen.records:,} records on {kind}")


def _declared(way: Way) -> dict[str, Any]:
    texts = {name: {"type": "string", "title": name.title(), "x-field": dict(way.fields.get(name, {}))} for name in _TEXTS}
    fields = {"name": {"type": "string", "title": "Name"}, "number": {"type": "integer", "title": "Number"}, **texts}
    record = {"titleTemplate": "{name}", "list": ["name", "number"], "sort": ["number"], "permissions": {"one": _ALL}, **way.record}
    return {"title": "Entry", "type": "object", "properties": fields, "x-record": record}


@contextmanager
def _made(folder: Path, number: int, url: str) -> Iterator[Engine]:
    (folder / "schemas").mkdir(parents=True)
    (folder / "site.yaml").write_text(_SITE, encoding="utf-8")
    for name, way in WAYS.items():
        (folder / "schemas" / f"{name}.json").write_text(json.dumps(_declared(way), indent=2), encoding="utf-8")
    site = Site(folder, database=url)
    site.prepare(owner_password=sites.PASSWORD, demo=False)
    owner = Actor.system("bench")
    for at in range(0, number, 500):
        rows = [BulkRow({"name": f"Entry {one}", "number": one, **{name: f"{name} of number {one}" for name in _TEXTS}}) for one in range(at, min(at + 500, number))]
        for name in WAYS:
            site.engine.bulk(owner, name, rows)
    try:
        yield site.engine
    finally:
        site.close()


def _lists(engine: Engine, rounds: int) -> dict[str, tuple[float, float]]:
    """{way: (a page seen for the first time, later)} in ms of CPU, both as a reader goes from page to page."""
    found: dict[str, list[list[float]]] = {name: [] for name in WAYS}
    for _ in range(rounds):
        for name, way in WAYS.items():
            found[name].append(_walked(engine, name, way.actor))
    return {name: (median(walks[0]), median([one for walk in walks[1:] for one in walk])) for name, walks in found.items()}


def _walked(engine: Engine, name: str, actor: Actor) -> list[float]:
    times: list[float] = []
    cursor = ""
    for _ in range(40):
        took, page = _timed(lambda: engine.select(actor, name, Query(limit=_PAGE, cursor=cursor)))
        times.append(took)
        cursor = page.next or ""
        if not cursor:
            break
    return times


def _writes(engine: Engine, rounds: int) -> dict[str, float]:
    found: dict[str, list[float]] = {name: [] for name in WAYS}
    owner = Actor.system("bench")
    for at in range(rounds * 20):
        for name in WAYS:
            took, _ = _timed(lambda: engine.update(owner, name, at % 200 + 1, {"note": f"changed {at}", "street": f"way {at}"}))
            found[name].append(took)
    return {name: median(each) for name, each in found.items()}


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """(ms of this process's CPU, the answer)."""
    began = time.process_time()
    answer = call()
    return (time.process_time() - began) * 1000, answer


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--write", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
