"""Reads a site's folder into documents, and those of the bases it extends; shipped.py finds where these are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kartotek.declaration.folder_names import base_mark
from kartotek.declaration.reading import MAX_BYTES, read
from kartotek.declaration.shipped import folder_of, unknown
from kartotek.errors import SetupInvalid

FOLDERS = ("schemas", "workflows", "templates/messages")
POLICIES = "tests/access.yaml"  # of that folder this file alone
SETTINGS = "site.yaml"
SUFFIXES = (".json", ".yaml", ".yml")
_MOST_BASES = 8


def read_folder(folder: str | Path) -> dict[str, str]:
    """{path within the site, with slashes: text}, with the documents of its base under @base/, and so on.

    Raises: SetupInvalid where there is no such folder, or where a file cannot be read.
    """
    return with_bases(folder, read_own(folder))


def with_bases(folder: str | Path, own: Mapping[str, str]) -> dict[str, str]:
    """The site's own documents as given, and those of the bases that its site.yaml as given leads to.

    Where a base cannot be had, the document @base alone says why. Raises SetupInvalid where a file cannot be read.
    """
    found, prefix, chain = dict(own), "", [Path(folder)]
    while extends := extended(own):
        mark = prefix + base_mark(extends)
        base = folder_of(extends, chain[-1])
        reason = _refused(base, extends, chain)
        if base is None or reason:
            return found | {mark: reason}
        own = read_own(base)
        prefix = f"{mark}/"
        found |= {prefix + name: text for name, text in own.items()}
        chain.append(base)
    return found


def layer_folders(folder: str | Path) -> list[Path]:
    """The site's folder and those of its bases, the nearest first."""
    found = [Path(folder)]
    while (extends := _extends_on_disk(found[-1])) and (base := folder_of(extends, found[-1])) and not _refused(base, extends, found):
        found.append(base)
    return found


def extended(own: Mapping[str, str]) -> str:
    """What the site.yaml among a site's own documents extends, or ""."""
    document = read(SETTINGS, own[SETTINGS])[0] if SETTINGS in own else None
    value = document.value.get("extends") if document is not None and isinstance(document.value, dict) else None
    return value if isinstance(value, str) else ""


def _extends_on_disk(folder: Path) -> str:
    return extended({SETTINGS: _text(folder / SETTINGS)}) if (folder / SETTINGS).is_file() else ""


def _refused(base: Path | None, extends: str, chain: list[Path]) -> str:
    """Why the folder cannot be a base of those in the chain, or ""."""
    if base is None:
        return unknown(extends)
    if not (base / SETTINGS).is_file():
        return f"'{extends}' is not a site: there is no {SETTINGS} in {base.resolve()}."
    if base.resolve() in [one.resolve() for one in chain]:
        return f"'{extends}' leads back to {base.resolve()}: a site cannot extend itself."
    return "Bases stand on bases here, more than 8 of them." if len(chain) > _MOST_BASES else ""


def read_own(folder: str | Path) -> dict[str, str]:
    """{path within the site: text} of what stands in the folder itself; bytes that are not UTF-8 stay visible to `load` as
    lone surrogates.

    Reads of each file no more than it takes to see that it is too large. Passes over hidden files and other suffixes.
    Raises: SetupInvalid where there is no such folder, or where a file cannot be read.
    """
    root = Path(folder)
    if not root.is_dir():
        raise SetupInvalid(f"There is no folder {root}.")
    names = sorted([*_site_files(root), *(path for name in FOLDERS for path in _declarations(root / name))])
    return {_name(path.relative_to(root)): _text(path) for path in names}


def _site_files(root: Path) -> list[Path]:
    names = (*(f"site{suffix}" for suffix in SUFFIXES), POLICIES)
    return [path for name in names if (path := root / name).is_file()]


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
