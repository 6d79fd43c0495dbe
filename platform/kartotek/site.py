"""Site: a folder of declarations with its data, its secrets and its engine. Nothing about it is global."""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from kartotek.declaration.files import SETTINGS, layer_folders
from kartotek.declaration.folder import Folder
from kartotek.engine.engine import Engine
from kartotek.engine.keyring import FILE as MASTER, Keyring
from kartotek.errors import Busy, DeclarationInvalid, SetupInvalid
from kartotek.identity import Users
from kartotek.jobs.background import Background
from kartotek.jobs.delivery import EVERY, Delivery
from kartotek.jobs.duties import Duty
from kartotek.jobs.lease import Lease
from kartotek.jobs.secret_files import SecretFiles
from kartotek.jobs.watcher import Watcher
from kartotek.model.actor import Actor
from kartotek.model.problem import Problem
from kartotek.sample import load_sample
from kartotek.storage.database import Database
from kartotek.storage.exchange import use

BACKGROUND = "background"
_log = logging.getLogger("kartotek.site")


@dataclass(frozen=True)
class Start:
    """What happened when a site was made ready: the owner's new password, sample records, problems of the files."""

    owner_password: str | None = None
    sample: int = 0
    problems: tuple[Problem, ...] = ()


class Site:
    """`database` is the URL of the records; without one they are in the site's own data folder."""

    def __init__(self, folder: Path, *, database: str = "") -> None:
        self.folder = folder.resolve()
        if not (self.folder / SETTINGS).is_file():
            raise SetupInvalid(
                f"{self.folder} is not a site: it has no {SETTINGS}. Make one with: kartotek new {folder}"
            )
        self.data = _private(self.folder / "data")
        self._using = -1
        self.database_url = database or f"sqlite:///{quote(str(self.data / 'records.db'))}"

    def documents(self) -> Mapping[str, str]:
        """The declarations as they stand in the folder now, {path: text}."""
        return self.declarations.read()

    @cached_property
    def declarations(self) -> Folder:
        """The files that declare what the site is, to be read and written."""
        return Folder(self.folder, self.data, stands=lambda files: self.engine.proposals.stands(files))

    @cached_property
    def secret(self) -> bytes:
        """The key that sessions and cursors are signed with; made at the first start."""
        return _secret(_private(self.folder / "secrets") / "secret.key")

    @cached_property
    def keys(self) -> Keyring:
        """The master keys, in their own file or from KARTOTEK_MASTER_KEY: a key, or the path of another file."""
        path = _private(self.folder / "secrets") / MASTER
        return Keyring.of(path, os.environ.get("KARTOTEK_MASTER_KEY", ""), data=self.data)

    @cached_property
    def secret_files(self) -> SecretFiles:
        """What channels and endpoints sign in and sign with, and to whom each was given first."""
        return SecretFiles(self.folder / "secrets", self.data / "secret-hosts")

    @cached_property
    def engine(self) -> Engine:
        """The engine over this site's database. Raises SetupInvalid while a backup takes its place."""
        if self._using < 0:
            self._using = use(self.data)
        database = Database.open(self.database_url)
        return Engine(
            database, files=self.data / "files", secret=self.secret, clock=_now,
            documents=self.documents, folder=self.declarations, keys=self.keys,
        )

    @cached_property
    def users(self) -> Users:
        """Who may sign in. Needs an applied catalog, whose roles it keeps."""
        return Users.open(self.users_url, self.engine)

    @property
    def is_new(self) -> bool:
        """Whether nothing was ever applied here."""
        return self.engine.catalog().version == 0

    def prepare(self, *, owner_password: str = "", demo: bool = True) -> Start:
        """Makes the site ready to serve: the first catalog, the owner and, in an empty database, sample records.

        Raises DeclarationInvalid when the very first catalog cannot be made; later a broken file is only told.
        """
        with _alone(self.data / "start.lock"):
            return self._prepare(owner_password, demo)

    def _prepare(self, owner_password: str, demo: bool) -> Start:
        first = self.is_new
        problems = self._put_into_service(first)
        password = self.users.ensure_owner(owner_password)
        sample = load_sample(self.engine, *layer_folders(self.folder)) if first and demo else 0
        return Start(password, sample, problems)

    def _put_into_service(self, first: bool) -> tuple[Problem, ...]:
        """What keeps the files, or a part of them, from it. While a change is being made the catalog there is will do."""
        by = Actor.system("start")
        try:
            report = self.engine.apply_documents(self.documents(), by=by, reason="The site was started.")
        except Busy:
            if first:
                raise
            return tuple(self.engine.declaration_problems())
        if report.version == 0:
            raise DeclarationInvalid("The declarations have mistakes.", problems=report.problems)
        return report.problems

    def background(self) -> Background:
        """The background work of one process."""
        watcher = Watcher(self.engine, self.documents, still=self.declarations.still, applied=self.applied)
        timers = self.engine.timers
        duties = (
            Duty("timers", 1.0, timers.run_due),
            Duty("schedules", 60.0, timers.arrange),
            Duty("imports", 1.0, self.engine.imports.run_due, apart=True),
            Duty("windows", 60.0, self.engine.windows.refresh),
            Duty("search", 5.0, self.engine.indexes.build),
            Duty("delivery", EVERY, Delivery(self.engine, self.secret_files).step, apart=True),
            Duty("changes", 1.0, self._go_on_with_changes, apart=True),
            Duty("backups", 5.0, self.engine.safekeeping.run_due, apart=True),
            Duty("audit", 2.0, self.engine.audit.seal, apart=True),
            Duty("people", 60.0, self.engine.people.tend, apart=True),
            Duty("heads", 60.0, self.engine.tending.run_due),
            Duty("tidy", 3600.0, self.engine.tidy),
        )
        return Background(watcher, Lease(self.engine, BACKGROUND), duties)

    def close(self) -> None:
        """Closes the databases that were opened."""
        for name in ("users", "engine"):
            opened = self.__dict__.pop(name, None)
            if isinstance(opened, Users):
                opened.database.dispose()
            elif isinstance(opened, Engine):
                opened.close()
        if self._using >= 0:
            os.close(self._using)
            self._using = -1

    @property
    def users_url(self) -> str:
        """The URL of the users' database. SQLite takes one writer at a time, so there it is a file of its own."""
        if not self.database_url.startswith("sqlite:"):
            return self.database_url
        return f"sqlite:///{self.data / 'auth.db'}"

    def _go_on_with_changes(self) -> None:
        ended = self.engine.plans.run_due()
        if ended is None:
            return
        if ended.status == "applied":
            _log.info("Catalog %d is live.", ended.version)
        else:
            _log.warning("Change %d was not made: %s", ended.id, ended.error.get("message"))
        self.applied()

    def applied(self) -> None:
        """What has to follow when another catalog came into service: its schedules are arranged, its roles are known."""
        self.engine.timers.arrange()
        self.users.sync_roles(self.engine.catalog().settings.role_names)


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Holds the file's lock: two servers of one folder that start together make neither two owners nor all twice."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _private(folder: Path) -> Path:
    """The folder, made readable for this user alone."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise SetupInvalid(f"{folder} cannot be made: {error.strerror}.") from error
    return folder


def _secret(path: Path) -> bytes:
    """The key in the file, which is made complete and with mode 0600 or not at all."""
    if not path.exists():
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(secrets.token_hex(32))
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):  # another process was faster: its key holds
            os.link(unfinished, path)
        unfinished.unlink()
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    key = path.read_text(encoding="ascii").strip()
    if len(key) < 32:
        raise SetupInvalid(f"{path} is not a key. Delete it to have a new one made; everybody must then sign in again.")
    return key.encode("ascii")
