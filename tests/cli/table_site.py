"""A site with ten thousand records, and its owner at the command line who changes its item type."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from running_site import kartotek, small_site, write_type

from kartotek.engine.bulk import BulkRow
from kartotek.model.actor import Actor
from kartotek.site import Site
from kartotek.storage.records import load_many

COUNT = 10_000
SYSTEM = Actor.system("test")
ITEM: Mapping[str, Any] = {
    "title": "Item", "type": "object",
    "properties": {
        "name": {"type": "string"}, "phone": {"type": "string"}, "size": {"type": "integer"}, "code": {"type": "string"},
        "level": {"type": "string", "enum": ["gold", "tin", "lead"]}, "price": {"type": "string", "format": "decimal", "x-field": {"precision": 12, "scale": 2}},
        "owner": {"type": "integer", "x-field": {"references": "person"}}, "day": {"type": "string", "format": "date"},
        "rank": {"type": "integer"}, "tags": {"type": "array", "items": {"type": "string"}},
    },
    "x-record": {"titleTemplate": "{name}"},
}  # fmt: skip


def fields(number: int) -> dict[str, Any]:
    """What record `number`, from 1 on, holds: 312 lack a phone, every hundredth code is no number, 4 stand twice."""
    made: dict[str, Any] = {
        "name": f"N{number}", "size": number % 100, "code": "odd" if number % 100 == 0 else f"{number:05}",
        "level": ("gold", "tin")[number % 2], "price": f"{number}.{'25' if number % 1000 == 0 else '50'}", "owner": number % 3 + 1,
        "day": f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}", "rank": 9996 if number > 9996 else number, "tags": [f"t{number}"],
    }  # fmt: skip
    return made if number <= 312 else {**made, "phone": f"+{number}"}


class TableSite:
    """`declare` saves another item type; the other methods are commands of an owner."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database

    def declare(self, *gone: str, record: Mapping[str, Any] | None = None, required: tuple[str, ...] = (), **changed: Any) -> None:
        """Saves the type without some fields, with others in their places."""
        properties = {name: one for name, one in (dict(ITEM["properties"]) | changed).items() if name not in gone}
        write_type(self.folder, "item", {**ITEM, "properties": properties, "required": list(required), "x-record": {**ITEM["x-record"], **(record or {})}})

    def plan(self, *options: str) -> Any:
        """The plan as `kartotek plan` gives it to programs."""
        return json.loads(kartotek("plan", "--format", "json", *options, "--site", self.folder, database=self.database).out)

    def apply(self, plan: Any, *options: str) -> None:
        """Does it as an owner types it."""
        typed = [word for name in plan["confirm"] for word in ("--confirm", name)]
        done = kartotek("apply", "--plan", plan["hash"], *typed, *options, "--site", self.folder, database=self.database)
        assert done.status == 0, done.err

    def back(self) -> None:
        """To the first version, as an owner types it."""
        told = kartotek("rollback", "1", "--site", self.folder, database=self.database)
        assert told.status == 2, told
        done = kartotek(*told.out.splitlines()[-1].split()[1:], database=self.database)
        assert done.status == 0, done.err

    def records(self, record_type: str = "item") -> dict[int, dict[str, Any]]:
        """All of them, {id: fields}."""
        with opened(self.folder, self.database) as site:
            with site.engine.transactions.at(SYSTEM) as (moment, conn):
                compiled = moment.compiled.type(record_type)
                found = loaded(conn, compiled)
        return found


def loaded(conn: Any, compiled: Any) -> dict[int, dict[str, Any]]:
    """The wires of all records, read in one go."""
    stored = load_many(conn, compiled.layout, list(range(1, COUNT + 1)))
    return {id: dict(compiled.codec.wire(compiled.codec.record(one).values)) for id, one in stored.items()}


@contextlib.contextmanager
def opened(folder: Path, database: str) -> Iterator[Site]:
    """The site within this process."""
    site = Site(folder, database=database)
    try:
        yield site
    finally:
        site.close()


def made_site(folder: Path, database: str) -> TableSite:
    """The site with all its records, in a new folder and an empty database."""
    write_type(small_site(folder), "item", ITEM)
    with opened(folder, database) as site:
        site.prepare(owner_password="correct horse battery", demo=False)
        for name in "abc":
            site.engine.create(SYSTEM, "person", {"name": name})
        for start in range(1, COUNT + 1, 1000):
            rows = [BulkRow(fields=fields(number)) for number in range(start, start + 1000)]
            made = site.engine.bulk(SYSTEM, "item", rows)
            assert {one["status"] for one in made} == {"created"}, made[0]
    return TableSite(folder, database)
