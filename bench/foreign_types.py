"""How long a site with many foreign types takes to apply, to start and to reload one file, beside one with ten.

    python bench/foreign_types.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests" / "foreign"), str(ROOT / "tests" / "web"), str(ROOT / "tests"), str(ROOT / "platform")]

from corpus import accepted  # noqa: E402
from serving import documents  # noqa: E402

from kartotek.engine.engine import Engine  # noqa: E402
from kartotek.model.actor import Actor  # noqa: E402
from kartotek.storage.database import Database  # noqa: E402

OWNER = Actor(id=1, name="Olive", roles=frozenset({"owner"}))
_ROUNDS = 3


def main() -> None:
    """Prints a table of CPU milliseconds."""
    print(f"{'types':>5} {'file KB':>8} {'first apply':>12} {'start':>8} {'reload one':>11} {'reload none':>12} {'first page':>11}")
    for count in (10, 70, 116):
        known = [one for one in accepted() if len(one.text) < 40_000 or count > 100]
        known = known[:: max(1, len(known) // count)][:count]
        print(_line({one.name: one.text for one in known}))


def _line(files: dict[str, str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        first, engine = _taken(lambda: _applied(_opened(folder), files))
        engine.close()
        starts, reloads, nothing, pages = [], [], [], []
        for turn in range(_ROUNDS):
            starts.append(float(subprocess.check_output([sys.executable, "-W", "ignore", __file__, folder], text=True)))
            engine = _started(folder)
            name = next(iter(files))
            changed = {**files, name: json.dumps({**json.loads(files[name]), "$comment": f"turn {turn}"})}
            reloads.append(_taken(lambda: _applied(engine, changed))[0])
            nothing.append(_taken(lambda: _applied(engine, changed))[0])
            pages.append(_taken(lambda: engine.sight(OWNER, name))[0])
            engine.close()
    size = sum(map(len, files.values())) / 1000
    return f"{len(files):5} {size:8.0f} {first:12.0f} {min(starts):8.0f} {min(reloads):11.0f} {min(nothing):12.1f} {min(pages):11.1f}"


def _opened(folder: str) -> Engine:
    return Engine(Database.open(f"sqlite:///{folder}/records.db"), files=Path(folder) / "files", secret=b"s" * 32, clock=lambda: datetime(2026, 11, 21, tzinfo=UTC))


def _started(folder: str) -> Engine:
    engine = _opened(folder)
    engine.catalog()
    return engine


def _applied(engine: Engine, files: dict[str, str]) -> Engine:
    report = engine.apply_documents(documents(files), by=Actor.system("bench"), reason="bench")
    assert not [one for one in report.problems if one.severity == "error"], report.problems
    return engine


def _taken(work: Callable[[], Engine]) -> tuple[float, Engine]:
    began = time.process_time()
    made = work()
    return (time.process_time() - began) * 1000, made


if __name__ == "__main__":
    if len(sys.argv) > 1:  # a process of its own, so that nothing of the catalog is known yet
        print(_taken(lambda: _started(sys.argv[1]))[0])
    else:
        main()
