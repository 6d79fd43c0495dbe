"""kartotek audit: whether it is whole, what stands in it, and its last entry as a line to keep elsewhere."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from running_site import PASSWORD, kartotek, small_site

from kartotek.model.actor import Actor
from kartotek.site import Site

BY = Actor.system("test")


@pytest.fixture
def started(tmp_path: Path) -> Path:
    """A site that was started once, with a person."""
    site = Site(small_site(tmp_path / "site"))
    site.prepare(owner_password=PASSWORD)
    id = site.engine.create(BY, "person", {"name": "Anna"})["id"]
    site.engine.update(BY, "person", id, {"name": "Berta"})
    site.close()
    return tmp_path / "site"


def cut(site: Path, last: int) -> None:
    """Does what somebody does who has the database and not the keys: takes the newest entries away, traces and all."""
    with closing(sqlite3.connect(site / "data" / "records.db", isolation_level=None)) as conn:
        for table in ("kartotek__audit", "kartotek__audit_record"):
            conn.execute(f'DROP TRIGGER "{table}_unremoved"')
            conn.execute(f'DELETE FROM "{table}" WHERE "seq" > ?', (last,))
        conn.execute(
            'UPDATE "kartotek__audit_head" SET "seq" = ?, "mac" = (SELECT "mac" FROM "kartotek__audit" WHERE "seq" = ?)', (last, last)
        )


def test_what_was_done_is_listed_and_whole(started: Path) -> None:
    listed = kartotek("audit", "list", "--record", "person/1", "--site", started)
    assert listed.status == 0 and "changed Person 1: Name." in listed.out.splitlines()[0] and "created Person 1." in listed.out
    rows = json.loads(kartotek("audit", "list", "--action", "update", "--format", "json", "--site", started).out)
    assert [(one["type"], one["id"], one["fields"]) for one in rows] == [("person", 1, ["name"])]
    assert "Anna" not in kartotek("audit", "list", "--site", started).out
    assert kartotek("audit", "list", "--record", "person/x", "--site", started).status == 1
    whole = kartotek("audit", "verify", "--site", started)
    assert (whole.status, whole.out.startswith("ok to entry ")) == (0, True)


def test_a_cut_is_found_by_a_line_that_was_kept_and_by_a_backup(started: Path, tmp_path: Path) -> None:
    line = kartotek("audit", "head", "--site", started).out.strip()
    last = int(line.split()[1])
    assert kartotek("audit", "verify", "--head", line, "--site", started).status == 0
    cut(started, last - 1)
    (started / "data" / "audit" / "heads").unlink(missing_ok=True)
    assert kartotek("audit", "verify", "--site", started).status == 0, "nothing in the database can tell"
    kept = tmp_path / "mail.txt"
    kept.write_text(f"Dear owner,\n{line}\n", encoding="utf-8")
    for way in (("--head", line), ("--heads", kept)):
        told = kartotek("audit", "verify", *way, "--site", started)
        assert told.status == 1 and f"knows entry {last}" in told.out and "NOT WHOLE" in told.out
    found = json.loads(kartotek("audit", "verify", "--head", line, "--format", "json", "--site", started).out)
    assert [one["code"] for one in found["faults"]] == ["cut_off"] and not found["ok"]
    assert kartotek("audit", "verify", "--head", "nothing", "--site", started).status == 1


def test_a_backup_knows_the_head_and_a_restore_is_told_from_a_cut(started: Path) -> None:
    assert kartotek("backup", "--site", started).status == 0
    known = kartotek("audit", "verify", "--site", started)
    assert known.status == 0 and "the backup " in known.out
    last = int(known.out.split("head")[0].split()[-1].rstrip(","))
    cut(started, last - 1)
    told = kartotek("audit", "verify", "--site", started)
    assert told.status == 1 and "the backup " in told.out
    (backup,) = (started / "data" / "backups").glob("*.kartotek")
    assert kartotek("restore", backup, "--replace", "--site", started).status == 0
    back = kartotek("audit", "verify", "--site", started)
    assert back.status == 0, back.out
    assert "A backup was restored." in kartotek("audit", "list", "--action", "backup_restored", "--site", started).out
