"""What tests may break: a small disk, and a server of PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest


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


class OwnPostgres:
    """A server of PostgreSQL that waits for its disk, to be ended as nobody should end one."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self.url = str(server.get_uri())

    def kill_backend(self) -> bool:
        """Ends with -9 one of the processes that serve somebody; the server then ends all, and recovers. Whether there was one."""
        with psycopg.connect(self.url, autocommit=True) as conn:
            found = conn.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1"
            ).fetchone()
            if found is not None:
                os.kill(found[0], signal.SIGKILL)
        return found is not None

    def restart(self) -> None:
        """Ends the whole server without letting it write anything down, and starts it again."""
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        process.wait(30)
        self._server.ensure_postgres_running()
