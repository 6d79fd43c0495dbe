"""The command copy: a second site of a site."""

from __future__ import annotations

import argparse
import secrets
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from kartotek.commands.terminal import OK, say
from kartotek.commands.whole_folder import whole_folder
from kartotek.declaration.moving import own_elsewhere
from kartotek.declaration.new_folder import write_new
from kartotek.engine.backup_keys import ENDING as KEYS
from kartotek.engine.copies import Place, copy_records, leave_behind
from kartotek.engine.holding import holding
from kartotek.engine.keyring import FILE as MASTER
from kartotek.engine.keyring import Keyring
from kartotek.engine.restoring import Means
from kartotek.engine.restoring import restore as put_back
from kartotek.errors import SetupInvalid
from kartotek.identity.copying import copy_accounts
from kartotek.model.actor import OWNER, Actor
from kartotek.model.audit import AuditEntry
from kartotek.site import Site
from kartotek.storage.copying_sqlite import ACCOUNTS
from kartotek.storage.database import Database

_BY = Actor.system("command line")
_PATIENCE = 60.0  # seconds that a change of the declarations may still take
_OWNER = "owner"  # nobody of a masked copy is called so: they are user1, user2 and so on
_INSIDE = "data/\nsecrets/\n"


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
        site.engine.audit.note(_BY, AuditEntry("site_copied", body={"masked": options.mask}))
    finally:
        site.close()
    say(f"{options.to} is a copy of {site.folder}{', with other values in the place of personal ones' if options.mask else ''}.")
    if password is not None:
        say(f"Sign in there as owner with the password {password} (shown this once).")
    say("It has no secrets of its own yet but the master key, and messages that wait were left where they are.")
    return OK


def _fill(site: Site, data: Path, url: str, *, mask: bool) -> None:
    source, target = site.engine.keys, _keys_of_copy(site, data.parent, mask=mask)
    if not mask and url.partition(":")[0] == site.database_url.partition(":")[0]:
        _fill_whole(site, data, url)
        return
    with closing(Database.open(url)) as database:
        copy_records(Place(site.engine.database, site.data / "files", source), Place(database, data / "files", target), mask=mask, now=_now())
    users = f"sqlite:///{data / ACCOUNTS}" if url.startswith("sqlite:") else url
    copy_accounts(site.users.database, users, mask=mask)


def _keys_of_copy(site: Site, folder: Path, *, mask: bool) -> Keyring:
    """A copy of everything is read with the same keys, which it gets along; a masked one gets keys of its own."""
    secret = folder / "secrets"
    secret.mkdir(mode=0o700, exist_ok=True)
    ring = Keyring.of(secret / MASTER)
    if mask:
        ring.make()
    else:
        ring.write(site.engine.keys.all)
    return ring


def _fill_whole(site: Site, data: Path, url: str) -> None:
    """By way of a backup, which holds what was removed and is kept as well."""
    path = data / "copy"
    site.engine.backups.write(path, "For a copy.")
    put_back(path, data, url, means=Means(site.engine.keys), replace=False, clock=_now)
    for one in (path, *data.glob(f"*{KEYS}")):
        one.unlink()
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


def _now() -> datetime:
    return datetime.now(UTC)
