"""Commands about a site's folder: new, check and openapi."""

from __future__ import annotations

import argparse
from pathlib import Path

from kartotek.api.openapi import document
from kartotek.commands import replaying
from kartotek.commands.terminal import OK, PROBLEMS, say, say_json
from kartotek.declaration import report
from kartotek.declaration.files import read_folder
from kartotek.declaration.load import load
from kartotek.declaration.metafiles import metafiles
from kartotek.errors import SetupInvalid
from kartotek.model.actor import Actor
from kartotek.model.catalog import Catalog
from kartotek.site import SETTINGS, Site

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


def check(options: argparse.Namespace) -> int:
    """All problems of the declarations at once. Touches no database but to replay its histories, and that only reads."""
    if not options.site.is_dir():
        raise SetupInvalid(f"There is no folder {options.site}.")
    if not (options.site / SETTINGS).is_file():
        raise SetupInvalid(f"{options.site} is not a site: it has no {SETTINGS}.")
    documents = read_folder(options.site)
    loaded = load(documents)
    if options.format == "json":
        # Whoever asked for a replay gets its outcome, and the problems only where they keep it from being made.
        if not options.replay or loaded.catalog is None:
            say(report.as_json(loaded.problems))
    elif loaded.problems:
        say(report.text(loaded.problems))
    errors = sum(1 for one in loaded.problems if one.severity == "error")
    if options.replay and loaded.catalog is not None and not errors:
        return _replay(options, loaded.catalog)
    if options.format == "text":
        types = len([name for name in documents if name.startswith("schemas/")])
        say(f"{errors} problem{'' if errors == 1 else 's'}." if errors else f"{types} record types, no problems.")
    return PROBLEMS if errors or loaded.catalog is None else OK


def _replay(options: argparse.Namespace, catalog: Catalog) -> int:
    found = replaying.replayed(options, catalog)
    if options.format == "json":
        say_json(replaying.as_json(found))
    else:
        for line in replaying.told(found):
            say(line)
        if not found:
            say("No type has a workflow and a history.")
    return PROBLEMS if any(one.departing for one in found) else OK


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
