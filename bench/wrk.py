"""wrk: keeps a server busy over a few connections, and what it cost the server."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from processes import cpu_seconds

CONNECTIONS = 8
_SCRIPT = Path(__file__).with_name("requests.lua")
_fresh = count(1_000_000, 100_000)  # where the numbers of each run begin
Line = tuple[str, str, str]  # method, path, body


@dataclass(frozen=True)
class Measured:
    """One run: milliseconds of CPU a request, requests a second, milliseconds until the answer (middle, 99 of 100)."""

    cpu: float
    database: float
    rate: float
    middle: float
    late: float
    failed: int


def need_wrk() -> None:
    """Ends with advice where wrk is missing."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: apt-get install wrk, brew install wrk, or build it from github.com/wg/wrk.")


def run(
    address: str, lines: Sequence[Line], *, headers: Mapping[str, str], seconds: float, server: int, database: int | None
) -> Measured:
    """Sends the lines in turn for some seconds. `server` and `database` are the first processes of those whose time counts."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".txt") as file:
        file.writelines("\t".join(line) + "\n" for line in lines)
        file.flush()
        command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "20s", "-s", str(_SCRIPT)]
        for name, value in headers.items():
            command += ["-H", f"{name}: {value}"]
        before = _times(server, database)
        done = subprocess.run([*command, address, file.name, str(next(_fresh))], capture_output=True, text=True, check=False)
        after = _times(server, database)
    if done.returncode:
        sys.exit(f"wrk failed: {done.stderr or done.stdout}")
    told = json.loads(done.stdout.splitlines()[-1])
    requests = max(1, told["requests"])
    cpu, of_database = ((late - early) * 1000 / requests for early, late in zip(before, after, strict=True))
    return Measured(cpu, of_database, requests / told["seconds"], told["middle"], told["late"], told["failed"])


def _times(server: int, database: int | None) -> tuple[float, float]:
    return cpu_seconds(server), cpu_seconds(database) if database else 0.0
