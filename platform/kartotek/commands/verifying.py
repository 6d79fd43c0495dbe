"""The command verify: whether anything of what the site keeps was changed by nobody, as a disk that fails changes it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from kartotek.commands.accounts import opened
from kartotek.commands.terminal import OK, PROBLEMS, say, say_json
from kartotek.engine import verifying
from kartotek.engine.verifying import Soundness
from kartotek.errors import KartotekError
from kartotek.model.backups import HERE
from kartotek.site import Site


def verify(options: argparse.Namespace) -> int:
    """Looks at everything and names what is damaged. Exit status 1 where something is."""
    began = time.monotonic()
    found = Soundness()
    site = Site(options.site, database=options.database)
    for path in (site.data / name for name in ("records.db", "auth.db")):
        verifying.verify_file(path, found)
    try:
        with opened(options) as site:
            verifying.verify(site.engine, found)
            if not options.without_backups:
                verifying.verify_backups(list(_backups(site)), site.keys, found)
    except (KartotekError, *verifying.BROKEN) as error:
        if isinstance(error, KartotekError) and not found.damages:
            raise  # it says by itself what is wrong
        found.wrong("database", f"nothing more can be asked of it: {error}")
    return _tell(found, time.monotonic() - began, as_json=options.format == "json")


def _tell(found: Soundness, seconds: float, *, as_json: bool) -> int:
    if as_json:
        say_json({**asdict(found), "ok": not found.damages, "seconds": round(seconds, 1)})
        return PROBLEMS if found.damages else OK
    for one in found.damages:
        say(f"{one.where}: {one.sentence}")
    looked = f"{found.records:,} records, {found.files:,} files, {found.entries:,} entries of the audit, {found.backups:,} backups in {seconds:.1f} s"
    say(f"DAMAGED: {len(found.damages)} things; looked at {looked}" if found.damages else f"ok: {looked}")
    return PROBLEMS if found.damages else OK


def _backups(site: Site) -> Iterable[Path]:
    folders = (site.folder / one for one in (HERE, *site.engine.catalog().settings.backups.to))
    return sorted({path for folder in folders for path in folder.glob("*.kartotek")})
