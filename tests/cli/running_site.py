"""A site in a folder of the test and real server processes around it, reached over HTTP as its users reach it."""

from __future__ import annotations

import contextlib
import http.cookiejar
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from kartotek.cli import main

PASSWORD = "correct horse battery"
_AS_MUCH_AS_WANTED = "limits: {token: 0, address: 0}\n"  # for tests that send as much as they can
_ADDRESS = re.compile(r"at (http://\S+) ")
PERSON: Mapping[str, Any] = {
    "title": "Person",
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string", "title": "Name", "maxLength": 60}},
    "x-record": {"titleTemplate": "{name}", "list": ["name"], "search": ["name"], "sort": ["name"]},
}


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str


def kartotek(*arguments: str | Path, database: str = "", **environment: str) -> Ended:
    """One command, run to its end within this process."""
    out, err = io.StringIO(), io.StringIO()
    kept, sys.stdin = (dict(os.environ), sys.stdin), io.StringIO()
    os.environ.clear()
    os.environ.update(_environment(database, environment))
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main([str(one) for one in arguments])
    except SystemExit as wrong_call:
        status = int(wrong_call.code or 0)
    finally:
        os.environ.clear()
        os.environ.update(kept[0])
        sys.stdin = kept[1]
    return Ended(status, out.getvalue(), err.getvalue())


def kartotek_process(*arguments: str | Path, database: str = "", **environment: str) -> Ended:
    """One command in a process of its own, as a shell would call it."""
    ended = subprocess.run(
        [sys.executable, "-m", "kartotek", *map(str, arguments)],
        env=_environment(database, environment),
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def small_site(folder: Path, *, title: str = "Site") -> Path:
    """A site with one record type, person."""
    (folder / "schemas").mkdir(parents=True)
    (folder / "site.yaml").write_text(f"name: {title}\nlanguages: [en]\ntimezone: UTC\n{_AS_MUCH_AS_WANTED}", encoding="utf-8")
    write_type(folder, "person", PERSON)
    return folder


def write_type(site: Path, name: str, declaration: Mapping[str, Any]) -> None:
    """Saves a record type as editors do: the new file takes the old one's place."""
    path = site / "schemas" / f"{name}.json"
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps(declaration, ensure_ascii=False, indent=2), encoding="utf-8")
    unfinished.replace(path)


def with_field(name: str, fragment: Mapping[str, Any]) -> dict[str, Any]:
    """The person type with one field more."""
    return {**PERSON, "properties": {**PERSON["properties"], name: fragment}}


@dataclass
class Server:
    """A running `kartotek run`. `printed` is what it has said so far."""

    process: subprocess.Popen[str]
    address: str
    printed: list[str] = field(default_factory=list)
    token: str = ""

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """(status, JSON) of a call to the API."""
        request = urllib.request.Request(
            f"{self.address}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, _json(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _json(error.read())

    def stop(self) -> int:
        """Asks it to end and answers its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self._ended()

    def kill(self) -> None:
        """Ends it and its workers as a power cut would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self._ended()

    def _ended(self) -> int:
        status = self.process.wait(timeout=20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


class Browser:
    """Pages of one server, with their cookies."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def get(self, path: str) -> str:
        """The text of a page."""
        with self._opener.open(f"{self.address}{path}", timeout=10) as answer:
            return str(answer.read().decode())

    def sign_in(self, username: str, password: str) -> str:
        """The page one comes to by signing in."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get("/login/"))
        assert token is not None
        form = urlencode({"csrf_token": token[1], "username": username, "password": password}).encode()
        request = urllib.request.Request(
            f"{self.address}/login/", data=form, headers={"Referer": f"{self.address}/login/"}
        )
        with self._opener.open(request, timeout=10) as answer:
            return str(answer.read().decode())


@contextmanager
def running(site: Path, *, database: str = "", workers: int = 1, **environment: str) -> Iterator[Server]:
    """A server on a free port with the owner's password PASSWORD, ended afterwards whatever happens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kartotek", "run", "--site", str(site), "--port", "0", "--workers", str(workers)],
        env=_environment(database, {"KARTOTEK_OWNER_PASSWORD": PASSWORD, **environment}),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip
    server = Server(process, "")
    try:
        server.address = _address(process, server.printed)
        yield server
    finally:
        if process.poll() is None:
            server.kill()
        elif process.stdout is not None:
            process.stdout.close()


@contextmanager
def working(site: Path) -> Iterator[subprocess.Popen[str]]:
    """A `kartotek worker` that has begun, ended afterwards whatever happens."""
    command = [sys.executable, "-m", "kartotek", "worker", "--site", str(site)]
    process = subprocess.Popen(command, env=_environment("", {}), stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout is not None
            assert "running" in process.stdout.readline()
            yield process
        finally:
            process.kill()


def new_token(site: Path, database: str = "") -> str:
    """The secret of a token that acts for the owner."""
    made = kartotek("token", "add", "test", "--site", site, database=database)
    assert made.status == 0, made.err
    return made.out.strip()


def seconds_until(holds: Callable[[], bool], *, at_most: float) -> float:
    """How long it took; fails when it takes longer than `at_most`."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < at_most, f"not within {at_most} s"
        time.sleep(0.02)
    return time.monotonic() - began


def _address(process: subprocess.Popen[str], printed: list[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        printed.append(line)
        if found := _ADDRESS.search(line):
            return found[1]
    raise AssertionError(f"the server did not start:\n{''.join(printed)}")


def _environment(database: str, given: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KARTOTEK_", "PORT", "HOST"))}
    return {**kept, **given, "PYTHONUNBUFFERED": "1", **({"KARTOTEK_DATABASE": database} if database else {})}


def _json(raw: bytes) -> Any:
    return json.loads(raw) if raw else None
