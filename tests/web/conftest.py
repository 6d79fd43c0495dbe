"""Fixtures for the tests of the pages: the small site, served, and a visitor of each role."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser import Desk, desk, served  # noqa: E402 - found through the line above, as importmode=importlib wants it
from visitors import Pages, open_pages  # noqa: E402
from web_site import PASSWORD  # noqa: E402

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the databases of the site and its users, to be copied: declaring it and hashing passwords take long."""
    folder = tmp_path_factory.mktemp("prepared")
    made = open_pages(f"sqlite:///{folder}/records.db", f"sqlite:///{folder}/auth.db", folder / "files", lambda: NOW)
    for name in ("owner", "manager", "clerk"):
        made.user(name)
    made.close()
    return folder


@pytest.fixture
def pages(prepared: Path, tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Pages]:
    """The site on SQLite, with its three users."""
    for path in prepared.glob("*.db"):
        shutil.copy(path, tmp_path)
    made = open_pages(f"sqlite:///{tmp_path}/records.db", f"sqlite:///{tmp_path}/auth.db", tmp_path / "files", clock)
    yield made
    made.close()


@pytest.fixture
def pages_on_postgres(postgres_url: str, tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Pages]:
    """The site on PostgreSQL, users and records in one database."""
    made = open_pages(postgres_url, postgres_url, tmp_path / "files", clock)
    yield made
    made.close()


@pytest.fixture(scope="session")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One server and one browser for all tests that need them, with the users manager and clerk."""
    folder = tmp_path_factory.mktemp("site")
    with served(folder) as address, desk(address) as made:
        for name in ("manager", "clerk"):
            command = [sys.executable, "-m", "kartotek", "user", "add", name, "--role", name, "--site", str(folder)]
            environment = {**os.environ, "KARTOTEK_PASSWORD": PASSWORD}
            subprocess.run(command, input=f"{PASSWORD}\n", text=True, check=True, env=environment, timeout=60)
        yield made


@pytest.fixture
def browser_desk(front: Desk) -> Iterator[Desk]:
    """The browser; every window's console must have been silent."""
    yield front
    front.close_windows()
