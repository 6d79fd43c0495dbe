"""Commands about a site's folder: new and openapi."""

from __future__ import annotations

import argparse
from pathlib import Path

from kartotek.api.openapi import document
from kartotek.commands.terminal import OK, say, say_json
from kartotek.declaration.metafiles import metafiles
from kartotek.errors import SetupInvalid
from kartotek.model.actor import Actor
from kartotek.site import Site

STARTER = Path(__file__).parent.parent / "starter"
_IGNORED = "data/\nsecrets/\n"


def new(options: argparse.Namespace) -> int:
    """Writes a small working site into a new or empty folder."""
    folder: Path = options.folder
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SetupInvalid(f"{folder} is there already and not an empty folder.")
    for name, text in _starter().items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise SetupInvalid(f"{path} cannot be written: {error.strerror}.") from error
    say(f"{folder} is a site now: its record types are the files in {folder / 'schemas'}.")
    say(f"Start it with: kartotek run --site {folder}")
    return OK


def openapi(options: argparse.Namespace) -> int:
    """The API of the running declarations, as the owner sees it."""
    site = Site(options.site, database=options.database)
    try:
        if site.is_new:
            raise SetupInvalid(
                f"{site.folder} has never been started, so it has no API yet. Start it with: kartotek run"
            )
        say_json(document(site.engine, Actor.system("command line")))
    finally:
        site.close()
    return OK


def _starter() -> dict[str, str]:
    """{path within the site: text} of all that a new site begins with."""
    shipped = {
        path.relative_to(STARTER).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(STARTER.rglob("*"))
        if path.is_file()
    }
    return {**shipped, **metafiles(), ".gitignore": _IGNORED}
