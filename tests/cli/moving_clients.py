"""Clients that move orders until the server is gone, note what they were told, and later ask again what they were not."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any

from moving_site import PEOPLE, TRANSITIONS
from running_site import Server

_REFUSALS = (409, 422)
_UNDECIDED = {"idempotency_key_running", "busy"}


@dataclass
class Asked:
    """A transition that was asked for under a key, which is its comment too; `answer` is None while nobody knows."""

    key: str
    order: int
    transition: str
    status: int = 0
    answer: Any = None


@dataclass
class Client:
    """Runs transitions with one thread at a time. `asked` is all that it ever asked for; `odd` are answers that must not be."""

    name: str
    orders: Sequence[int]
    draw: random.Random
    asked: list[Asked] = field(default_factory=list)
    open: list[Asked] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    again: int = 0

    def work(self, server: Server, ending: threading.Event) -> None:
        """Asks again what has no answer yet and some of what has one, then goes on with what is new."""
        try:
            self.settle(server)
            states: dict[int, str] = {}
            while not ending.is_set():
                self._move(server, states)
        except (OSError, HTTPException, ValueError):
            return  # the server is gone

    def settle(self, server: Server) -> bool:
        """Asks again what has no answer yet, and some of what has one: that must be told the same. Whether all has one."""
        for one in list(self.open):
            self.again += 1
            self._ask(server, one)
        told = [one for one in self.asked if one.status == 200]
        for one in self.draw.sample(told, min(3, len(told))):
            status, answer = self._send(server, one)
            if status != 503 and (status, answer) != (200, one.answer):
                self.odd.append(f"{one.key} was answered {one.answer}, then {status} {answer}")
        return not self.open

    def _move(self, server: Server, states: dict[int, str]) -> None:
        order = self.draw.choice(self.orders)
        if order not in states:
            states[order] = server.api("GET", f"/records/order/{order}")[1]["state"]
        possible = [
            name for name, (source, *_, who) in TRANSITIONS.items() if source == states[order] and who == PEOPLE
        ]
        asked = Asked(f"{self.name}-{len(self.asked)}", order, self.draw.choice(possible))
        self.asked.append(asked)
        self.open.append(asked)
        self._ask(server, asked)
        states.pop(order)
        if asked.status == 200 and self.draw.random() < 0.5:
            states[order] = asked.answer["state"]

    def _ask(self, server: Server, one: Asked) -> None:
        status, answer = self._send(server, one)
        codes = {problem["code"] for problem in (answer or {}).get("problems", ())}
        if status == 503 or codes & _UNDECIDED:
            return
        one.status, one.answer = status, answer
        self.open.remove(one)
        if status != 200 and status not in _REFUSALS:
            self.odd.append(f"{one.key}: {status} {answer}")

    def _send(self, server: Server, one: Asked) -> tuple[int, Any]:
        address = f"/records/order/{one.order}/transitions/{one.transition}"
        return server.api("POST", address, {"comment": one.key}, **{"Idempotency-Key": one.key})


@contextmanager
def working(clients: Sequence[Client], server: Server) -> Iterator[None]:
    """They work, each in a thread, until the server is gone, or the block has ended."""
    ending = threading.Event()
    threads = [threading.Thread(target=one.work, args=(server, ending)) for one in clients]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ending.set()
        for thread in threads:
            thread.join(timeout=60)
        assert not any(thread.is_alive() for thread in threads)
