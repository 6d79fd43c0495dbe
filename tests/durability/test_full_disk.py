"""The disk is full while a site is used: nothing that was acknowledged is lost, all is said in plain words, reading goes on."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from urllib.error import HTTPError

import pytest
from breakable import Disk
from figures import Figure
from running_site import PASSWORD, Browser, Server, kartotek, new_token, running, small_site, with_field, write_type

NOTE = {"type": "string", "title": "Note", "maxLength": 20000}
PLAIN = {507, 503}


def _write_until_full(server: Server, acknowledged: dict[int, str]) -> Counter[str]:
    """Creates and changes records until twenty in a row were refused; {how: how often}."""
    answers: Counter[str] = Counter()
    refused = 0
    for number in range(5000):
        text = f"{number} {os.urandom(3000).hex()}"
        method, path = ("PATCH", f"/records/person/{next(iter(acknowledged))}") if number % 5 == 4 and acknowledged else ("POST", "/records/person")
        status, told = server.api(method, path, {"fields": {"name": f"P{number}", "note": text}})
        answers[f"{status} {told.get('code', '')}".strip()] += 1
        if status in (200, 201):
            acknowledged[told["id"]], refused = text, 0
        else:
            assert "room" in told["detail"] or status == 503, told
            refused += 1
            if refused == 20:
                return answers
    raise AssertionError("the disk was never full")


def _signing_in(server: Server) -> int:
    """The status of the answer to somebody who signs in anew."""
    try:
        Browser(server.address).sign_in("owner", PASSWORD)
    except HTTPError as error:
        with error:
            assert error.code != 507 or "no room" in error.read().decode()
            return error.code
    return 200


def _lost(server: Server, acknowledged: dict[int, str]) -> list[int]:
    found = {one: server.api("GET", f"/records/person/{one}") for one in acknowledged}
    return [one for one, (status, told) in found.items() if status != 200 or told["fields"]["note"] != acknowledged[one]]


@pytest.mark.durability("D6")
def test_a_full_disk_loses_nothing_acknowledged_and_says_so(disk: Disk, tmp_path: Path, figure: Figure) -> None:
    site = small_site(disk.folder / "site")
    write_type(site, "person", with_field("note", NOTE))
    acknowledged: dict[int, str] = {}
    with running(site) as server:
        server.token = new_token(site)
        browser = Browser(server.address)
        browser.sign_in("owner", PASSWORD)
        answers = _write_until_full(server, acknowledged)
        errors = sum(count for how, count in answers.items() if how[:3] not in ("200", "201"))
        assert {int(how[:3]) for how in answers} <= {200, 201, *PLAIN}, answers
        assert _lost(server, acknowledged) == []
        assert server.api("GET", "/records/person?limit=50")[0] == 200
        assert f"/r/person/{min(acknowledged)}" in browser.get("/r/person?sort=meta.created_at"), "pages go on too"
        assert _signing_in(server) in (200, 507)
        disk.resize("40m")
        status, made = server.api("POST", "/records/person", {"fields": {"name": "Again", "note": "room"}})
        assert status == 201, made
        acknowledged[made["id"]] = "room"
        assert _signing_in(server) == 200
        assert server.stop() == 0
    with running(site) as server:
        server.token = new_token(site)
        lost = _lost(server, acknowledged)
    figure(f"disk full: {len(acknowledged):,} acknowledged, {len(lost)} lost, {errors} refused in plain words, 0 others; reads went on, writes resumed")
    assert lost == []
