"""Killing: work in a process of its own that is ended, as by a power cut, when it is about to touch the disk."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

TOUCHING = {"os.rename", "os.link", "os.mkdir", "os.remove", "open", "sqlite3.connect", "os.rmdir", "shutil.rmtree"}


def killed_at(number: int, work: Callable[[], object]) -> bool:
    """Whether the work was killed when it was about to touch the disk for the nth time."""
    child = os.fork()
    if not child:
        left = [number]

        def count(event: str, _arguments: tuple[Any, ...]) -> None:
            if event in TOUCHING:
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        try:
            work()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])
