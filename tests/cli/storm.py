"""One process of a storm: it takes, moves, gives up and takes back times over HTTP, as fast as it can, and counts the answers.

Called as `python storm.py <port> <token> <number> <attempts>`; it prints {answer: how often} as JSON.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

DAY = datetime(2027, 3, 1, 8, tzinfo=UTC)
PLACES, HOURS = 5, 8  # forty slots of an hour
HALF = timedelta(minutes=30)


class Process:
    """`mine` are the records it made, live or not, which nobody else touches."""

    def __init__(self, port: int, token: str, number: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._random = random.Random(number)
        self.mine: dict[int, bool] = {}
        self.answers: Counter[str] = Counter()

    def attempt(self) -> None:
        """One request."""
        live = [id for id, lives in self.mine.items() if lives]
        gone = [id for id, lives in self.mine.items() if not lives]
        doing = self._random.choices(("take", "move", "give", "back"), (60, 15, 15, 10))[0]
        if doing == "move" and live:
            self._ask("PATCH", f"/records/stay/{self._random.choice(live)}", {"fields": self._time()})
        elif doing == "give" and live:
            self._lives(self._random.choice(live), "DELETE", "", lives=False)
        elif doing == "back" and gone:
            self._lives(self._random.choice(gone), "POST", "/restore", lives=True)
        elif (made := self._ask("POST", "/records/stay", {"fields": self._time()})) is not None:
            self.mine[made["id"]] = True

    def _lives(self, id: int, method: str, path: str, *, lives: bool) -> None:
        if self._ask(method, f"/records/stay/{id}{path}", {} if method == "POST" else None) is not None:
            self.mine[id] = lives

    def _time(self) -> dict[str, Any]:
        start = DAY + self._random.randrange(2 * HOURS) * HALF
        end = start + self._random.randrange(1, 4) * HALF
        place = self._random.randrange(1, PLACES + 1)
        size = self._random.randrange(1, 3) if place == 1 else 1
        return {"place": place, "size": size, "starts": start.isoformat(), "ends": end.isoformat()}

    def _ask(self, method: str, path: str, body: Any) -> Any:
        """What a good answer says ({} for nothing), None for a refusal."""
        self._connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), self._headers)
        answer = self._connection.getresponse()
        wire = json.loads(answer.read() or b"{}")
        if answer.status < 400:
            self.answers[f"{method} {answer.status}"] += 1
            return wire
        codes = ",".join(sorted({one["code"] for one in wire.get("problems", [])}))
        self.answers[f"{method} {answer.status} {codes}"] += 1
        return None


def main() -> None:
    """Makes so many attempts."""
    port, number, attempts = int(sys.argv[1]), int(sys.argv[3]), int(sys.argv[4])
    process = Process(port, sys.argv[2], number)
    for _ in range(attempts):
        process.attempt()
    print(json.dumps(process.answers))


if __name__ == "__main__":
    main()
