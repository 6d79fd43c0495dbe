"""Commands backup and restore: all that a site holds in one sealed file, and back from it, also where nothing else is left."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from kartotek.commands.terminal import OK, say, say_json
from kartotek.commands.whole_folder import is_free, whole_folder
from kartotek.declaration.files import SETTINGS, read_folder
from kartotek.declaration.new_folder import write_new
from kartotek.engine.backup_reading import Backup, label
from kartotek.engine.backups import ENDING
from kartotek.engine.holding import holding
from kartotek.engine.keyring import FILE as MASTER
from kartotek.engine.keyring import Keyring, keys_in
from kartotek.engine.restoring import Means, Restored
from kartotek.engine.restoring import restore as put_back
from kartotek.errors import SetupInvalid
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditEntry
from kartotek.site import Site

_PATIENCE = 60.0  # seconds that a change of the declarations may still take
_INSIDE = "data/\nsecrets/\n"
_GIVEN = "KARTOTEK_MASTER_KEY"


def backup(options: argparse.Namespace) -> int:
    """Writes all that a site holds into one file, while it is being worked with, and reads that again."""
    site = Site(options.site, database=options.database)
    try:
        if site.is_new:
            raise SetupInvalid(f"{site.folder} has never been started, so there is nothing to back up.")
        target = options.to or site.data / "backups" / f"{site.engine.backups.name}-{_now():%Y%m%d-%H%M%S}-by-hand{ENDING}"
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
        keys, keep = _keys(options, site.keys)
        means = Means(keys, options.keys, options.without_keys)
        done = put_back(options.file, site.data, site.database_url, means=means, replace=options.replace, clock=_now)
        if keep and set(keys.ids) - set(site.keys.ids):
            site.keys.write({**keys.all, **site.keys.all})
        if read_folder(site.folder) != done.documents:
            say("The declarations in the folder are not those of the backup. What they would change: kartotek plan")
    elif is_free(folder):
        done = _into_new(options)
    else:
        raise SetupInvalid(f"{folder} is not a site and not empty: restore into a new folder, or into the folder of the site.")
    _told(done, folder)
    _open(folder, options.database, done)
    return OK


def _open(folder: Path, database: str, done: Restored) -> None:
    """Opens the site once: who was erased since the backup is erased again, and the audit tells of the restore, before anybody is served."""
    site = Site(folder, database=database)
    try:
        gave_up = {"seq": done.gave_up.seq, "mac": done.gave_up.mac}
        body = {"made_at": done.backup.made_at.isoformat(), "gave_up": gave_up}
        site.engine.audit.note(Actor.system("restore"), AuditEntry("backup_restored", body=body))
    finally:
        site.close()


def _into_new(options: argparse.Namespace) -> Restored:
    keys, keep = _keys(options, Keyring({}))
    with whole_folder(options.site) as folder:
        data = folder / "data"
        data.mkdir(mode=0o700)
        url = options.database or f"sqlite:///{quote(str(data / 'records.db'))}"
        means = Means(keys, options.keys, options.without_keys)
        done = put_back(options.file, data, url, means=means, replace=options.replace, clock=_now)
        write_new(folder, done.documents)
        (folder / ".gitignore").write_text(_INSIDE, encoding="utf-8")
        if keep:
            (folder / "secrets").mkdir(mode=0o700)
            Keyring.of(folder / "secrets" / MASTER).write(keys.all)
    return done


def _keys(options: argparse.Namespace, own: Keyring) -> tuple[Keyring, bool]:
    """The master keys that open the backup, and whether the site has yet to get them into its secrets.

    From --key, else from the environment, else the site's own; where none of these has the right one, whoever sits there types it.
    """
    wanted = str(label(options.file).get("key", ""))
    if options.key:
        return _read(options.key), True
    if given := os.environ.get(_GIVEN, ""):
        return Keyring.of(Path(MASTER), given), False
    if not wanted or wanted in own.ids or not sys.stdin.isatty():
        return own, False
    say(f"The backup was made with the master key {wanted}. Type it as it stands on the recovery sheet:")
    return Keyring(keys_in(input("> "), "What was typed")), True


def _read(path: Path) -> Keyring:
    if not path.is_file():
        raise SetupInvalid(f"{path} cannot be read.")
    return Keyring.of(path)


def _tell(made: Backup, form: str) -> None:
    if form == "json":
        say_json({"path": str(made.path), "made_at": made.made_at, "rows": dict(made.rows), "files": made.files, "missing": made.missing})
        return
    say(f"{made.path}: {sum(made.rows.values())} rows in {len(made.rows)} tables and {made.files or 0} files, read again and counted.")
    if made.missing:
        say(f"{made.missing} files that records name are not there, so they are not in the backup either.")
    say("It opens only with the master key: keep secrets/master.key or the recovery sheet elsewhere, and the file that ends in .keys with it.")


def _told(done: Restored, folder: Path) -> None:
    found = done.backup
    say(f"{folder} holds again what was there at {found.made_at:%Y-%m-%d %H:%M:%S} UTC ({found.reason}): catalog {found.head['catalog']['version']}.")
    if done.aside:
        say(f"What was there before is kept in {done.aside}.")
    if found.files is None:
        say("The backup was made without files: those that its records name are there if they were not removed.")
    if any(name.startswith("@") for name in done.documents):
        say("The site extends another folder: that one has to be there too.")
    say("Nobody is signed in any longer. Users, their roles and tokens are as they were then: look through them.")


def _now() -> datetime:
    return datetime.now(UTC)
