"""A process of its own that writes several files of a folder, for tests that kill it: argv are the folder and a seed."""

from __future__ import annotations

import sys
from pathlib import Path

from kartotek.declaration.folder import Folder

NAMES = ("site.yaml", "schemas/a.json", "schemas/b.json", "workflows/c.yaml", "templates/messages/d.yaml")


def texts(number: int) -> dict[str, str | None]:
    """What all files say in one state; in every other one of them is not there."""
    found: dict[str, str | None] = {name: f"number: {number}\n" for name in NAMES}
    return found | {"schemas/b.json": None} if number % 2 else found


def main() -> None:
    """Counts up for ever, saying each number before and after it is written."""
    root = Path(sys.argv[1])
    folder = Folder(root, root / "data", stands=lambda files: False)
    number = int(sys.argv[2])
    while True:
        number += 1
        with folder.written(texts(number), texts(number - 1)):
            print(f"writing {number}", flush=True)
        print(f"written {number}", flush=True)


if __name__ == "__main__":
    main()
