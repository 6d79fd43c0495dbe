"""A worker that does nothing but deliver, to be killed: delivery_worker.py DATABASE FOLDER."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from kartotek.engine.engine import Engine
from kartotek.jobs.delivery import Delivery
from kartotek.jobs.secret_files import SecretFiles
from kartotek.storage.database import Database

SECONDS = 1.5  # a claim's; short, because its holders are killed


def main(url: str, folder: Path) -> None:
    """Delivers until it is killed."""
    engine = Engine(Database.open(url), files=folder / "files", secret=b"s" * 32)
    carriers = Delivery(engine, SecretFiles(folder / "secrets", folder / "pins")).carriers
    print("ready", flush=True)
    while True:
        if not engine.outbox.deliver(carriers, 6, seconds=SECONDS):
            time.sleep(0.05)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
