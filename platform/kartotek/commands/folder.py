"""Commands about a site's folder: new and openapi."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

from kartotek.api.openapi import document
from kartotek.commands.terminal import OK, say, say_json
from kartotek.commands.whole_folder import whole_folder
from kartotek.declaration.files import SETTINGS, with_bases
from kartotek.declaration.load import load
from kartotek.declaration.metafiles import SITE_COMMENT, metafiles
from kartotek.declaration.shipped import is_template, seen_from
from kartotek.errors import DeclarationInvalid, SetupInvalid
from kartotek.model.actor import Actor
from kartotek.site import Site

STARTER = Path(__file__).parent.parent / "starter"
_IGNORED = "data/\nsecrets/\n"


def new(options: argparse.Namespace) -> int:
    """Writes a small working site into a new or empty folder, or one that extends another."""
    folder: Path = options.folder
    if options.extends:
        return _new_extending(folder, options.extends)
    with whole_folder(folder) as made:
        _write(made, _starter())
    say(f"{folder} is a site now: its record types are the files in {folder / 'schemas'}.")
    say(f"Start it with: kartotek run --site {folder}")
    return OK


def _new_extending(folder: Path, extends: str) -> int:
    """Nothing is written above a base that is not there or has mistakes."""
    if not is_template(extends) and not Path(extends).is_absolute():
        extends = seen_from(folder, Path(extends))
    site = _extending(folder, extends)
    loaded = load(with_bases(folder, {SETTINGS: site}))
    if loaded.catalog is None:
        errors = [one for one in loaded.problems if one.severity == "error"]
        raise DeclarationInvalid(f"{extends} cannot be extended.", problems=errors)
    with whole_folder(folder) as made:
        _write(made, {SETTINGS: site, **metafiles(), ".gitignore": _IGNORED})
        (made / "schemas").mkdir()
    names = ", ".join(one.name for one in loaded.catalog.types.values() if not one.builtin)
    say(f"{folder} is a site now, and all that {extends} is. Its record types: {names}.")
    say(f"What you put into {folder / 'schemas'} comes on top of these; the first line of such a file is \"x-extends\": \"<type>\".")
    say(f"Start it with: kartotek run --site {folder}")
    return OK


def _extending(folder: Path, extends: str) -> str:
    """The site.yaml; texts of JSON are texts of YAML."""
    lines = (
        SITE_COMMENT,
        "# What its base declares holds here too; what stands here, and in schemas/, workflows/ and templates/, comes on top.",
        f"extends: {json.dumps(extends, ensure_ascii=False)}",
        f"name: {json.dumps(folder.absolute().name, ensure_ascii=False)}",
    )
    return "\n".join(lines) + "\n"


def _write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


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
