"""Commands that take a site as a whole: backup, restore and copy."""

from __future__ import annotations

import argparse
import secrets
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from kartotek.commands.terminal import OK, say, say_json
from kartotek.commands.whole_folder import is_free, whole_folder
from kartotek.declaration.files import SETTINGS, read_folder
from kartotek.declaration.moving import own_elsewhere
from kartotek.declaration.new_folder import write_new
from kartotek.engine.backups import ENDING, Backup
from kartotek.engine.copies import Place, copy_records, leave_behind
from kartotek.engine.holding import holding
from kartotek.engine.restoring import Restored
from kartotek.engine.restoring import restore as put_back
from kartotek.errors import SetupInvalid
from kartotek.identity.copying import copy_accounts
from kartotek.model.actor import OWNER
from kartotek.site import Site
from kartotek.storage.copying_sqlite import ACCOUNTS
from kartotek.storage.database import Database

_PATIENCE = 60.0  # seconds that a change of the declarations may still take
_OWNER = "owner"  # nobody of a masked copy is called so: they are user1, user2 and so on
_INSIDE = "data/\nsecrets/\n"


def backup(options: argparse.Namespace) -> int:
    """Writes all that a site holds into one file, while it is being worked with, and reads that again."""
    site = Site(options.site, database=options.database)
    try:
        if site.is_new:
            raise SetupInvalid(f"{site.folder} has never been started, so there is nothing to back up.")
        target = options.to or site.data / "backups" / f"{site.folder.name}-{_now():%Y%m%d-%H%M%S}{ENDING}"
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with holding(site.engine.database, _now, wait=_PATIENCE):  # no table is altered meanwhile
            made = site.engine.backups.write(target, options.reason)
    finally:
        site.close()
    _tell(made, options.format)
    return OK


def restore(options: argparse.Namespace) -> int:
    """Puts a backup into a new folder, or into a site that is not running."""
    folder: Path = options.site
    if (folder / SETTINGS).is_file():
        site = Site(folder, database=options.database)
        done = put_back(options.file, site.data, site.database_url, replace=options.replace, clock=_now)
        if read_folder(site.folder) != done.documents:
            say("The declarations in the folder are not those of the backup. What they would change: kartotek plan")
    elif is_free(folder):
        done = _into_new(options)
    else:
        raise SetupInvalid(f"{folder} is not a site and not empty: restore into a new folder, or into the folder of the site.")
    _told(done, folder)
    return OK


def copy(options: argparse.Namespace) -> int:
    """Makes a second site of a site, in a new folder: of the other sort of database if wanted, masked if wanted."""
    site = Site(options.site, database=options.database)
    try:
        if site.is_new:
            raise SetupInvalid(f"{site.folder} has never been started, so there is nothing to copy.")
        with whole_folder(options.to) as folder, holding(site.engine.database, _now, wait=_PATIENCE):
            (folder / "data").mkdir(mode=0o700)
            write_new(folder, own_elsewhere(site.folder, options.to))
            (folder / ".gitignore").write_text(_INSIDE, encoding="utf-8")
            url = options.target or f"sqlite:///{quote(str(folder / 'data' / 'records.db'))}"
            _fill(site, folder / "data", url, mask=options.mask)
            password = _new_owner(folder, options.target) if options.mask else None
    finally:
        site.close()
    say(f"{options.to} is a copy of {site.folder}{', with other values in the place of personal ones' if options.mask else ''}.")
    if password is not None:
        say(f"Sign in there as owner with the password {password} (shown this once).")
    say("It has no secrets of its own yet, and messages that wait were left where they are.")
    return OK


def _fill(site: Site, data: Path, url: str, *, mask: bool) -> None:
    if not mask and url.partition(":")[0] == site.database_url.partition(":")[0]:
        _fill_whole(site, data, url)
        return
    with closing(Database.open(url)) as database:
        copy_records(Place(site.engine.database, site.data / "files"), Place(database, data / "files"), mask=mask, now=_now())
    users = f"sqlite:///{data / ACCOUNTS}" if url.startswith("sqlite:") else url
    copy_accounts(site.users.database, users, mask=mask)


def _fill_whole(site: Site, data: Path, url: str) -> None:
    """By way of a backup, which holds what was removed and is kept as well."""
    path = data / "copy"
    site.engine.backups.write(path, "For a copy.")
    put_back(path, data, url, replace=False, clock=_now)
    path.unlink()
    with closing(Database.open(url)) as database:
        leave_behind(database)


def _new_owner(folder: Path, database: str) -> str:
    """The password of an owner without any other way in."""
    site = Site(folder, database=database)
    try:
        password = secrets.token_urlsafe(12)
        site.users.add(_OWNER, password, roles=(OWNER,))
        return password
    finally:
        site.close()


def _into_new(options: argparse.Namespace) -> Restored:
    with whole_folder(options.site) as folder:
        data = folder / "data"
        data.mkdir(mode=0o700)
        url = options.database or f"sqlite:///{quote(str(data / 'records.db'))}"
        done = put_back(options.file, data, url, replace=options.replace, clock=_now)
        write_new(folder, done.documents)
        (folder / ".gitignore").write_text(_INSIDE, encoding="utf-8")
    return done


def _tell(made: Backup, form: str) -> None:
    if form == "json":
        say_json({"path": str(made.path), "made_at": made.made_at, "rows": dict(made.rows), "files": made.files, "missing": made.missing})
        return
    say(f"{made.path}: {sum(made.rows.values())} rows in {len(made.rows)} tables and {made.files or 0} files, read again and counted.")
    if made.missing:
        say(f"{made.missing} files that records name are not there, so they are not in the backup either.")
    say("The secrets are not in it: keep the folder secrets/ elsewhere.")


def _told(done: Restored, folder: Path) -> None:
    found = done.backup
    say(f"{folder} holds again what was there at {found.made_at:%Y-%m-%d %H:%M:%S} UTC ({found.reason}): catalog {found.head['catalog']['version']}.")
    if done.aside:
        say(f"What was there before is kept in {done.aside}.")
    if found.files is None:
        say("The backup was made without files: those that its records name are there if they were not removed.")
    if any(name.startswith("@") for name in done.documents):
        say("The site extends another folder: that one has to be there too.")


def _now() -> datetime:
    return datetime.now(UTC)
