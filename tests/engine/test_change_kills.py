"""Kill -9 in the middle of a change of the declarations while others write: the old state or the new one, and no write is lost.

KARTOTEK_TEST_LONG=1 kills as often as the promise says.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from change_worker import FIRST, work  # noqa: E402 - found through the line above, as importmode=importlib wants it
from changing import Types, values  # noqa: E402
from figures import Figure  # noqa: E402
from lengths import rounds  # noqa: E402
from neutral_site import OWNER  # noqa: E402

from kartotek.engine.engine import Engine  # noqa: E402
from kartotek.errors import Busy, Invalid, NotFound  # noqa: E402

KILLS = rounds(4, 30)
RECORDS = rounds(60, 400)


class Model:
    """What every record holds, whatever the catalog calls it; `lost` are the removed values of those that have one."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.numbers: dict[int, int] = {}
        self.owns: dict[int, int] = {}
        self.gone: dict[int, Any] = {}
        self.stop = threading.Event()
        self.errors: list[Exception] = []
        self._random = random.Random(5)

    def write(self) -> None:
        """Creates a record or changes one, under whichever catalog it meets."""
        first = "thing" in self.engine.catalog().types
        number = self._random.randrange(10_000)
        id = self._random.choice(list(self.numbers)) if self.numbers and self._random.random() < 0.7 else 0
        own = self.owns.get(id, len(self.numbers) + 1)
        fields = fields_of(number, own, first=first) | ({"gone": gone_of(number)} if first else {})
        name = "thing" if first else "entry"
        try:
            found = self.engine.update(OWNER, name, id, fields) if id else self.engine.create(OWNER, name, fields)
        except (Invalid, NotFound, Busy):
            return  # the catalog went on in between, or is just going
        self.numbers[found["id"]], self.owns[found["id"]] = number, own
        if first:
            self.gone[found["id"]] = gone_of(number)

    def run(self) -> None:
        """Writes until it is told to stop."""
        while not self.stop.is_set():
            try:
                self.write()
            except Exception as error:  # noqa: BLE001 - told by the test
                self.errors.append(error)
            self.stop.wait(0.01)

    def check(self) -> bool:
        """Compares all records; whether the first catalog is in service."""
        self.engine._catalogs.current(fresh=True)
        first = "thing" in self.engine.catalog().types
        for id, number in self.numbers.items():
            own = {"gone": self.gone[id]} if first and id in self.gone else {}
            assert values(self.engine, "thing" if first else "entry", id) == fields_of(number, self.owns[id], first=first) | own
        return first


def fields_of(number: int, own: int, *, first: bool) -> dict[str, Any]:
    if first:
        return {"name": f"n{number}", "size": number, "tag": f"t{number}", "own": own, "lines": [{"what": "w", "count": number}]}
    return {
        "title": f"n{number}", "size": f"{number}.00", "tags": [{"tag": f"t{number}"}], "own": own,
        "lines": [{"thing": "w", "count": f"{number}.00"}],
    }


def gone_of(number: int) -> Any:
    return None if number % 3 == 0 else f"g{number}"


def killed(url: str, folder: Path, second: bool, dying: int) -> int:
    """How many statements the process came to."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["change_worker"])
    count = context.Value("i", 0)
    process = context.Process(target=work, args=(url, str(folder), second, dying, count))
    process.start()
    process.join(300)
    assert process.exitcode in (0, -9), process.exitcode
    return int(count.value)


@pytest.mark.durability("D4")
def test_a_change_that_is_killed_leaves_the_old_or_the_new_and_every_write(
    site: Callable[[Types], Engine], database_url: str, tmp_path: Path, figure: Figure
) -> None:
    engine = site(FIRST)
    model, drawn = Model(engine), random.Random(3)
    while len(model.numbers) < RECORDS:
        model.write()
    total, kills, switched = 80, 0, 0
    while kills < KILLS or not switched:
        writer = threading.Thread(target=model.run)
        model.stop.clear()
        writer.start()
        first = "thing" in engine.catalog().types
        dying = drawn.randrange(1, total) if kills < KILLS else 0
        count = killed(database_url, tmp_path, first, dying)
        model.stop.set()
        writer.join()
        assert not model.errors, model.errors[0]
        kills += count == dying
        total = max(total, count + 10) if count != dying else total
        switched += model.check() != first
    figure(f"kill -9 at any statement of a change, under writes: {kills} kills, {len(model.numbers):,} records, 0 mixed, 0 writes lost")
    assert kills >= KILLS and switched

