"""Kill -9 in the middle of an import, and of its undo: no row is lost and none is there twice.

KARTOTEK_TEST_LONG=1 kills as often as the promise says, and takes 50,000 rows through everything.
"""

from __future__ import annotations

import csv
import io
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from import_worker import work  # noqa: E402 - found through the line above, as importmode=importlib wants it
from figures import Figure  # noqa: E402
from lengths import rounds  # noqa: E402
from neutral_site import OWNER, documents  # noqa: E402

from kartotek.engine.engine import Engine  # noqa: E402
from kartotek.engine.users import MirroredUser  # noqa: E402
from kartotek.model.query import Query  # noqa: E402

KILLS = rounds(2, 60)
ROWS = rounds(250, 20_000)
_RANDOM = random.Random(11)


def _names(engine: Engine) -> Counter[str]:
    found: Counter[str] = Counter()
    cursor = ""
    while True:
        page = engine.select(OWNER, "person", Query(limit=500, cursor=cursor, fields=("name",)))
        found.update(one["fields"]["name"] for one in page.items)
        if page.next is None:
            return found
        cursor = page.next


def _killed(url: str, folder: Path, id: int, *, after: float) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["import_worker"])
    begun = context.Event()
    process = context.Process(target=work, args=(url, str(folder), id, begun))
    process.start()
    assert begun.wait(60)
    time.sleep(after)
    process.kill()
    process.join(30)


def _prepared(engine: Engine, rows: int) -> int:
    text = io.StringIO()
    csv.writer(text).writerows([["Name", "Mobile"], *([f"P{one}", f"139{one:08d}"] for one in range(rows))])
    found = engine.imports.prepare(OWNER, "person", io.BytesIO(text.getvalue().encode()), name="people.csv")
    assert found["counts"]["good"] == rows
    return int(found["id"])


@pytest.mark.durability("D3")
def test_every_row_is_there_once_whoever_is_killed_and_when(
    open_engine: Callable[..., Engine], database_url: str, tmp_path: Path, figure: Figure
) -> None:
    engine = open_engine(documents())
    engine.users.mirror(MirroredUser(id=OWNER.id, username="olive", name="Olive", roles=OWNER.roles))
    id = _prepared(engine, ROWS)
    engine.imports.commit(OWNER, id)
    for _ in range(KILLS):
        _killed(database_url, tmp_path, id, after=_RANDOM.random() * 0.2)
        assert sum(_names(engine).values()) == engine.imports.get(OWNER, id)["counts"].get("done", 0)
    assert engine.imports.run(OWNER, id)["counts"]["committed"] == {"created": ROWS}
    assert _names(engine) == {f"P{one}": 1 for one in range(ROWS)}
    engine.imports.undo(OWNER, id)
    for _ in range(KILLS):
        _killed(database_url, tmp_path, id, after=_RANDOM.random() * 0.2)
    assert engine.imports.run(OWNER, id)["counts"]["undone"] == {"undone": ROWS}
    assert not _names(engine)
    figure(f"kill -9 in an import and in its undo: {2 * KILLS} kills, {ROWS:,} rows, 0 lost, 0 twice")


@pytest.mark.skipif(rounds(0, 1) == 0, reason="KARTOTEK_TEST_LONG is not set")
def test_fifty_thousand_rows_go_in_and_out_again(open_engine: Callable[..., Engine]) -> None:
    engine = open_engine(documents())
    engine.users.mirror(MirroredUser(id=OWNER.id, username="olive", name="Olive", roles=OWNER.roles))
    id = _prepared(engine, 50_000)
    engine.imports.commit(OWNER, id)
    assert engine.imports.run(OWNER, id)["counts"]["committed"] == {"created": 50_000}
    engine.imports.undo(OWNER, id)
    assert engine.imports.run(OWNER, id)["counts"]["undone"] == {"undone": 50_000}
