"""What a database holds of a moving site, and all that does not go together in it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from moving_clients import Asked
from moving_site import CREDIT, TIMED, TRANSITIONS

from kartotek.storage import occupancy
from kartotek.storage.connection import Connection
from kartotek.storage.database import Database
from kartotek.storage.layout import INSTANT

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Step:
    """One row of an order's history."""

    order: int
    version: int
    action: str
    transition: str
    was: str | None
    now: str | None
    comment: str


class Books:
    """Read at one go from a database that nobody writes to."""

    def __init__(self, url: str) -> None:
        database = Database.open(url)
        try:
            with database.read() as conn:
                self._read(conn)
        finally:
            database.close()

    def _read(self, conn: Connection) -> None:
        history = (
            'SELECT "record_id", "version", "action", "transition", "state_was", "state_now", "comment" '
            """FROM "kartotek__history" WHERE "type" = ? ORDER BY "record_id", "version", "id" """
        )
        instant = conn.dialect.decoder(INSTANT)
        self.steps = [
            Step(id, version, action, transition or "", was, now, comment or "")
            for id, version, action, transition, was, now, comment in conn.rows(history, ("order",))
        ]
        self.others = {name: Counter(_pair(row) for row in conn.rows(history, (name,))) for name in ("entry", "account", "parcel")}
        self.orders = {row[0]: row for row in conn.rows(
            'SELECT "id", "state", "status", "version", "steps", "amount", "account", "parcel", "starts", "ends" FROM "order"')}
        self.entries = conn.rows('SELECT "id", "account", "change", "by_order", "step", "what" FROM "entry"')
        self.accounts = conn.rows('SELECT "id", "remaining", "moves", "version" FROM "account"')
        self.parcels = {row[0]: row[1:] for row in conn.rows('SELECT "id", "state", "turns", "version" FROM "parcel"')}
        self.taken = sorted((row.record_id, row.start, row.end) for some in occupancy.by_key(conn, ["order:slot"]) for row in some)
        self.wanted = sorted((row[0], instant(row[8]), instant(row[9])) for row in self.orders.values() if row[1] in TIMED)
        self.outbox = conn.rows('SELECT "key", "state" FROM "kartotek__outbox"')
        self.inbox = conn.rows('SELECT "key" FROM "kartotek__inbox"')
        self.timers = conn.rows('SELECT "key", "record_id", "name", "done_at", "error" FROM "kartotek__timer" WHERE "type" = ?', ("order",))
        self.keys = conn.rows('SELECT "key", "answer" FROM "kartotek__idempotency"')

    @cached_property
    def moves(self) -> Sequence[Step]:
        """All transitions of orders."""
        return [one for one in self.steps if one.action == "transition"]

    def count(self, transition: str) -> int:
        """How often it was run."""
        return sum(one.transition == transition for one in self.moves)

    def cut_off(self, asked: Sequence[Asked]) -> Counter[str]:
        """How many of those that have no answer were run all the same, and how many were not."""
        done = {one.comment for one in self.moves}
        return Counter("run" if one.key in done else "not run" for one in asked if not one.status)

    def wrong(self, asked: Sequence[Asked]) -> list[str]:
        """What does not go together, in words."""
        checks = (self._answers(asked), self._orders(), self._entries(), self._related(), self._sent(), self._timers())
        return [words for check in checks for words in check]

    def _answers(self, asked: Sequence[Asked]) -> Iterator[str]:
        done: dict[str, list[Step]] = defaultdict(list)
        for step in self.moves:
            if step.comment:
                done[step.comment].append(step)
        for one in asked:
            found = [(step.order, step.transition, step.version, step.now) for step in done.pop(one.key, [])]
            told = [(one.order, one.transition, one.answer["version"], one.answer["state"])] if one.status == 200 else []
            if found != told and (one.status or len(found) > 1):
                yield f"{one.key} was told {one.status} {told}, done is {found}"
        yield from (f"nobody asked for {one}" for one in done)
        kept = sorted(key for key, answer in self.keys if answer is not None)
        if kept != sorted(step.comment for step in self.moves if step.comment) or len(kept) != len(self.keys):
            yield "the answers that are kept are not those to the transitions that were run"

    def _orders(self) -> Iterator[str]:
        rows: dict[int, list[Step]] = defaultdict(list)
        for step in self.steps:
            rows[step.order].append(step)
        for id, (_, state, status, version, steps, *_) in self.orders.items():
            own = rows[id]
            if [one.version for one in own] != list(range(1, version + 1)) or steps != version - 1:
                yield f"order {id}: version {version}, {steps} steps, history {[one.version for one in own]}"
            if not state == status == own[-1].now:
                yield f"order {id}: state {state}, status {status}, in history {own[-1].now}"
            for before, after in zip(own, own[1:], strict=False):
                if (before.now, after.was, after.now) != (after.was, *TRANSITIONS[after.transition][:2]):
                    yield f"order {id}: {after} after {before}"
        if self.taken != self.wanted:
            yield f"taken are {set(self.taken) ^ set(self.wanted)} too much or too little, or twice"

    def _entries(self) -> Iterator[str]:
        expected: Counter[Row] = Counter(
            (self.orders[one.order][6], TRANSITIONS[one.transition][2] * self.orders[one.order][5], one.order, one.version - 1, one.transition)
            for one in self.moves
        )
        expected.update((id, CREDIT, None, None, None) for id, *_ in self.accounts)
        found = Counter(row[1:] for row in self.entries)
        if found != expected:
            yield f"entries too many {found - expected}, missing {expected - found}"
        if self.others["entry"] != Counter((row[0], "create") for row in self.entries):
            yield "the histories of entries tell something else"

    def _related(self) -> Iterator[str]:
        for id, remaining, moves, version in self.accounts:
            summed = sum(row[2] for row in self.entries if row[1] == id)
            if remaining != summed or remaining < 0:
                yield f"account {id}: {remaining} remain, the entries say {summed}"
            expected = sum(self.orders[one.order][6] == id for one in self.moves)
            if {moves, version - 1, self.others["account"][id, "update"]} != {expected}:
                yield f"account {id}: {moves} moves, version {version}, expected {expected}"
        turns = Counter(self.orders[one.order][7] for one in self.moves if TRANSITIONS[one.transition][3])
        for order in self.orders.values():
            state, counted, version = self.parcels[order[7]]
            if {counted, version - 1, self.others["parcel"][order[7], "transition"]} != {turns[order[7]]}:
                yield f"parcel {order[7]}: {counted} turns, version {version}, expected {turns[order[7]]}"
            if (state == "taken") != (order[1] in TIMED):
                yield f"parcel {order[7]} is {state}, its order {order[1]}"

    def _sent(self) -> Iterator[str]:
        found = Counter((int(key.split("/")[1]), int(key.split("/")[2])) for key, _ in self.outbox)
        expected = Counter((one.order, one.version) for one in self.moves)
        if found != expected:
            yield f"messages too many {found - expected}, missing {expected - found}"
        if {state for _, state in self.outbox} - {"sent", "waiting"}:
            yield f"messages are {Counter(state for _, state in self.outbox)}"
        if sorted(key for key, state in self.outbox if state == "sent") != sorted(key for (key,) in self.inbox):
            yield "the inbox holds other messages than were sent"

    def _timers(self) -> Iterator[str]:
        waiting: Mapping[int, list[str]] = defaultdict(list)
        for key, id, _, done_at, error in self.timers:
            if done_at is None:
                waiting[id].append(key)
            if error is not None:
                yield f"timer {key} failed: {error}"
        entered, fired = dict[int, int](), Counter[tuple[int, int]]()
        for one in self.steps:
            if one.action == "create" or one.was != one.now:
                entered[one.order] = one.version
            elif fired.update([(one.order, entered[one.order])]) or fired[one.order, entered[one.order]] > 1:
                yield f"reminded twice: {one}"
        for id, (_, state, *_) in self.orders.items():
            due = state in TIMED and not fired[id, entered[id]]
            expected = [f"order/{id}/transition.{TIMED[state]}/{entered[id]}"] if due else []
            if waiting[id] != expected:
                yield f"order {id} in {state} waits for {waiting[id]}, not for {expected}"


def _pair(row: Row) -> tuple[int, str]:
    return row[0], row[2]
