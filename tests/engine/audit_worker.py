"""A process that makes records and looks at them, and says of each that it was answered, until it is killed."""

from __future__ import annotations

import sys
from pathlib import Path

from neutral_site import CLERK

from kartotek.engine.engine import Engine
from kartotek.storage.database import Database


def main(url: str, files: str) -> None:
    """Works for ever."""
    engine = Engine(Database.open(url), files=Path(files), secret=b"s" * 32)
    while True:
        id = engine.create(CLERK, "item", {"name": "Pen", "price": "1.00"})["id"]
        sys.stdout.write(f"made {id}\n")
        sys.stdout.flush()
        engine.audit.saw(CLERK, "item", [id], ["name"])
        sys.stdout.write(f"seen {id}\n")
        sys.stdout.flush()


main(*sys.argv[1:])
