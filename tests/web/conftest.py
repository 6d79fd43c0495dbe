"""Fixtures for the tests of the pages: the small site, served, and a visitor of each role."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from visitors import Pages, open_pages  # noqa: E402 - found through the line above, as importmode=importlib wants it

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
