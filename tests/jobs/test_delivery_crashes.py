"""Kill -9: workers that die between sending and writing it down lose no webhook, and a receiver can tell repetitions.

KARTOTEK_TEST_LONG=1 kills as often as the promise says.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from figures import Figure  # noqa: E402
from lengths import rounds  # noqa: E402
from listeners import web  # noqa: E402 - found through the line above, as importmode=importlib wants it
from outbox_site import CLERK, OWNER, SITE, documents  # noqa: E402

from kartotek.engine.engine import Engine  # noqa: E402
from kartotek.model.actor import Actor  # noqa: E402
from kartotek.storage.database import Database  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
KILLS = rounds(2, 100)
WEBHOOKS = 6 * KILLS
_RANDOM = random.Random(7)


def _site(port: int) -> str:
    head = SITE.partition("endpoints:")[0]
    return f'{head}endpoints:\n  books: {{url: "http://127.0.0.1:{port}/", secret: books, role: clerk, private: true}}\n  bare: {{url: "https://bare.example.org/", secret: books}}\n'


@pytest.mark.durability("D10")
def test_every_webhook_arrives_whoever_is_killed_and_when(database_url: str, tmp_path: Path, figure: Figure) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "books").write_text("the key of the books")

    def slowly(path: str, body: bytes) -> tuple[int, dict[str, str]]:
        time.sleep(_RANDOM.random() * 0.03)
        return 204, {}

    with web(slowly) as heard:
        engine = Engine(Database.open(database_url), files=tmp_path / "files", secret=b"s" * 32)
        try:
            report = engine.apply_documents(documents(site=_site(heard.port)), by=Actor.system("test"), reason="test")
            assert not report.problems, report.problems
            person = engine.create(CLERK, "person", {"name": "Ann", "email": "ann@example.org"})["id"]
            for number in range(WEBHOOKS):
                order = engine.create(CLERK, "order", {"number": str(number), "person": person})["id"]
                engine.processes.run(CLERK, "order", order, "finish")
            for row in _waiting(engine, "mail") + _waiting(engine, "text"):
                engine.outbox.drop(OWNER, row)
            for _ in range(KILLS):
                _killed(database_url, tmp_path, after=0.05 + _RANDOM.random() * 0.6)
            _until_nothing_waits(engine, database_url, tmp_path)
            counts = engine.outbox.counts(OWNER)
            ids = [headers["webhook-id"] for _, headers, _ in heard.requests]
        finally:
            engine.close()
    figure(f"kill -9 between sending and writing it down: {KILLS} kills, {WEBHOOKS} due, {WEBHOOKS - len(set(ids))} lost, {len(ids) - len(set(ids))} told again under their key")
    assert counts["sent"] == len(set(ids)) == WEBHOOKS, (counts, len(ids))  # each at least once …
    assert len(ids) - len(set(ids)) <= 2 * KILLS  # … and twice only where somebody died between sending and writing it down
    for _, headers, body in heard.requests:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        wanted = base64.b64encode(hmac.new(b"the key of the books", signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{wanted}"
        assert abs(int(headers["webhook-timestamp"]) - datetime.now(UTC).timestamp()) < 3600


def _waiting(engine: Engine, channel: str) -> list[int]:
    found, cursor = [], ""
    while True:
        page = engine.outbox.listing(OWNER, states=["waiting"], cursor=cursor, limit=500)
        found += [one["id"] for one in page.items if one.get("channel") == channel]
        if page.next is None:
            return found
        cursor = page.next


def _worker(url: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, str(ROOT / "tests" / "delivery_worker.py"), url, str(folder)]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
    return worker


def _killed(url: str, folder: Path, *, after: float) -> None:
    with _worker(url, folder) as worker:
        time.sleep(after)
        worker.kill()


def _until_nothing_waits(engine: Engine, url: str, folder: Path) -> None:
    with _worker(url, folder) as worker:
        end = time.monotonic() + 120 + WEBHOOKS
        while engine.outbox.counts(OWNER).get("waiting") and time.monotonic() < end:
            time.sleep(0.2)
        worker.kill()
