"""Sample records: JSON lines of a site's templates/sample/ folder, loaded once into an empty database.

A file is named <order>_<type>.jsonl; a line is {"key"?: name, "fields": {…}, "state"?: name, "confirm"?: {rule: reason}}.
A record with a state begins there, instead of where others do. Within fields, {"$key": name} stands for
the id of the record of that key, which must stand in an earlier line; {"$days": -3} for the day three days before the
loading, and {"$days": -3, "at": "14:30"} for that moment in the site's zone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.errors import Conflict, Invalid, NotFound, SetupInvalid
from kartotek.model.actor import Actor

FOLDER = Path("templates") / "sample"
_NAME = re.compile(r"^[0-9]+_([a-z][a-z0-9_]*)\.jsonl$")
_BY = Actor.system("sample records")


@dataclass
class Loading:
    """What one loading has made so far: {key: record id}."""

    today: date
    zone: ZoneInfo
    ids: dict[str, int] = field(default_factory=dict)

    def resolved(self, value: Any) -> Any:
        """The value with its stand-ins replaced."""
        if isinstance(value, list):
            return [self.resolved(one) for one in value]
        if not isinstance(value, Mapping):
            return value
        if "$key" in value:
            return self._id(value["$key"])
        if "$days" in value:
            return self._moment(value)
        return {name: self.resolved(one) for name, one in value.items()}

    def _id(self, key: str) -> int:
        if key not in self.ids:
            raise SetupInvalid(f"No earlier sample record has the key {key!r}.")
        return self.ids[key]

    def _moment(self, value: Mapping[str, Any]) -> str:
        day = self.today + timedelta(days=value["$days"])
        if "at" not in value:
            return day.isoformat()
        local = datetime.combine(day, time.fromisoformat(value["at"]), self.zone)
        return local.astimezone(UTC).isoformat().replace("+00:00", "Z")


def load_sample(engine: Engine, site: Path, *bases: Path) -> int:
    """Stores the sample records of the site's folder and of its bases', the nearest first, and answers how many.

    A file takes the place of those of the same name in bases farther away. Raises SetupInvalid naming the file.
    """
    settings = engine.catalog().settings
    zone = ZoneInfo(settings.timezone)
    loading = Loading(engine.clock().astimezone(zone).date(), zone)
    total = 0
    for path, type_name in _files(one / FOLDER for one in (*reversed(bases), site)):
        for keys, rows in _batches(loading, _lines(path), settings.limits.bulk):
            for key, answer in zip(keys, _stored(engine, path, type_name, rows), strict=True):
                if key:
                    loading.ids[key] = answer["record"]["id"]
            total += len(rows)
    return total


def _files(folders: Iterable[Path]) -> list[tuple[Path, str]]:
    """Of several folders, of which later ones replace files of earlier ones."""
    by_name = {path.name: path for folder in folders for path in folder.glob("*.jsonl")}
    found = [(path, match[1]) for name, path in by_name.items() if (match := _NAME.match(name))]
    return sorted(found, key=lambda one: int(one[0].name.split("_")[0]))


def _lines(path: Path) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            yield json.loads(line)
        except ValueError as error:
            raise SetupInvalid(f"{path}:{number} is not a line of JSON: {error}.") from error


def _batches(
    loading: Loading, lines: Iterator[Mapping[str, Any]], most: int
) -> Iterator[tuple[list[str], list[BulkRow]]]:
    """Rows in as few batches as can be: a line that needs a record of the running batch begins the next one."""
    keys: list[str] = []
    rows: list[BulkRow] = []
    for line in lines:
        if rows and (len(rows) >= most or _needed(line["fields"]) & set(keys)):
            yield keys, rows
            keys, rows = [], []
        keys.append(line.get("key", ""))
        rows.append(BulkRow(
            fields=loading.resolved(line["fields"]), state=line.get("state"), confirm=line.get("confirm", {})
        ))
    if rows:
        yield keys, rows


def _needed(value: Any) -> set[str]:
    if isinstance(value, Mapping):
        return {value["$key"]} if "$key" in value else set().union(*map(_needed, value.values()))
    return set().union(*map(_needed, value)) if isinstance(value, list) else set()


def _stored(engine: Engine, path: Path, type_name: str, rows: list[BulkRow]) -> list[dict[str, Any]]:
    try:
        return engine.bulk(_BY, type_name, rows)
    except (Invalid, Conflict, NotFound) as error:
        told = "; ".join(f"{one.path} {one.message}" for one in error.problems[:3])
        raise SetupInvalid(f"{path}: {told or error.sentence}") from error
