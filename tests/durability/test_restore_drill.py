"""The drill: all of a site is gone, its last backup, the keys beside it and the master key bring everything back."""

from __future__ import annotations

import hashlib
import io
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from figures import Figure
from lengths import rounds
from running_site import PASSWORD, kartotek, small_site, with_field, write_type

from kartotek.engine.bulk import BulkRow
from kartotek.model.actor import Actor
from kartotek.model.audit import AuditQuery
from kartotek.model.query import Query
from kartotek.site import Site

BY = Actor.system("test")
COUNT = rounds(400, 20_000)
NOTE = {"type": "string", "title": "Note", "x-field": {"encrypt": True}}
PAPERS = {"type": "string", "format": "uuid", "title": "Papers", "x-field": {"file": {}}}


def _filled(folder: Path, database: str) -> Path:
    """Encrypted values, files, changes, something removed, accounts."""
    declared = with_field("note", NOTE)
    write_type(small_site(folder), "person", {**declared, "properties": {**declared["properties"], "papers": PAPERS}})
    site = Site(folder, database=database)
    site.prepare(owner_password=PASSWORD)
    for start in range(0, COUNT, 200):
        site.engine.bulk(BY, "person", [BulkRow({"name": f"P{one}", "note": f"told in confidence {one}"}) for one in range(start, start + 200)])
    for id in range(1, 6):
        staged = site.engine.stage_file(BY, io.BytesIO(f"paper {id}".encode() * 1000), name=f"{id}.txt")
        site.engine.update(BY, "person", id, {"papers": staged["id"], "note": f"changed {id}"})
    site.engine.delete(BY, "person", 7)
    site.close()
    assert kartotek("user", "add", "ana", "--role", "owner", "--site", folder, database=database, KARTOTEK_PASSWORD=PASSWORD).status == 0
    return folder


def _content(folder: Path, database: str) -> dict[str, Any]:
    """All that people know of a site, in one way of writing it."""
    site = Site(folder, database=database)
    try:
        engine, people = site.engine, list[Any]()
        cursor: str | None = ""
        while cursor is not None:
            page = engine.select(BY, "person", Query(limit=500, cursor=cursor))
            people, cursor = [*people, *page.items], page.next
        papers, by_id = {}, {one["id"]: one for one in people}
        for id in range(1, 6):
            file = by_id[id]["fields"]["papers"]
            with engine.open_file(BY, "person", id, file).stream as stream:
                papers[file] = hashlib.sha256(stream.read()).hexdigest()
        return {
            "people": people, "papers": papers, "removed": engine.get(BY, "person", 7, trash=True)["fields"],
            "history": [list(engine.history(BY, "person", id).items) for id in range(1, 9)],
            "users": sorted((one.username, tuple(one.roles)) for one in engine.users.everyone()),
            "signs in": site.users.verify("ana", PASSWORD) is not None,
            "audit": [(one.seq, one.at, one.entry) for one in engine.audit.entries(AuditQuery(limit=500, actions=("create", "update", "delete", "bulk")))],
            "files": dict(site.documents()),
        }
    finally:
        site.close()


@pytest.mark.durability("D14")
def test_all_comes_back_on_another_machine(
    tmp_path: Path, database_url: str, request: pytest.FixtureRequest, figure: Figure
) -> None:
    url = "" if database_url.startswith("sqlite") else database_url
    fresh: Callable[[], str] = request.getfixturevalue("fresh_database") if url else lambda: ""
    other = fresh()
    site, disk = _filled(tmp_path / "site", url), tmp_path / "disk"
    before = _content(site, url)
    assert kartotek("backup", "--to", disk / "one.kartotek", "--site", site, database=url).status == 0
    shutil.copy(site / "secrets" / "master.key", tmp_path / "sheet.key")
    shutil.rmtree(site)
    began = time.monotonic()
    done = kartotek("restore", disk / "one.kartotek", "--key", tmp_path / "sheet.key", "--site", tmp_path / "back", database=other)
    seconds = time.monotonic() - began
    assert (done.status, done.err) == (0, "")
    after = _content(tmp_path / "back", other)
    differs = [name for name in before if before[name] != after[name]]
    looked = [kartotek(*words, "--site", tmp_path / "back", database=other) for words in (("verify",), ("audit", "verify"))]
    figure(f"restore on another machine: {len(before['people']):,} records with encrypted values, files, history, accounts, audit: {len(differs)} differ; {seconds:.1f} s")
    assert differs == [] and [one.status for one in looked] == [0, 0], [one.out for one in looked]
