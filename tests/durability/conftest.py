"""Helpers of the folder's own and those of tests/cli are found by name; a small disk; a server of PostgreSQL to be killed."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "cli")]


class Disk:
    """A disk in the memory, of a size that can be changed while it is in use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(folder)], capture_output=True, check=False)
        if mounted.returncode:
            pytest.skip("No disk can be mounted here: only root may.")

    def resize(self, size: str) -> None:
        """Gives it another size, e.g. 5m."""
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.folder)], check=True)

    def remove(self) -> None:
        """Takes it away with all that is on it."""
        subprocess.run(["umount", "-l", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    """A small disk, where the machine lets us have one."""
    made = Disk(tmp_path / "disk")
    yield made
    made.remove()
