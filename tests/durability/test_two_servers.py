"""Two servers on one site: both serve it, one of them alone does the background work, and nothing is done twice."""

from __future__ import annotations

import random
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from figures import Figure
from lengths import rounds
from moving_books import Books
from moving_clients import Client, working
from moving_site import CLERK, fill, moving_site
from running_site import PASSWORD, kartotek, new_token, running, seconds_until

from kartotek.storage.database import Database


@pytest.mark.durability("D8")
def test_two_servers_do_nothing_twice(tmp_path: Path, database_url: str, figure: Figure) -> None:
    folder, draw, holders = moving_site(tmp_path / "site"), random.Random(8), set()
    url = "" if database_url.startswith("sqlite") else database_url
    with ExitStack() as servers:
        first = servers.enter_context(running(folder, database=url))
        options = ("--role", "clerk", "--site", folder)
        assert kartotek("user", "add", CLERK, *options, database=url, KARTOTEK_PASSWORD=PASSWORD).status == 0
        first.token = new_token(folder, url)
        second = servers.enter_context(running(folder, database=url))
        second.token = first.token
        orders = fill(first)
        clients = [Client(f"c{number}", orders, random.Random(draw.random())) for number in range(4)]
        whole = url or f"sqlite:///{folder}/data/records.db"
        with working(clients[:2], first), working(clients[2:], second):
            for _ in range(rounds(4, 30)):
                holders.add(_holders(whole))
                time.sleep(1)
        for one in clients:
            seconds_until(lambda one=one: one.settle(first), at_most=60)  # type: ignore[misc]
        seconds_until(lambda: _is_quiet(whole), at_most=120)
        assert first.stop() == 0
        status, _ = second.api("GET", "/types")
        assert status == 200, "the other one goes on"
        seconds_until(lambda: _holders(whole) != (), at_most=30)
        assert second.stop() == 0
    books, asked = Books(whole), [one for client in clients for one in client.asked]
    assert books.wrong(asked) == [] and [words for one in clients for words in one.odd] == []
    assert max(map(len, holders)) == 1, holders
    figure(f"two servers on one folder: {len(asked):,} requests, {len(books.moves):,} steps, {len(books.outbox):,} messages, 0 twice; one alone did the background work")


def _holders(url: str) -> tuple[str, ...]:
    """Who does the background work now, by name."""
    database = Database.open(url)
    try:
        with database.read() as conn:
            return tuple(row[0] for row in conn.rows("""SELECT "holder" FROM "kartotek__lease" WHERE "name" = 'background'"""))
    finally:
        database.close()


def _is_quiet(url: str) -> bool:
    books = Books(url)
    return all(row[3] is not None for row in books.timers) and all(state == "sent" for _, state in books.outbox)
