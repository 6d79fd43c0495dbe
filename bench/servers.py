"""Servers: starts ours and the floor's, signs in, and ends them."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from processes import cpu_seconds
from sites import KARTOTEK, PASSWORD, Made

_WARM = 8


@dataclass(frozen=True)
class Server:
    """A running server; `ready` are the seconds from the start of its process to its first good answer, `cpu` what it used until then."""

    address: str
    pid: int
    ready: float
    cpu: float


@contextmanager
def kartotek(made: Made, workers: int) -> Iterator[Server]:
    """Ours."""
    subprocess.run([*KARTOTEK, "--version"], env=made.environment, stdout=subprocess.DEVNULL, check=True)
    command = [*KARTOTEK, "run", "--site", str(made.folder), "--host", "127.0.0.1", "--port", "0", "--workers", str(workers)]
    began = time.monotonic()
    with _started(command, made.environment) as (process, address):
        while not _answers(f"{address}/readyz"):
            time.sleep(0.01)
        yield Server(address, process.pid, time.monotonic() - began, cpu_seconds(process.pid))


@contextmanager
def floor(folder: Path, number: int, workers: int) -> Iterator[Server]:
    """The hand-written one."""
    command = [sys.executable, str(Path(__file__).with_name("floor.py")), str(folder), str(number), str(workers)]
    began = time.monotonic()
    with _started(command, None) as (process, address):
        yield Server(address, process.pid, time.monotonic() - began, cpu_seconds(process.pid))


def call(server: Server, path: str, token: str, *, method: str = "GET", body: Any = None) -> Any:
    """The JSON that the API answers."""
    asked = urllib.request.Request(f"{server.address}/api/v1{path}", method=method)
    asked.add_header("Authorization", f"Bearer {token}")
    asked.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(asked, None if body is None else json.dumps(body).encode()) as answer:
        return json.load(answer)


def signed_in(server: Server, username: str = "desk") -> str:
    """The Cookie header of a user who signed in with his password."""
    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with opener.open(f"{server.address}/login/") as form:
        hidden = dict(re.findall(r'<input[^>]*name="(csrf_token)"[^>]*value="([^"]+)"', form.read().decode()))
    given = urlencode({**hidden, "username": username, "password": PASSWORD}).encode()
    with opener.open(f"{server.address}/login/", given):
        return "; ".join(f"{one.name}={one.value}" for one in jar)


def warm(server: Server, requests: Sequence[tuple[tuple[str, str, str], Mapping[str, str]]]) -> None:
    """Asks each so often that every process has compiled its queries and templates."""
    for (_, path, _), headers in requests:
        for _ in range(_WARM):
            with urllib.request.urlopen(urllib.request.Request(f"{server.address}{path}", headers=dict(headers))) as answer:
                answer.read()


@contextmanager
def _started(command: list[str], environment: dict[str, str] | None) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = next((found[0] for line in process.stdout if (found := re.search(r"http://127\.0\.0\.1:\d+", line))), "")
        if not address:
            sys.exit(f"{command[1:4]} did not start.")
        yield process, address
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, http.client.HTTPException, ConnectionError):
        return False
