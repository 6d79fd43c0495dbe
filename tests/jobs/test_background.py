"""The background work: each duty in its rhythm, none in the way of another, one process at a time, and a clean end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kartotek.engine.engine import Engine
from kartotek.jobs.background import Background
from kartotek.jobs.duties import Duty, Round
from kartotek.jobs.lease import Lease
from kartotek.jobs.watcher import Watcher
from kartotek.storage.database import Database


@pytest.fixture
def engine(database: Database, tmp_path: Path, clock: Any) -> Engine:
    return Engine(database, files=tmp_path, secret=b"s" * 32)


def background(engine: Engine, *duties: Duty) -> Background:
    """The background work of one process, over a folder in which nothing happens."""
    watcher = Watcher(engine, dict, applied=lambda: None, pause=lambda seconds: None)
    watcher.look()
    return Background(watcher, Lease(engine, "work"), duties)


class Count:
    """A duty's work that counts its calls and tells when there were enough."""

    def __init__(self, enough: int = 1, answers: Callable[[int], int] = lambda number: 0) -> None:
        self.number = 0
        self._enough = enough
        self._answers = answers
        self.reached = threading.Event()

    def __call__(self) -> int:
        self.number += 1
        if self.number >= self._enough:
            self.reached.set()
        return self._answers(self.number)


def test_a_duty_is_called_again_at_once_while_it_has_more_and_else_in_its_rhythm() -> None:
    now = [0.0]
    work = Count(answers=lambda number: int(number < 3))
    turn = Round(Duty("d", 5, work), monotonic=lambda: now[0])
    while turn.is_due():
        turn.go()
    assert work.number == 3
    now[0] = 4.9
    assert not turn.is_due()
    now[0] = 5.0
    assert turn.is_due()


def test_a_duty_that_fails_pauses_longer_and_longer_and_recovers() -> None:
    now = [0.0]
    broken = [True]

    def work() -> int:
        if broken[0]:
            raise RuntimeError("no")
        return 0

    turn, pauses = Round(Duty("d", 1, work), monotonic=lambda: now[0]), []
    for _ in range(12):
        with pytest.raises(RuntimeError):
            turn.go()
        start = now[0]
        while not turn.is_due():
            now[0] += 1
        pauses.append(now[0] - start)
    assert pauses[:4] == [2, 4, 8, 16] and pauses[-1] == 300
    broken[0] = False
    turn.go()
    now[0] += 1
    assert turn.is_due()


def test_a_duty_that_fails_or_waits_keeps_no_other_from_its_work(engine: Engine, caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()

    def fail() -> int:
        raise RuntimeError("broken")

    def wait() -> int:
        release.wait(30)
        return 0

    work = Count(3, answers=lambda number: 1)
    caplog.set_level(logging.CRITICAL + 1, "kartotek.background")
    running = background(engine, Duty("fails", 1, fail), Duty("waits", 1, wait, apart=True), Duty("works", 1, work))
    running.start()
    try:
        assert work.reached.wait(30)
    finally:
        release.set()
        running.stop()


def test_one_process_works_and_another_takes_over_when_it_stops(engine: Engine) -> None:
    one, other = Count(2, lambda number: 1), Count(2, lambda number: 1)
    first, second = background(engine, Duty("d", 1, one)), background(engine, Duty("d", 1, other, apart=True))
    first.start()
    assert one.reached.wait(30)
    second.start()
    assert not other.reached.wait(1) and other.number == 0
    first.stop()
    stopped = one.number
    assert other.reached.wait(30) and one.number == stopped
    second.stop()
    assert engine.hold_lease("work", "somebody else", 4)
    assert not [one for one in threading.enumerate() if one.name.startswith("kartotek")]
