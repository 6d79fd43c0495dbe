"""Measures get, list, create, update and transitions over HTTP against a server of its own on 127.0.0.1, and prints the numbers.

Run `make bench`, or `python bench/measure.py --seconds 5 --clients 4 --workers 2`. It makes a site in a temporary folder and
takes about half a minute; KARTOTEK_DATABASE measures another database, which must be empty.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FIELDS = 20
RECORDS = 2000
Call = tuple[str, str, Any]


@dataclass
class Measured:
    """Seconds of every call of one kind, and how many were refused."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0

    def told(self, name: str, elapsed: float) -> str:
        """One line of the table."""
        ordered = sorted(self.seconds) or [0.0]
        middle, late = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
        rate = len(self.seconds) / elapsed
        return f"{name:22}{rate:10.0f}/s{middle * 1000:10.2f} ms{late * 1000:10.2f} ms{self.refused:8}"


WORKFLOW = """\
record: item
field: stage
initial: waiting
states:
  waiting: {title: Waiting, color: grey}
  closed: {title: Closed, color: green}
  gone: {title: Gone, final: true}
transitions:
  close:
    title: Close
    from: waiting
    to: closed
    roles: [owner]
    guard: "record.price >= 0.00"
    do: [{set: {text_0: "='closed ' + record.name"}}]
  reopen: {title: Reopen, from: closed, to: waiting, roles: [owner]}
  drop: {title: Drop, from: [waiting, closed], to: gone, roles: [owner]}
"""


def declaration() -> dict[str, Any]:
    """A type of twenty fields of several kinds."""
    texts = {
        f"text_{number}": {"type": "string", "title": f"Text {number}", "maxLength": 80} for number in range(FIELDS - 6)
    }
    others: dict[str, Any] = {
        "name": {"type": "string", "title": "Name", "maxLength": 80},
        "price": {"type": "string", "format": "decimal", "title": "Price", "x-field": {"precision": 10, "scale": 2}},
        "count": {"type": "integer", "title": "Count"},
        "total": {
            "type": "string",
            "format": "decimal",
            "readOnly": True,
            "title": "Total",
            "x-field": {"precision": 16, "scale": 2, "compute": "record.price * record.count", "stored": True},
        },
        "on": {"type": "string", "format": "date", "title": "On", "x-field": {"index": True}},
        "open": {"type": "boolean", "default": True, "title": "Open"},
    }
    return {
        "title": "Item",
        "type": "object",
        "required": ["name"],
        "properties": {**others, **texts},
        "x-record": {"titleTemplate": "{name}", "list": ["name", "price", "on"], "search": ["name"], "sort": ["name"]},
    }


def fields(number: int) -> dict[str, Any]:
    """The values of one record."""
    texts = {f"text_{one}": f"text {number} {one}" for one in range(FIELDS - 6)}
    return {
        "name": f"Item {number:06d}",
        "price": f"{number % 900}.50",
        "count": number % 7 + 1,
        "on": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
        **texts,
    }


class Client:
    """One connection that is kept open."""

    def __init__(self, port: int, token: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """(status, JSON)."""
        self._connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        raw = answer.read()
        return answer.status, json.loads(raw) if raw else None


@contextmanager
def server(workers: int) -> Iterator[tuple[int, str]]:
    """(port, token) of a server over a new site."""
    with tempfile.TemporaryDirectory(prefix="kartotek-bench") as folder:
        site = Path(folder)
        (site / "schemas").mkdir()
        (site / "site.yaml").write_text("name: Bench\n")
        (site / "schemas" / "item.json").write_text(json.dumps(declaration()))
        (site / "workflows").mkdir()
        (site / "workflows" / "item.yaml").write_text(WORKFLOW)
        command = [sys.executable, "-m", "kartotek"]
        environment = {**os.environ, "KARTOTEK_OWNER_PASSWORD": "only for this run", "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(
            [*command, "run", "--site", folder, "--host", "127.0.0.1", "--port", "0", "--workers", str(workers)],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            port = next(
                int(found[1]) for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:(\d+)", line))
            )
            token = subprocess.run(
                [*command, "token", "add", "bench", "--site", folder],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
            yield port, token
        finally:
            process.terminate()
            process.wait(timeout=20)


def measure(
    make_client: Callable[[], Client], calls: Callable[[int], Call], *, clients: int, seconds: float
) -> Measured:
    """All clients call at once until the time is over; `calls` gives the n-th call."""
    total, numbers, lock = Measured(), iter(range(10**9)), threading.Lock()
    ends = time.monotonic() + seconds

    def work() -> None:
        client = make_client()
        while time.monotonic() < ends:
            with lock:
                number = next(numbers)
            began = time.perf_counter()
            status, _ = client.call(*calls(number))
            total.seconds.append(time.perf_counter() - began)
            total.refused += status >= 400

    threads = [threading.Thread(target=work) for _ in range(clients)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return total


def kinds_of_call(first: int) -> dict[str, Callable[[int], Call]]:
    """{name: n → call}; `first` is the id of the first record."""
    return {
        "get": lambda n: ("GET", f"/records/item/{first + n * 7 % RECORDS}", None),
        "list of 50": lambda n: ("GET", "/records/item?limit=50", None),
        "list, filter": lambda n: (
            "GET",
            f"/records/item?limit=50&count[gte]=3&sort=-on&price[lt]={n % 800 + 50}",
            None,
        ),
        "search": lambda n: ("GET", f"/records/item?limit=20&search={n % RECORDS:06d}", None),
        "create": lambda n: ("POST", "/records/item", {"fields": fields(RECORDS + n)}),
        "update": lambda n: ("PATCH", f"/records/item/{first + n * 7 % RECORDS}", {"fields": {"count": n % 9}}),
        "transition": lambda n: ("POST", f"/records/item/{first + n * 7 % RECORDS}/transitions/{way(n)}", {}),
        "what can be done": lambda n: ("GET", f"/records/item/{first + n * 7 % RECORDS}/transitions", None),
    }


def way(number: int) -> str:
    """The transition that is open: each record has its turn once before any has it again."""
    return "reopen" if number // RECORDS % 2 else "close"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=3)
    options.add_argument("--clients", type=int, default=4)
    options.add_argument("--workers", type=int, default=2)
    chosen = options.parse_args()
    with server(chosen.workers) as (port, token):
        client = Client(port, token)
        began, first = time.monotonic(), 0
        for start in range(0, RECORDS, 1000):
            status, answer = client.call(
                "POST", "/records/item/bulk", {"records": [{"fields": fields(start + one)} for one in range(1000)]}
            )
            assert status < 300, answer
            first = first or client.call("GET", "/records/item?limit=1&sort=name&fields=name")[1]["items"][0]["id"]
        print(f"bulk: {RECORDS / (time.monotonic() - began):.0f} records/s")
        print(f"{'':22}{'rate':>12}{'middle':>13}{'99 of 100':>13}{'refused':>8}")
        for name, calls in kinds_of_call(first).items():
            found = measure(lambda: Client(port, token), calls, clients=chosen.clients, seconds=chosen.seconds)
            print(found.told(name, chosen.seconds), flush=True)


if __name__ == "__main__":
    main()
