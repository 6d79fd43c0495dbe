"""Scratch folder: where something is made ready, gone afterwards, also when somebody died over it."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kartotek.errors import SetupInvalid

UNFINISHED = ".unfinished-"
_LOCK = ".lock"  # held by whoever works in there
_ABOUT_TO = 60.0  # seconds


@contextmanager
def scratch_in(folder: Path) -> Iterator[Path]:
    """A folder that is removed afterwards, with those that others left when they died. Raises SetupInvalid."""
    made = folder / f"{UNFINISHED}{secrets.token_hex(4)}"
    try:
        _remove_left(folder)
        made.mkdir(mode=0o700)
        descriptor = os.open(made / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SetupInvalid(f"{folder} cannot be written: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(descriptor)


def _remove_left(folder: Path) -> None:
    for left in folder.glob(f"{UNFINISHED}*"):
        if left.is_dir() and not left.is_symlink() and not _is_used(left):
            shutil.rmtree(left, ignore_errors=True)


def _is_used(left: Path) -> bool:
    """Whether somebody holds its lock, or has made it so lately that he may be about to take that."""
    try:
        descriptor = os.open(left / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return time.time() - left.stat().st_mtime < _ABOUT_TO
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return False
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
