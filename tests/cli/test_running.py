"""The command run: a real server from its start to its end."""

from __future__ import annotations

import json
import socket
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from running_site import (
    PASSWORD,
    PERSON,
    Browser,
    kartotek,
    kartotek_process,
    new_token,
    running,
    seconds_until,
    small_site,
    with_field,
    working,
    write_type,
)

SOON = 3.0  # a second on a machine that has nothing else to do
NICKNAME = {"type": "string", "title": "Nickname of theirs"}


def test_a_new_site_runs_tells_the_password_once_and_keeps_its_secrets(tmp_path: Path) -> None:
    site = tmp_path / "mine"
    kartotek("new", site)
    with running(site, KARTOTEK_OWNER_PASSWORD="") as server:
        (line,) = [line for line in server.printed if "password" in line]
        password = line.split("password ")[1].split()[0]
        assert "Person" in Browser(server.address).sign_in("owner", password)
        assert server.stop() == 0
    with running(site, KARTOTEK_OWNER_PASSWORD="") as server:
        assert not [line for line in server.printed if "password" in line]
    assert {stat.S_IMODE((site / name).stat().st_mode) for name in ("data", "secrets")} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (site / "secrets").iterdir()} == {0o600}


def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        refused = kartotek_process("run", "--site", site, "--port", other.getsockname()[1])
    assert refused.status == 1
    assert "is taken by another program" in refused.err
    assert "Traceback" not in refused.err


def test_first_start_with_a_mistake_is_refused_with_its_place(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    write_type(site, "person", {**PERSON, "required": ["nmae"]})
    refused = kartotek_process("run", "--site", site, "--port", "0")
    assert refused.status == 1
    assert "schemas/person.json:" in refused.err
    assert "Traceback" not in refused.err


def test_a_saved_field_is_live_on_every_server_within_a_second(tmp_path: Path, database_url: str) -> None:
    site = small_site(tmp_path / "site")
    with running(site, database=database_url, workers=2) as one, running(site, database=database_url) as other:
        one.token = other.token = new_token(site, database_url)
        _, kept = one.api("POST", "/records/person", {"fields": {"name": "李娜"}})
        pages = Browser(other.address)
        pages.sign_in("owner", PASSWORD)
        assert NICKNAME["title"] not in pages.get("/r/person/new")
        write_type(site, "person", with_field("nickname", NICKNAME))

        def live() -> bool:  # asked several times, because any of a server's processes may answer
            return all("nickname" in json.dumps(one.api("GET", "/openapi.json")[1]) for _ in range(6)) and (
                "nickname" in json.dumps(other.api("GET", "/types/person")[1])
            )

        print(f"live on both after {seconds_until(live, at_most=SOON):.2f} s")
        assert NICKNAME["title"] in pages.get("/r/person/new")
        address = f"/records/person/{kept['id']}"
        status, changed = other.api("PATCH", address, {"fields": {"nickname": "Nana"}}, **{"If-Match": '"1"'})
        assert (status, changed["fields"]) == (200, {"name": "李娜", "nickname": "Nana"})
        assert one.api("GET", address)[1]["fields"]["nickname"] == "Nana"


@pytest.mark.durability("D7")
def test_a_broken_file_changes_nothing_and_is_told(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    with running(site) as server:
        server.token = new_token(site)
        (site / "schemas" / "person.json").write_text('{"title": "Per')
        time.sleep(1)
        assert server.api("POST", "/records/person", {"fields": {"name": "Ada"}})[0] == 201
        write_type(site, "person", with_field("nickname", NICKNAME))
        seconds_until(lambda: "nickname" in json.dumps(server.api("GET", "/types/person")[1]), at_most=SOON)
        server.process.terminate()
        assert server.process.stdout is not None
        assert "schemas/person.json:1:" in server.process.stdout.read()


@pytest.mark.durability("D7")
def test_a_server_started_with_a_broken_file_serves_the_last_good(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    with running(site) as server:
        server.stop()
    (site / "schemas" / "person.json").write_text("{")
    with running(site) as server:
        assert any("schemas/person.json:1:" in line for line in server.printed)
        server.token = new_token(site)
        assert server.api("GET", "/records/person")[0] == 200


def test_a_revoked_token_ends_on_every_process(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    with running(site, workers=2) as server:
        server.token = new_token(site)
        assert server.api("GET", "/records/person")[0] == 200
        (told,) = json.loads(kartotek("token", "list", "--format", "json", "--site", site).out)
        kartotek("token", "revoke", str(told["id"]), "--site", site)
        time.sleep(1)
        assert {server.api("GET", "/records/person")[0] for _ in range(10)} == {401}


def test_two_servers_that_start_together_make_one_owner(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: stack.enter_context(running(site)), range(2)))
        people = json.loads(kartotek("user", "list", "--format", "json", "--site", site).out)
    assert [one["username"] for one in people] == ["owner"]


def test_the_worker_alone_brings_saved_files_in_and_ends_when_asked(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    with running(site) as server:
        server.stop()
    with working(site) as process:
        write_type(site, "person", with_field("nickname", NICKNAME))
        seconds_until(lambda: "nickname" in kartotek("openapi", "--site", site).out, at_most=10)
        process.terminate()
        assert process.wait(timeout=20) == 0
