"""Safekeeping: backups are made when they are due, lie in every folder that can take them, come back, and the last good one stays."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from figures import Figure
from killing import killed_at
from lengths import rounds
from neutral_site import CLERK, OWNER, STRANGER, documents

from kartotek.engine.backup_reading import checked
from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.errors import NotFound
from kartotek.storage import backups as rows
from kartotek.storage.backups import BackupRow
from kartotek.storage.database import Database
from kartotek.storage.layout import INSTANT

BEGUN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
KEY = (
    'INSERT INTO "kartotek__key" ("id", "purpose", "type_id", "record_id", "master", "wrapped", "created_at") '
    "VALUES (7, 'field', 1, 1, 'm', 'wrapped', ?)"
)
USUAL = "backups: {to: [data/backups], every: day, at: '03:00', keep: {daily: 2, weekly: 1, monthly: 1}}\n"


@dataclass
class World:
    """A site in a folder, whose clock the test moves."""

    folder: Path
    url: str
    now: datetime = BEGUN
    opened: list[Engine] = field(default_factory=list)

    def open(self) -> Engine:
        engine = Engine(Database.open(self.url), files=self.folder / "data" / "files", secret=b"s" * 32, clock=lambda: self.now)
        self.opened.append(engine)
        return engine

    def at(self, text: str) -> None:
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC)

    def plan(self, text: str) -> Engine:
        found = documents()
        engine = self.open()
        site = found["site.yaml"].replace("timezone: Asia/Shanghai\n", "") + text
        report = engine.apply_documents({**found, "site.yaml": site}, by=OWNER, reason="A test.")
        assert not report.problems, report.problems
        return engine


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    (tmp_path / "site" / "data").mkdir(parents=True)
    made = World(tmp_path / "site", database_url)
    yield made
    for one in made.opened:
        one.close()


def _all(engine: Engine) -> list[BackupRow]:
    with engine.database.read() as conn:
        return rows.newest(conn, limit=100)


def _newest(engine: Engine) -> BackupRow:
    return _all(engine)[0]


def _lying(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.glob("*.kartotek"))


def test_one_is_made_when_it_is_due_and_once(world: World) -> None:
    engine = world.plan(USUAL)
    engine.create(CLERK, "person", {"name": "Anna"})
    assert engine.safekeeping.run_due() == 0, "nothing was missed before the site began"
    world.at("2026-11-21T02:59:59")
    assert engine.safekeeping.run_due() == 0
    world.at("2026-11-21T03:00:00")
    with engine.database.write() as conn:
        conn.run(KEY, (conn.dialect.encode(INSTANT, world.now),))
    assert [engine.safekeeping.run_due() for _ in range(3)] == [1, 0, 0]
    row = _newest(engine)
    assert (row.state, row.kind, row.told["error"], row.told["trial"]["ok"]) == ("good", "schedule", "", True), row.told
    assert row.told["trial"]["rows"] == row.told["rows"] > 0
    (name,) = _lying(world.folder / "data" / "backups")
    assert name == row.name
    made = checked(world.folder / "data" / "backups" / name, engine.keys)
    assert made.rows["person"] == 1 and made.head["audit"]
    world.at("2026-11-21T23:00:00")
    assert engine.safekeeping.run_due() == 0


def test_the_site_s_zone_counts(world: World) -> None:
    engine = world.plan(USUAL + "timezone: Asia/Shanghai\n")
    world.at("2026-11-20T18:59:00")
    assert engine.safekeeping.run_due() == 0
    world.at("2026-11-20T19:00:00")
    assert engine.safekeeping.run_due() == 1


def test_missed_ones_are_made_up_for_by_one(world: World) -> None:
    engine = world.plan(USUAL)
    engine.close()
    world.at("2026-12-10T12:00:00")
    again = world.open()
    assert [again.safekeeping.run_due() for _ in range(3)] == [1, 0, 0]
    assert _newest(again).due_at == datetime(2026, 12, 10, 3, 0, tzinfo=UTC)


def test_a_clock_that_was_wrong_for_a_while_stops_nothing_and_removes_nothing(world: World) -> None:
    engine = world.plan(USUAL)
    for moment in ("2026-11-21T03:00:00", "2031-01-01T04:00:00", "2026-11-22T03:00:00", "2026-11-23T03:00:00"):
        world.at(moment)
        assert engine.safekeeping.run_due() == 1, moment
    names = _lying(world.folder / "data" / "backups")
    assert any("20261123" in one for one in names) and any("2031" in one for one in names)


def test_what_need_not_stay_goes_and_nobody_else_s(world: World) -> None:
    engine = world.plan(USUAL)
    foreign = world.folder / "data" / "backups" / "site-00000000-20200101-000000.kartotek"
    foreign.parent.mkdir()
    foreign.write_bytes(b"of another site")
    for day in range(21, 25):
        world.at(f"2026-11-{day}T03:00:00")
        assert engine.safekeeping.run_due() == 1
    assert [one.split("-")[-2] for one in _lying(foreign.parent) if one != foreign.name] == ["20261123", "20261124"]
    assert foreign.exists()


def test_a_folder_that_is_away_is_told_and_made_up_for(world: World, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    engine = world.plan(USUAL.replace("[data/backups]", f"[data/backups, {disk}]"))
    world.at("2026-11-21T03:00:00")
    assert engine.safekeeping.run_due() == 1
    row = _newest(engine)
    assert (row.state, row.told["places"][str(disk)]["state"]) == ("good", "absent")
    assert [one.presence for one in engine.backup_desk.state(OWNER).places] == ["here", "absent"]
    disk.mkdir()
    assert engine.safekeeping.run_due() == 1
    assert _newest(engine).told["places"][str(disk)]["state"] == "good"
    assert _lying(disk) == [row.name] and list(disk.glob("*.keys"))
    assert checked(disk / row.name, engine.keys).rows


def test_an_empty_folder_where_a_disk_belongs_is_no_disk(world: World, tmp_path: Path) -> None:
    """What is mounted there is away: the site's own disk must not be filled in its place."""
    disk, away = tmp_path / "disk", tmp_path / "away"
    disk.mkdir()
    engine = world.plan(USUAL.replace("[data/backups]", f"[{disk}]"))
    world.at("2026-11-21T03:00:00")
    assert engine.safekeeping.run_due() == 1 and len(_lying(disk)) == 1
    assert not _lying(world.folder / "data" / "backups"), "what all folders have is not kept on the way"
    disk.rename(away)
    disk.mkdir()
    world.at("2026-11-22T03:00:00")
    engine.safekeeping.run_due()
    row = _newest(engine)
    assert (row.state, row.told["places"][str(disk)]["state"], _lying(disk)) == ("kept", "strange", [])
    assert len(_lying(world.folder / "data" / "backups")) == 1
    assert engine.backup_desk.state(OWNER).warning == ""
    world.at("2026-11-23T03:30:00")
    engine.safekeeping.run_due()
    assert engine.backup_desk.warning(OWNER) == "stale", "what lies beside the data alone is no good backup"
    shutil.rmtree(disk)
    away.rename(disk)
    engine.safekeeping.run_due()
    row = _newest(engine)
    assert (row.state, row.told["trial"]["ok"], len(_lying(disk))) == ("good", True, 2)
    assert not _lying(world.folder / "data" / "backups")
    assert engine.backup_desk.warning(OWNER) == ""


