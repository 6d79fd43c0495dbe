"""Templates: sites that are shipped with the program, which others extend by name. Finds them, and any other base."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from kartotek.declaration.reading import read
from kartotek.declaration.suggest import did_you_mean, listed

_SITE = "site.yaml"
_SHARE = Path("share") / "kartotek"
_HOME = Path(__file__).resolve().parents[2]  # the folder that the package is in


def is_template(extends: str) -> bool:
    """Whether this names a template, there or not, and no folder."""
    return "/" not in extends and not extends.startswith(".")


def folder_of(extends: str, site: Path) -> Path | None:
    """The folder of the base that a site in that folder extends; None for the name of a template that there is not."""
    return templates().get(extends) if is_template(extends) else (site / extends).resolve()


def seen_from(site: Path, base: Path) -> str:
    """How site.yaml in that folder, which need not be there yet, has to call the folder of another site."""
    path = Path(os.path.relpath(base.absolute(), site.absolute())).as_posix()
    return path if path.startswith(".") else f"./{path}"


def unknown(name: str) -> str:
    """The sentence about the name of a template that there is not."""
    known = templates()
    hint = did_you_mean(name, known) or (f" There is {listed(known)}." if known else "")
    return f"There is no template '{name}'.{hint} A folder is written with a slash: './{name}'."


@cache
def templates() -> Mapping[str, Path]:
    """{name: folder}; those beside the program come before those that are installed elsewhere on this machine."""
    found: dict[str, Path] = {}
    for name, folder in (*_beside(), *_installed()):
        found.setdefault(name, folder)
    return MappingProxyType(found)


def _beside() -> Iterator[tuple[str, Path]]:
    """Of a checkout: the site at its top, if it says that it is a template."""
    file = _HOME.parent / _SITE
    document = read(_SITE, file.read_text(encoding="utf-8", errors="replace"))[0] if file.is_file() else None
    name = document.value.get("template") if document is not None and isinstance(document.value, dict) else None
    if isinstance(name, str):
        yield name, file.parent


def _installed() -> Iterator[tuple[str, Path]]:
    """Of an installed program, wherever pip was told to put it: the environment, --prefix, --target, --user."""
    homes = [Path(sysconfig.get_path("data")), *_HOME.parents[2:3], _HOME]
    homes.append(Path(sysconfig.get_path("data", sysconfig.get_preferred_scheme("user"))))
    for home in homes:
        for file in sorted((home / _SHARE).glob(f"*/{_SITE}")):
            yield file.parent.name, file.parent
