"""The command reindex: what it builds, what it compares, and how it ends."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from running_site import kartotek, small_site

from kartotek.model.actor import Actor
from kartotek.site import Site


def test_reindex_builds_and_compares_and_check_only_compares(tmp_path: Path) -> None:
    folder = small_site(tmp_path / "site")
    site = Site(folder)
    site.prepare(owner_password="correct horse battery", demo=False)
    for name in ("张三", "Anna"):
        site.engine.create(Actor.system("test"), "person", {"name": name})
    site.close()

    built = kartotek("reindex", "--site", folder)
    assert (built.status, built.out, built.err) == (0, "person: 2 records, all as they are found.\n", "")
    with sqlite3.connect(folder / "data" / "records.db") as conn:
        conn.execute("UPDATE person SET name = 'Berta' WHERE id = 2")
    conn.close()
    checked = kartotek("reindex", "person", "--check", "--site", folder)
    assert checked.status == 1 and "1 of 2 records wrong: 2. Build it anew with: kartotek reindex person" in checked.out
    assert kartotek("reindex", "person", "--site", folder).status == 0
    told = kartotek("reindex", "--check", "--format", "json", "--site", folder)
    assert (told.status, json.loads(told.out)) == (0, [{"type": "person", "complete": True, "records": 2, "wrong": []}])
    unknown = kartotek("reindex", "nothing", "--site", folder)
    assert unknown.status == 1 and "no such record type" in unknown.err
