"""Reads a site's folder into documents; the only file of this package that touches a disk besides the meta-schemas."""

from __future__ import annotations

from pathlib import Path

from kartotek.declaration.reading import MAX_BYTES
from kartotek.errors import SetupInvalid

FOLDERS = ("schemas", "workflows", "templates/messages")
SETTINGS = "site.yaml"
SUFFIXES = (".json", ".yaml", ".yml")


def read_folder(folder: str | Path) -> dict[str, str]:
    """{path within the site, with slashes: text}; bytes that are not UTF-8 stay visible to `load` as lone surrogates.

    Reads of each file no more than it takes to see that it is too large. Passes over hidden files and other suffixes.
    Raises: SetupInvalid where there is no such folder, or where a file cannot be read.
    """
    root = Path(folder)
    if not root.is_dir():
        raise SetupInvalid(f"There is no folder {root}.")
    names = sorted([*_site_files(root), *(path for name in FOLDERS for path in _declarations(root / name))])
    return {_name(path.relative_to(root)): _text(path) for path in names}


def _site_files(root: Path) -> list[Path]:
    return [path for suffix in SUFFIXES if (path := root / f"site{suffix}").is_file()]


def _declarations(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    found = (path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    return [path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts)]


def _name(path: Path) -> str:
    """A file name need not be UTF-8, but what is said of it must be."""
    return path.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1).decode("utf-8", "surrogateescape")
    except OSError as error:
        raise SetupInvalid(f"{path} cannot be read: {error.strerror}.") from error
