"""Sample records: the reference site's load, and what is wrong with others is told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kartotek.engine.engine import Engine
from kartotek.errors import SetupInvalid
from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.sample import FOLDER, load_sample
from kartotek.storage.database import Database

ROOT = Path(__file__).resolve().parent.parent.parent
OWNER = Actor.system("test")
PERSON = {
    "title": "Person",
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "title": "Name"},
        "boss": {"type": "integer", "title": "Boss", "x-field": {"references": "person"}},
        "born": {"type": "string", "format": "date", "title": "Born"},
        "seen": {"type": "string", "format": "date-time", "title": "Seen"},
    },
    "x-record": {"titleTemplate": "{name}"},
}


@pytest.fixture
def engine(tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Engine]:
    made = Engine(Database.open(f"sqlite:///{tmp_path}/records.db"), files=tmp_path, secret=b"s" * 32, clock=clock)
    documents = {"site.yaml": "timezone: Asia/Shanghai\n", "schemas/person.json": json.dumps(PERSON)}
    made.apply_documents(documents, by=OWNER, reason="test")
    yield made
    made.close()


def written(site: Path, name: str, *lines: dict[str, Any]) -> Path:
    """A site's folder with one file of sample records."""
    (site / FOLDER).mkdir(parents=True, exist_ok=True)
    (site / FOLDER / name).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return site


def people(engine: Engine) -> dict[str, dict[str, Any]]:
    return {one["fields"]["name"]: one for one in engine.select(OWNER, "person", Query()).items}


def test_keys_stand_for_records_of_earlier_lines(engine: Engine, tmp_path: Path) -> None:
    site = written(
        tmp_path,
        "1_person.jsonl",
        {"key": "ada", "fields": {"name": "Ada"}},
        {"key": "bob", "fields": {"name": "Bob", "boss": {"$key": "ada"}}},
        {"fields": {"name": "Cy", "boss": {"$key": "bob"}}},
    )
    assert load_sample(engine, site) == 3
    found = people(engine)
    assert found["Cy"]["fields"]["boss"] == found["Bob"]["id"]
    assert found["Bob"]["fields"]["boss"] == found["Ada"]["id"]


def test_days_count_from_the_day_of_loading_in_the_sites_zone(engine: Engine, tmp_path: Path) -> None:
    line = {"fields": {"name": "Ada", "born": {"$days": -3}, "seen": {"$days": 1, "at": "00:30"}}}
    load_sample(engine, written(tmp_path, "1_person.jsonl", line))
    assert people(engine)["Ada"]["fields"] == {"name": "Ada", "born": "2026-11-18", "seen": "2026-11-21T16:30:00Z"}


def test_files_are_loaded_in_the_order_of_their_numbers(engine: Engine, tmp_path: Path) -> None:
    written(tmp_path, "10_person.jsonl", {"fields": {"name": "Bob", "boss": {"$key": "ada"}}})
    assert load_sample(engine, written(tmp_path, "9_person.jsonl", {"key": "ada", "fields": {"name": "Ada"}})) == 2


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"fields": {"nmae": "Ada"}}, "nmae"),
        ({"fields": {}}, "name"),
        ({"fields": {"name": "Ada", "boss": {"$key": "nobody"}}}, "nobody"),
    ],
    ids=["unknown field", "required field", "unknown key"],
)
def test_a_refused_record_is_told_with_its_reason(
    engine: Engine, tmp_path: Path, line: dict[str, Any], told: str
) -> None:
    with pytest.raises(SetupInvalid, match=told):
        load_sample(engine, written(tmp_path, "1_person.jsonl", line))
    assert people(engine) == {}


def test_a_site_without_sample_records_has_none(engine: Engine, tmp_path: Path) -> None:
    assert load_sample(engine, tmp_path) == 0


def test_the_script_writes_the_committed_sample_records(tmp_path: Path) -> None:
    command = "import sys; sys.path.insert(0, sys.argv[1]); from sample_data import files, text\n"
    command += "import json; print(json.dumps({name: text(lines) for name, lines in files().items()}))"
    made = subprocess.run(
        [sys.executable, "-c", command, str(ROOT / "bench")], capture_output=True, text=True, check=True, timeout=60
    )
    assert json.loads(made.stdout) == {
        path.name: path.read_text(encoding="utf-8") for path in (ROOT / FOLDER).glob("*.jsonl")
    }
