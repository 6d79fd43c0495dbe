"""Secrets: read from the files in a site's secrets folder when they are needed, and given only to whom they are for."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from kartotek.engine.outgoing import Outcome

_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_OURS = frozenset({"secret.key", "master.key"})  # what sessions are signed and values encrypted with is for nobody else
_LONGEST = 4096


class SecretFiles:
    """`folder` holds a file for each secret; in `pins` stands to whom each was first given.

    An address that is changed in site.yaml does not get what was another's: a secret belongs to the origin it was first
    used for, until the file's content changes or somebody deletes its pin.
    """

    def __init__(self, folder: Path, pins: Path) -> None:
        self._folder = folder
        self._pins = pins

    def read(self, name: str, origin: str) -> str | Outcome:
        """The secret for this origin (scheme://host:port); what is wrong, if it is missing or belongs to another."""
        text = self._text(name)
        if not text:
            return Outcome("no_secret", {"name": name}, again=True, is_of_the_way=True)
        mark = hashlib.sha256(text.encode()).hexdigest()[:16]
        pinned = self._pinned(name)
        if pinned is not None and pinned[0] == mark and pinned[1] != origin:
            return Outcome("secret_of_other", {"name": name, "known": pinned[1]}, again=True, is_of_the_way=True)
        if pinned != (mark, origin):
            self._pin(name, mark, origin)
        return text

    def _text(self, name: str) -> str:
        if not _NAME.fullmatch(name) or name in _OURS:
            return ""
        try:
            with (self._folder / name).open("rb") as stream:
                return stream.read(_LONGEST).decode("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def _pinned(self, name: str) -> tuple[str, str] | None:
        try:
            mark, _, origin = (self._pins / name).read_text(encoding="utf-8").strip().partition(" ")
        except OSError:
            return None
        return mark, origin

    def _pin(self, name: str, mark: str, origin: str) -> None:
        self._pins.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._pins / f".{name}.{os.getpid()}"
        unfinished.write_text(f"{mark} {origin}\n", encoding="utf-8")
        unfinished.replace(self._pins / name)
