"""The API behind a real server: chunked bodies, limits while reading, kept connections, HEAD on the wire."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from api_served import serve

HERE = Path(__file__).parent
BODY_LIMIT = 100_000


class Door:
    """An address at which the API answers, with the tokens of a clerk and of the owner."""

    def __init__(self, port: int, tokens: Mapping[str, str]) -> None:
        self.port = port
        self.token = tokens["clerk"]
        self.owner = tokens["owner"]

    def connection(self) -> http.client.HTTPConnection:
        """A connection that closes itself at the end of a with block of `closing`."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)

    @property
    def headers(self) -> dict[str, str]:
        """What every request of the clerk carries."""
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """gunicorn with two processes over one SQLite file."""
    folder = tmp_path_factory.mktemp("server")
    url = f"sqlite:///{folder}/records.db"
    made = serve(url, folder / "files", lambda: datetime.now(UTC), limits={"body": BODY_LIMIT, "file": BODY_LIMIT})
    made.engine.close()
    port = _free_port()
    environment = {**os.environ, "TEST_URL": url, "TEST_FILES": str(folder / "files")}
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-w",
        "2",
        "-k",
        "gthread",
        "--threads",
        "4",
        "-b",
        f"127.0.0.1:{port}",
        "--chdir",
        str(HERE),
        "api_process:app()",
    ]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(lambda: _is_up(port))
            yield Door(port, made.tokens)
        finally:
            server.terminate()


def _wait_for(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end, "the server did not come up"
        time.sleep(0.1)


def _is_up(port: int) -> bool:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as conn:
        try:
            conn.request("GET", "/healthz")
            return conn.getresponse().status == 200
        except OSError:
            return False


def _ask(door: Door, method: str, address: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    with closing(door.connection()) as conn:
        conn.request(
            method,
            address,
            body,
            {**door.headers, **headers},
            encode_chunked=headers.get("Transfer-Encoding") == "chunked",
        )
        answer = conn.getresponse()
        return answer.status, {key.lower(): text for key, text in answer.getheaders()}, answer.read()


def test_record_is_made_and_read_through_the_server(door: Door) -> None:
    status, headers, raw = _ask(door, "POST", "/api/v1/records/person", json.dumps({"fields": {"name": "李雷"}}))
    assert (status, headers["content-type"], headers["etag"]) == (201, "application/json", '"1"')
    assert _ask(door, "GET", headers["location"])[2] == raw


def test_chunked_body_is_read(door: Door) -> None:
    chunks = [b'{"fields": ', b'{"name": "Ann"}', b"}"]
    status, _, _ = _ask(door, "POST", "/api/v1/records/person", iter(chunks), **{"Transfer-Encoding": "chunked"})
    assert status == 201


@pytest.mark.parametrize("address", ["/api/v1/records/person", "/api/v1/files?name=x"])
def test_chunked_body_over_the_limit_is_refused(door: Door, address: str) -> None:
    chunks = [b" " * 10_000] * (BODY_LIMIT // 10_000 + 1)
    status, headers, _ = _ask(door, "POST", address, iter(chunks), **{"Transfer-Encoding": "chunked"})
    assert (status, headers["content-type"]) == (413, "application/problem+json")


def test_chunked_file_of_just_the_limit_is_taken(door: Door) -> None:
    chunks = [b"x" * 10_000] * (BODY_LIMIT // 10_000)
    status, _, raw = _ask(door, "POST", "/api/v1/files?name=x.txt", iter(chunks), **{"Transfer-Encoding": "chunked"})
    assert (status, json.loads(raw)["size"]) == (201, BODY_LIMIT)


def test_announced_body_over_the_limit_is_refused_before_it_comes(door: Door) -> None:
    with closing(socket.create_connection(("127.0.0.1", door.port), timeout=20)) as conn:
        head = f"POST /api/v1/records/person HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {door.token}\r\n"
        conn.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {BODY_LIMIT + 1}\r\n\r\n".encode())
        assert b" 413 " in conn.recv(4096).split(b"\r\n")[0]


def test_connection_lives_on_after_a_refusal(door: Door) -> None:
    with closing(door.connection()) as conn:
        for body, status in ((b"{", 400), (json.dumps({"fields": {"name": "Ann"}}), 201), (b"[]", 400)):
            conn.request("POST", "/api/v1/records/person", body, door.headers)
            answer = conn.getresponse()
            answer.read()
            assert answer.status == status


def test_head_has_the_length_and_no_body(door: Door) -> None:
    with closing(socket.create_connection(("127.0.0.1", door.port), timeout=20)) as conn:
        head = (
            f"HEAD /api/v1/types HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {door.token}\r\nConnection: close\r\n\r\n"
        )
        conn.sendall(head.encode())
        raw = b"".join(iter(lambda: conn.recv(65_536), b""))
    top, _, body = raw.partition(b"\r\n\r\n")
    assert (top.split(b"\r\n")[0], body) == (b"HTTP/1.1 200 OK", b"")
    assert int(top.lower().split(b"content-length: ")[1].split(b"\r\n")[0]) > 0


@pytest.mark.parametrize(
    "target",
    [
        "/api/v1/records/person/1?x=/healthz",
        "/api/v1/records/person/1;/healthz",
        "/api/v1/types/%2e%2e/%2e%2e/healthz",
        "/healthz/../api/v1/types",
        "/api/v1/./types",
        "//api/v1/types",
        "/api/v1//types",
        "/api/v1/types#/healthz",
    ],
)
def test_odd_address_opens_no_door(door: Door, target: str) -> None:
    with closing(socket.create_connection(("127.0.0.1", door.port), timeout=20)) as conn:
        conn.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        raw = b"".join(iter(lambda: conn.recv(65_536), b""))
    assert int(raw.split()[1]) in (308, 400, 401, 404), raw


def test_change_is_seen_by_the_other_process(door: Door) -> None:
    address = _ask(door, "POST", "/api/v1/records/person", json.dumps({"fields": {"name": "Ann"}}))[1]["location"]
    _ask(door, "PATCH", address, json.dumps({"fields": {"name": "Anna"}}))
    assert {json.loads(_ask(door, "GET", address)[2])["version"] for _ in range(10)} == {2}


def test_revoked_token_is_refused_by_every_process_within_a_second(door: Door) -> None:
    owner = {"Authorization": f"Bearer {door.owner}"}
    made = json.loads(_ask(door, "POST", "/api/v1/tokens", json.dumps({"name": "x", "user_id": 3}), **owner)[2])
    mine = {"Authorization": f"Bearer {made['secret']}"}
    assert {_ask(door, "GET", "/api/v1/types", **mine)[0] for _ in range(20)} == {200}
    assert _ask(door, "DELETE", f"/api/v1/tokens/{made['id']}", **owner)[0] == 204
    time.sleep(1)
    assert {_ask(door, "GET", "/api/v1/types", **mine)[0] for _ in range(20)} == {401}


def test_duplicates_at_two_processes_are_done_once(door: Door) -> None:
    raw = json.dumps({"fields": {"name": "Twin", "remark": "twin"}})
    answers: list[tuple[int, bytes]] = []

    def send() -> None:
        status, _, body = _ask(door, "POST", "/api/v1/records/person", raw, **{"Idempotency-Key": "twin"})
        answers.append((status, body))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in answers} <= {201, 409, 503}
    assert len({body for status, body in answers if status == 201}) == 1
    assert json.loads(_ask(door, "GET", "/api/v1/records/person?remark=twin&count=exact")[2])["count"] == 1
