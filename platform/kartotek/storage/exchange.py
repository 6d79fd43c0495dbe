"""Exchange: a site's data replaced as a whole. Once it is decided, whoever opens the site next completes it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from kartotek.errors import SetupInvalid
from kartotek.storage.blobs import sync

_JOURNAL = "exchange.json"
_LOCK = "in-use.lock"


@dataclass(frozen=True, slots=True)
class Move:
    """What is at `place` goes to `aside`, which nobody has, and what is at `new` comes in; no `new` leaves the place empty."""

    place: str
    aside: str
    new: str = ""


def use(data: Path) -> int:
    """Says that the data are in use until the descriptor given is closed, or the process ends. Raises SetupInvalid.

    An exchange that somebody began and did not live to complete is completed first.
    """
    descriptor = _open(data)
    with ExitStack() as undoing:
        undoing.callback(os.close, descriptor)
        if (data / _JOURNAL).exists():
            _lock(descriptor, fcntl.LOCK_EX, data)
            _complete(data / _JOURNAL)
        _lock(descriptor, fcntl.LOCK_SH, data)
        undoing.pop_all()
    return descriptor


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Keeps all others from the data. Raises SetupInvalid where somebody uses them."""
    descriptor = _open(data)
    try:
        _lock(descriptor, fcntl.LOCK_EX, data)
        _complete(data / _JOURNAL)
        yield
    finally:
        os.close(descriptor)


def exchange(data: Path, moves: Sequence[Move]) -> None:
    """Makes all moves, in their order, or none; needs `alone`. What is new has to be on the disk already."""
    journal = data / _JOURNAL
    unfinished = journal.with_name(f".{_JOURNAL}")
    with unfinished.open("w", encoding="utf-8") as stream:
        json.dump([asdict(one) for one in moves], stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(unfinished, journal)  # from here on it is decided
    sync(data)
    _complete(journal)


def _complete(journal: Path) -> None:
    """Does what is left of the moves: each shows by itself how far it has come."""
    try:
        moves = [Move(**one) for one in json.loads(journal.read_text(encoding="utf-8"))]
    except FileNotFoundError:
        return
    for one in moves:
        place, aside, new = Path(one.place), Path(one.aside), Path(one.new) if one.new else None
        if new is not None and not new.exists():
            continue
        if place.exists():
            aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.replace(place, aside)
        if new is not None:
            os.replace(new, place)
    for folder in {Path(path).parent for one in moves for path in (one.place, one.aside) if Path(path).parent.is_dir()}:
        sync(folder)
    journal.unlink()


def _open(data: Path) -> int:
    try:
        return os.open(data / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise SetupInvalid(f"{data} cannot be written: {error.strerror}.") from error


def _lock(descriptor: int, how: int, data: Path) -> None:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError as exc:
        whom = "is in use: stop its server and its workers" if how == fcntl.LOCK_EX else "is being restored: wait until that is done"
        raise SetupInvalid(f"The site in {data.parent} {whom}.") from exc
