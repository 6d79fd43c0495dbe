"""Audit heads: what the last entry was at some moment, kept outside of the chain: only this can tell that its end was cut off.

The newest of each day stand in a file beside the database, under macs; backups hold one, and others are sent away.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kartotek.model.audit import AuditHead

FILE = "heads"
_LINE = re.compile(r"(\S+) (\d+) ([0-9a-f]{64})(?: ([0-9a-f]{64}))?")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head that somebody knows: `where` it stands, for people, and since when."""

    seq: int
    mac: str
    where: str = "somebody"
    at: datetime | None = None

    @property
    def said(self) -> str:
        """When it was the head."""
        return self.at.isoformat(timespec="seconds") if self.at is not None else "some day"


def text_of(head: AuditHead, at: datetime) -> str:
    """A head as one line, to be sent and to be given back."""
    return f"{at.isoformat(timespec='seconds')} {head.seq} {head.mac}"


def anchors_in(text: str, where: str) -> list[Anchor]:
    """The heads in a text, one a line, among whatever else stands there."""
    found = (_LINE.search(line) for line in text.splitlines())
    return [Anchor(int(one[2]), one[3], where, _instant(one[1])) for one in found if one]


def kept(folder: Path, key: bytes) -> tuple[list[Anchor], bool]:
    """(the heads in the file beside the database, whether it was changed by somebody else)."""
    lines = _lines(folder / FILE)
    parts = [_LINE.fullmatch(line) for line in lines]
    whole = all(one is not None and one[4] == _seal(key, one) for one in parts)
    return [Anchor(int(one[2]), one[3], f"the file {FILE}", _instant(one[1])) for one in parts if one], not whole


def keep(folder: Path, key: bytes, head: AuditHead, at: datetime) -> None:
    """Writes the head down, in the place of an earlier one of the same day."""
    line = _LINE.fullmatch(text_of(head, at))
    if line is None:
        return  # nothing was ever written
    day = line[1][:10]
    _write(folder / FILE, [*(one for one in _lines(folder / FILE) if one[:10] != day), f"{line[0]} {_seal(key, line)}"])


def forget(folder: Path, through: int) -> None:
    """Drops those of entries that were removed when their time was over."""
    lines = _lines(folder / FILE)
    found = [(_LINE.fullmatch(one), one) for one in lines]
    left = [one for part, one in found if part is None or int(part[2]) > through]
    if left != lines:
        _write(folder / FILE, left)


def _seal(key: bytes, line: re.Match[str]) -> str:
    return hmac.digest(key, f"head {line[1]} {line[2]} {line[3]}".encode(), "sha256").hex()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _write(path: Path, lines: Iterable[str]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
        stream.write("".join(f"{one}\n" for one in lines))
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(path)


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
