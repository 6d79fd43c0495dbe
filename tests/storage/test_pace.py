"""Pace: how fast each may go, for threads and processes together."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kartotek.storage.pace import Pace


class Clock:
    """A clock that stands until it is moved."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def made(folder: Path, clock: Clock) -> Pace:
    return Pace(folder / "pace", b"secret", clock)


def test_a_minutes_allowance_may_be_used_at_once_and_grows_back(tmp_path: Path, clock: Clock) -> None:
    pace = made(tmp_path, clock)
    assert [pace.wait("a", 60) for _ in range(62)] == [0.0] * 60 + [pytest.approx(1.0)] * 2
    clock.now += 10
    assert [pace.wait("a", 60) == 0.0 for _ in range(11)] == [True] * 10 + [False]
    clock.now += 3600
    assert sum(pace.wait("a", 60) == 0.0 for _ in range(100)) == 60
    assert pace.wait("b", 60) == 0.0, "another sender has an allowance of his own"
    assert [pace.wait("c", 0) for _ in range(1000)] == [0.0] * 1000, "no limit"


def test_a_clock_that_is_put_back_keeps_nobody_waiting(tmp_path: Path, clock: Clock) -> None:
    pace = made(tmp_path, clock)
    assert sum(pace.wait("a", 10) == 0.0 for _ in range(20)) == 10
    clock.now -= 86_400
    assert pace.wait("a", 10) == 0.0


def test_threads_count_together(tmp_path: Path, clock: Clock) -> None:
    pace = made(tmp_path, clock)
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: pace.wait("a", 500) == 0.0, range(1200))) == 500


def _count(pace: Pace, times: int, found: object) -> None:
    found.put(sum(pace.wait("a", 1000) == 0.0 for _ in range(times)))  # type: ignore[attr-defined]


def test_processes_count_together_before_and_after_a_fork(tmp_path: Path, clock: Clock) -> None:
    context = multiprocessing.get_context("fork")
    shared, found = made(tmp_path, clock), context.Queue()
    assert shared.wait("a", 1000) == 0.0, "it was open before the fork"
    others = [shared, made(tmp_path, clock), shared]
    at_work = [context.Process(target=_count, args=(one, 500, found)) for one in others]
    for one in at_work:
        one.start()
    counted = sum(found.get(timeout=20) for _ in at_work)
    for one in at_work:
        one.join(20)
    assert counted == 999


def test_a_flood_of_senders_takes_no_more_room_and_lets_the_busy_wait(tmp_path: Path, clock: Clock) -> None:
    pace = made(tmp_path, clock)
    assert [pace.wait("busy", 5) == 0.0 for _ in range(6)] == [True] * 5 + [False]
    for number in range(20_000):
        pace.wait(f"sender {number}", 100)
    assert pace.wait("busy", 5) > 0, "the slot of whoever has used up least makes room"
    assert (tmp_path / "pace").stat().st_size == 1 << 20


def test_a_request_costs_microseconds(tmp_path: Path) -> None:
    pace = Pace(tmp_path / "pace", b"secret")
    pace.wait("a", 0)
    start = time.process_time()
    for number in range(2000):
        pace.wait(f"token:{number % 7}", 1_000_000)
    each = (time.process_time() - start) / 2000
    print(f"{each * 1e6:.1f} microseconds each")
    assert each < 0.0001


def test_a_file_that_was_damaged_is_no_reason_to_refuse(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "pace").write_bytes(b"\xff" * (1 << 20))
    assert made(tmp_path, clock).wait("a", 10) == 0.0
