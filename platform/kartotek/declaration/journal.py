"""Journal: what is to become of several files, kept beside them until all of it, or nothing of it, has come about."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kartotek.declaration.reading import MAX_BYTES
from kartotek.errors import SetupInvalid

Texts = Mapping[str, str | None]  # {path within the site: text, None where there is no such file}


@dataclass(frozen=True, slots=True)
class Journal:
    """`old` and `new` name the same files."""

    old: Texts
    new: Texts

    def keep(self, path: Path) -> None:
        """Writes it down, whole or not at all, and is sure that it would survive a loss of power. Raises SetupInvalid."""
        wire = json.dumps({"old": dict(self.old), "new": dict(self.new)})
        try:
            place(path, wire.encode("ascii"))
        except OSError as error:
            raise SetupInvalid(f"{path} cannot be written: {error.strerror}.") from error

    def bring(self, root: Path, to: Texts) -> list[str]:
        """Makes the files what `to`, one side of this journal, says; those that somebody else has changed since are named."""
        foreign = []
        for name, text in to.items():
            there = read_text(root / name)
            if there not in (self.old[name], self.new[name]):
                foreign.append(name)
            elif there != text:
                put_text(root / name, text)
        return foreign

    def sweep(self, root: Path) -> None:
        """Removes what somebody who died had not finished beside these files."""
        for path in (root / name for name in self.new):
            unfinished = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}")
            for one in path.parent.iterdir() if path.parent.is_dir() else ():
                if unfinished.fullmatch(one.name):
                    one.unlink(missing_ok=True)


def kept(path: Path) -> Journal | None:
    """The journal of somebody who died; None without one. Raises SetupInvalid."""
    try:
        wire = json.loads(path.read_bytes())
        return Journal(wire["old"], wire["new"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SetupInvalid(f"{path} cannot be read. Look at the site's files, and delete it: {error}") from error


def drop(path: Path) -> None:
    """Forgets it, surely. Raises SetupInvalid."""
    try:
        path.unlink(missing_ok=True)
        _settle(path.parent)
    except OSError as error:
        raise SetupInvalid(f"{path} cannot be removed: {error.strerror}.") from error


def read_text(path: Path) -> str | None:
    """The file as the declarations are read, None where there is none. Raises SetupInvalid."""
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1).decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SetupInvalid(f"{path} cannot be read: {error.strerror}.") from error


def put_text(path: Path, text: str | None) -> None:
    """The file holds this text, or is gone, and stays so after a loss of power. Raises SetupInvalid."""
    try:
        if text is None:
            path.unlink(missing_ok=True)
            _settle(path.parent)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        place(path.resolve(), text.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise SetupInvalid(f"{path} cannot be written: {error.strerror}.") from error


def place(path: Path, content: bytes) -> None:
    """Puts a whole file into the place of another; who reads sees the old or the new one. Its mode stays."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            os.fsync(stream.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    _settle(path.parent)


def _settle(folder: Path) -> None:
    """Names are kept with the folder, which has to reach the disk as well."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