def test_another_disk_is_used_once_somebody_says_so(world: World, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    engine = world.plan(USUAL.replace("[data/backups]", f"[{disk}]"))
    world.at("2026-11-21T03:00:00")
    engine.safekeeping.run_due()
    shutil.rmtree(disk)
    disk.mkdir()
    with pytest.raises(NotFound):
        engine.backup_desk.adopt(CLERK, str(disk))
    engine.backup_desk.adopt(OWNER, str(disk))
    world.at("2026-11-22T03:00:00")
    assert engine.safekeeping.run_due() == 1 and len(_lying(disk)) == 1


def test_what_does_not_come_back_is_no_backup_and_removes_none(world: World) -> None:
    engine = world.plan(USUAL.replace("daily: 2", "daily: 1").replace("weekly: 1, monthly: 1", "weekly: 0, monthly: 0"))
    world.at("2026-11-21T03:00:00")
    assert engine.safekeeping.run_due() == 1
    good = _newest(engine)
    folder = world.folder / "data" / "backups"
    spoilt = bytearray((folder / good.name).read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    (folder / good.name).write_bytes(spoilt)
    engine.backup_desk.ask(OWNER, "trial")
    assert engine.safekeeping.run_due() == 1
    trial, judged = _all(engine)[:2]
    assert (trial.kind, trial.state, judged.state) == ("trial", "failed", "failed")
    assert "does not come back" in judged.told["error"] and engine.backup_desk.warning(OWNER) == "failed"
    world.at("2026-11-21T03:02:00")
    assert engine.safekeeping.run_due() == 1, "a new one is made in its place"
    assert _newest(engine).state == "good" or _all(engine)[1].state == "good"
    assert engine.backup_desk.warning(OWNER) in ("", "failed")


def test_only_who_looks_after_backups_knows_of_them(world: World) -> None:
    engine = world.plan(USUAL)
    world.at("2027-01-01T00:00:00")
    for actor in (CLERK, STRANGER):
        assert engine.backup_desk.warning(actor) == ""
        for work in (lambda: engine.backup_desk.state(actor), lambda: engine.backup_desk.ask(actor, "hand")):  # noqa: B023
            with pytest.raises(NotFound):
                work()
    assert engine.backup_desk.warning(OWNER) == "stale"
    assert _all(engine) == []


@pytest.mark.durability("D5")
def test_killed_anywhere_the_last_good_one_stays_and_the_next_comes(world: World, figure: Figure) -> None:
    engine = world.plan(USUAL)
    world.at("2026-11-21T03:00:00")
    assert engine.safekeeping.run_due() == 1
    good, folder = _newest(engine), world.folder / "data" / "backups"
    engine.close()
    number, seen = 1, 0
    while True:
        world.now += timedelta(days=1)

        def work() -> None:
            again = world.open()
            again.safekeeping.run_due()

        if not killed_at(number, work):
            break
        seen += 1
        after = world.open()
        for path in folder.glob("*.kartotek"):
            assert checked(path, after.keys).rows, f"{path} lies there and is none"
        world.now += timedelta(minutes=10)
        after.safekeeping.run_due()
        world.now += timedelta(minutes=10)
        after.safekeeping.run_due()
        assert _newest(after).state == "good", _newest(after)
        good = _newest(after)
        after.close()
        number += rounds(23, 2)
    assert seen > 1
    for left in folder.glob(".unfinished-*"):  # of somebody who died while he removed it: looked at again after a minute
        os.utime(left, (0, 0))
    world.open().backups.make("The last.")
    assert not list(folder.glob(".unfinished-*"))
    figure(f"kill -9 in a nightly backup: {seen} kills, the last good one stayed, the next came")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 100 KB, where the machine lets us have one; elsewhere the test below stands in for it."""
    disk = tmp_path / "small"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "none", str(disk)], capture_output=True, check=False).returncode:
        pytest.skip("No disk can be mounted here.")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.durability("D6")
def test_a_small_disk_that_is_full_leaves_the_others_theirs(world: World, small_disk: Path) -> None:
    engine = world.plan(USUAL.replace("[data/backups]", f"[{small_disk}, data/backups]"))
    world.at("2026-11-21T03:00:00")
    assert engine.safekeeping.run_due() == 1
    first = _newest(engine)
    assert {one["state"] for one in first.told["places"].values()} == {"good"}
    for start in range(0, 600, 100):
        engine.bulk(CLERK, "person", [_person(one) for one in range(start, start + 100)])
    world.at("2026-11-22T03:00:00")
    assert engine.safekeeping.run_due() == 1
    row = _newest(engine)
    place = row.told["places"][str(small_disk)]
    assert (row.state, place["state"], "no room for" in place["error"], row.told["places"]["data/backups"]["state"]) == ("good", "failed", True, "good")
    assert _lying(small_disk) == [first.name] and checked(small_disk / first.name, engine.keys).rows
    assert not list(small_disk.glob(".unfinished*"))
    subprocess.run(["mount", "-o", "remount,size=10m", str(small_disk)], check=True)
    world.at("2026-11-22T05:00:00")
    assert engine.safekeeping.run_due() == 1
    assert _lying(small_disk) == [first.name, row.name]


def _with_small_files(limit: int, work: Callable[[], Any]) -> None:
    """In a process that may write no file longer than that: as on a disk that is full."""
    child = os.fork()
    if not child:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            work()
        finally:
            os._exit(0)
    os.waitpid(child, 0)


def test_a_full_disk_is_told_and_leaves_what_was(world: World, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    engine = world.plan(USUAL.replace("[data/backups]", f"[{disk}]"))
    for start in range(0, 600, 100):
        engine.bulk(CLERK, "person", [_person(one) for one in range(start, start + 100)])
    world.at("2026-11-21T03:00:00")
    assert engine.safekeeping.run_due() == 1
    good = _newest(engine)
    engine.close()
    world.at("2026-11-22T03:00:00")
    _with_small_files(good.told["size"] // 2, lambda: world.open().safekeeping.run_due())
    again = world.open()
    assert _lying(disk) == [good.name]
    assert not [one for one in disk.iterdir() if one.name.startswith(".unfinished")]
    assert checked(disk / good.name, again.keys).rows["person"] == 600
    world.at("2026-11-22T03:20:00")
    again.safekeeping.run_due()
    world.at("2026-11-22T03:40:00")
    again.safekeeping.run_due()
    assert _newest(again).state == "good" and len(_lying(disk)) == 2


def _person(number: int) -> BulkRow:
    return BulkRow({"name": f"Person {number}", "note": os.urandom(90).hex()})


def test_keys_are_written_anew_wherever_backups_lie(world: World, tmp_path: Path) -> None:
    """A folder that cannot be written keeps nobody from the others."""
    disks = [tmp_path / "first", tmp_path / "second"]
    for one in disks:
        one.mkdir()
    engine = world.plan(USUAL.replace("[data/backups]", f"[{disks[0]}, {disks[1]}]"))
    engine.backups.make("Before a change.")
    world.at("2026-11-21T03:00:00")
    assert engine.safekeeping.run_due() == 1
    folders = [*disks, world.folder / "data" / "backups"]
    before = [next(one.glob("*.keys")).read_bytes() for one in folders]
    (spoilt,) = disks[0].glob("*.keys")
    spoilt.unlink()
    spoilt.mkdir()
    (spoilt / "in the way").touch()
    engine.safekeeping.write_keys()
    after = [next(one.glob("*.keys")).read_bytes() for one in folders[1:]]
    assert not set(after) & set(before)
