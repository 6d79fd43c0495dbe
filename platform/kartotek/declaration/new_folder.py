"""Writes declarations into a folder that has none yet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from kartotek.declaration.files import FOLDERS, POLICIES, SUFFIXES
from kartotek.errors import SetupInvalid


def write_new(folder: Path, documents: Mapping[str, str]) -> None:
    """Writes a site's own documents into a new folder; what begins with @ is its bases', which are elsewhere.

    Raises: SetupInvalid for a name that is not one of a declaration, before anything is written.
    """
    own = {name: text for name, text in documents.items() if not name.startswith("@")}
    for name in own:
        if not _is_declaration(name):
            raise SetupInvalid(f"{name!r} is not the name of a declaration.")
    for name, text in own.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogateescape"))


def _is_declaration(name: str) -> bool:
    """Whether it is the name of a file that a site's folder may have, and leads nowhere else."""
    if name == POLICIES:
        return True
    path = PurePosixPath(name)
    known = path.parent.as_posix() == "." or name.startswith(tuple(f"{one}/" for one in FOLDERS))
    return known and path.suffix in SUFFIXES and ".." not in path.parts and not path.is_absolute() and "\0" not in name
