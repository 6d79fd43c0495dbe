"""A server that is killed while records move loses no step that it had acknowledged, and does nothing twice.

`KARTOTEK_TEST_LONG=1 pytest tests/cli/test_crash_transitions.py -s` kills as often as the promise says.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from figures import Figure
from lengths import rounds
from moving_books import Books
from moving_clients import Asked, Client, working
from moving_site import CLERK, TIMED, fill, moving_site
from running_site import PASSWORD, Server, kartotek, new_token, running, seconds_until

from kartotek.storage.database import Database

KILLS = rounds(1, 60)
CLIENTS, SEED = 4, 3
_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
ENOUGH = 60  # answers in the first round, so that all sorts of things have happened


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """(a site's folder, the URL of its records)."""
    folder = moving_site(tmp_path / "site")
    if request.param == "postgresql":
        return folder, str(request.getfixturevalue("postgres_url"))
    return folder, f"sqlite:///{folder}/data/records.db"


@pytest.mark.durability("D1")
def test_killed_under_transitions_loses_no_step_and_repeats_no_effect(site: tuple[Path, str], figure: Figure) -> None:
    folder, url = site
    draw = random.Random(SEED)
    clients: list[Client] = []
    token, cut, said = "", Counter[str](), 0
    for number in range(KILLS):
        with _started(site, token) as (server, lines):
            token = token or _signed_up(server, site)
            clients = clients or _clients(fill(server), draw)
            with working(clients, server):
                if number == 0:
                    seconds_until(lambda: sum(one.status > 0 for one in _asked(clients)) >= ENOUGH, at_most=120)
                time.sleep(draw.uniform(0.3, 4))
                _kill(server)
        _at_rest(url)
        books = Books(url)
        assert _wrong(books, clients) == [], f"after kill {number + 1}"
        cut, said = cut + books.cut_off(_asked(clients)), said + _complaints(lines)
        if draw.random() < 0.7:
            _time_passes(url)
    _time_passes(url)
    with _started(site, token) as (server, lines):
        for one in clients:
            seconds_until(lambda one=one: one.settle(server), at_most=60)  # type: ignore[misc]
        seconds_until(lambda: _is_quiet(Books(url)), at_most=120)
        _kill(server)
    _at_rest(url)
    books = Books(url)
    assert _wrong(books, clients) == []
    _tell(url, books, clients, cut=cut, said=said + _complaints(lines))
    figure(f"kill -9 under transitions: {KILLS} kills, {len(books.moves):,} steps, 0 lost, {len(books.outbox):,} messages, none twice")
    assert len(books.moves) > 5 * KILLS and books.count("reserve") and books.count("lapse")


def _signed_up(server: Server, site: tuple[Path, str]) -> str:
    """The token of the owner; there is a clerk besides, who gets the messages."""
    folder, url = site
    options = ("--role", "clerk", "--site", folder)
    assert kartotek("user", "add", CLERK, *options, database=url, KARTOTEK_PASSWORD=PASSWORD).status == 0
    server.token = new_token(folder, url)
    return server.token


def _clients(orders: Sequence[int], draw: random.Random) -> list[Client]:
    return [Client(f"c{number}", orders, random.Random(draw.random())) for number in range(CLIENTS)]


def _wrong(books: Books, clients: Sequence[Client]) -> list[str]:
    return [*books.wrong(_asked(clients)), *(words for one in clients for words in one.odd)]


def _asked(clients: Sequence[Client]) -> list[Asked]:
    return [asked for one in clients for asked in one.asked]


@contextmanager
def _started(site: tuple[Path, str], token: str) -> Iterator[tuple[Server, list[str]]]:
    """(a server of two processes, what it says)."""
    with running(site[0], database=site[1], workers=2) as server:
        server.token = token
        stdout = server.process.stdout
        assert stdout is not None
        listener = threading.Thread(target=lambda: server.printed.extend(stdout))
        listener.start()
        try:
            yield server, server.printed
        finally:
            os.killpg(server.process.pid, signal.SIGKILL)
            listener.join(timeout=30)
            server.kill()


def _kill(server: Server) -> None:
    os.killpg(server.process.pid, signal.SIGKILL)


def _complaints(lines: Sequence[str]) -> int:
    """How often a server said that something of its own went wrong; shown where the test fails."""
    print("".join(lines[1:]), end="")
    return sum("Traceback" in line for line in lines)


def _at_rest(url: str) -> None:
    """Waits until PostgreSQL has ended what the killed server had it do."""
    if url.startswith("postgresql:"):
        with psycopg.connect(url, autocommit=True) as conn:
            seconds_until(lambda: conn.execute(_OTHERS).fetchone() == (0,), at_most=60)


def _time_passes(url: str) -> None:
    """As if the site had been down for so long that what the killed server had claimed has run out."""
    database = Database.open(url)
    try:
        with database.write() as conn:
            conn.run('DELETE FROM "kartotek__lease"')
            for table in ("kartotek__timer", "kartotek__outbox"):
                conn.run(f'UPDATE "{table}" SET "until" = NULL WHERE "done_at" IS NULL')
    finally:
        database.close()


def _is_quiet(books: Books) -> bool:
    """Whether all timers have run and all messages have arrived."""
    return all(row[3] is not None for row in books.timers) and all(state == "sent" for _, state in books.outbox)


def _tell(url: str, books: Books, clients: Sequence[Client], *, cut: Counter[str], said: int) -> None:
    asked = _asked(clients)
    statuses = Counter(one.status for one in asked)
    run = Counter(one.transition for one in books.moves)
    timed = sum(run[name] for name in TIMED.values())
    print(
        f"\n{url.partition(':')[0]}: {KILLS} kills; {len(asked)} requests, answers {dict(statuses)}, cut off {dict(cut)}, "
        f"{sum(one.again for one in clients)} asked again; {len(books.moves)} transitions ({timed} by timers) {dict(run)}, "
        f"{len(books.entries)} entries, {len(books.outbox)} messages; {said} complaints"
    )
