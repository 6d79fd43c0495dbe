"""Backups: what is in them, that nobody waits for them, and that one which is not whole is never taken for one."""

from __future__ import annotations

import io
import json
import tarfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from neutral_site import CLERK, OWNER

from kartotek.engine.backup_reading import checked as checked_with
from kartotek.engine.backup_reading import opened
from kartotek.engine.backups import KEPT, Backups
from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.engine.keyring import Keyring
from kartotek.engine.scratch_folder import UNFINISHED
from kartotek.errors import SetupInvalid
from kartotek.storage.archive import ArchiveReader

Make = Callable[..., dict[str, Any]]
LONGEST_WAIT = 1.0
KEYS = Keyring.of_secret(b"s" * 32)  # as the engine of these tests has them


def checked(path: Path) -> Any:
    return checked_with(path, KEYS)


def _names(path: Path) -> list[str]:
    with opened(path, KEYS) as archive:
        return [name for name, _ in archive.members()]


def _filled(engine: Engine, count: int) -> None:
    for start in range(0, count, 500):
        rows = [BulkRow({"name": f"Person {start + number}", "note": "x" * 200}) for number in range(min(500, count - start))]
        engine.bulk(CLERK, "person", rows)


def test_a_backup_tells_what_it_holds(engine: Engine, made: Make) -> None:
    for number in range(3):
        made("person", name=f"Person {number}")
    found = checked(engine.backups.make("A test."))
    assert (found.reason, found.files, found.rows["person"]) == ("A test.", None, 3)
    assert found.rows["kartotek__history"] == 3
    assert found.head["catalog"]["version"] == engine.catalog().version
    assert found.path.stat().st_mode & 0o077 == 0


def test_a_backup_with_files_holds_their_bytes(engine: Engine, tmp_path: Path) -> None:
    staged = engine.stage_file(CLERK, io.BytesIO(b"the very bytes"), name="a.txt")
    found = engine.backups.write(tmp_path / "mine.tar.gz", "By hand.")
    assert (found.files, found.missing) == (1, 0)
    with opened(found.path, KEYS) as archive:
        (sealed,) = (b"".join(chunks) for name, chunks in archive.members() if name.startswith("files/"))
    assert [path.read_bytes() for path in (tmp_path / "files").glob("*/*")] == [sealed]
    assert staged["size"] == 14


def test_a_file_that_is_gone_is_counted(engine: Engine, tmp_path: Path) -> None:
    engine.stage_file(CLERK, io.BytesIO(b"soon gone"), name="a.txt")
    for path in (tmp_path / "files").glob("*/*"):
        path.unlink()
    assert engine.backups.write(tmp_path / "mine.tar.gz", "By hand.").missing == 1


def test_writers_go_on_while_a_backup_is_made(engine: Engine) -> None:
    """What was there when it began is in it, what came later is not counted as lost."""
    _filled(engine, 2000)
    waits, stop = [], threading.Event()

    def write() -> None:
        while not stop.is_set():
            begun = time.monotonic()
            engine.create(CLERK, "person", {"name": "In between"})
            waits.append(time.monotonic() - begun)

    writers = [threading.Thread(target=write) for _ in range(2)]
    for one in writers:
        one.start()
    try:
        time.sleep(0.1)
        before = len(waits)
        found = checked(engine.backups.make("While others write."))
        during = len(waits) - before
    finally:
        stop.set()
        for one in writers:
            one.join()
    assert found.rows["person"] == found.rows["kartotek__history"] >= 2000 + before
    assert during > 0, "no writer came through while the backup was made"
    print(f"{during} writes during the backup, longest wait {max(waits) * 1000:.0f} ms")
    assert max(waits) < LONGEST_WAIT


def test_the_newest_ten_are_kept_and_others_files_stay(engine: Engine, tmp_path: Path) -> None:
    times = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number // 3) for number in range(1000))
    kept = Backups(engine.database, tmp_path, lambda: next(times), KEYS)
    foreign = tmp_path / "backups" / "mine.kartotek.tar.gz"
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_bytes(b"not ours")
    made_ = [kept.make(str(number)) for number in range(KEPT + 3)]
    assert kept.kept() == list(reversed(made_))[:KEPT]
    assert foreign.read_bytes() == b"not ours"
    names = {".lock", f"{kept.name}.keys", foreign.name, *(one.name for one in made_[-KEPT:])}
    assert {one.name for one in foreign.parent.iterdir()} == names


def test_a_backup_is_never_written_over_another(engine: Engine, tmp_path: Path) -> None:
    there = tmp_path / "there.tar.gz"
    there.write_bytes(b"somebody's")
    with pytest.raises(SetupInvalid, match="there already"):
        engine.backups.write(there, "By hand.")
    assert there.read_bytes() == b"somebody's"


def test_a_backup_cut_off_anywhere_is_refused(engine: Engine, made: Make, tmp_path: Path) -> None:
    made("person", name="Anna")
    whole = engine.backups.make("A test.").read_bytes()
    path = tmp_path / "broken.tar.gz"
    for end in sorted({0, 1, 9, 10, 11, *range(0, len(whole) - 20, max(1, len(whole) // 15)), len(whole) - 20}):
        path.write_bytes(whole[:end])
        with pytest.raises(SetupInvalid):
            checked(path)


def test_a_backup_with_a_byte_changed_is_refused(engine: Engine, made: Make, tmp_path: Path) -> None:
    """In every region: the label, the salt, the first, middle and last piece and their tags."""
    made("person", name="Anna")
    whole = engine.backups.make("A test.").read_bytes()
    path = tmp_path / "broken.kartotek"
    label = whole.index(b"\n", 17)
    for at in sorted({0, 15, 16, *range(17, label + 60, 7), *range(label, len(whole), max(1, len(whole) // 25)), len(whole) - 17, len(whole) - 1}):
        for bit in (0x01, 0x80):
            path.write_bytes(whole[:at] + bytes((whole[at] ^ bit,)) + whole[at + 1 :])
            with pytest.raises(SetupInvalid):
                checked(path)


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b", b"PK\x03\x04"])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "some.tar.gz"
    path.write_bytes(content)
    with pytest.raises(SetupInvalid):
        checked(path)


@pytest.mark.parametrize(
    ("name", "head", "said"),
    [("kartotek.json", {"format": 99}, "newer"), ("kartotek.json", {}, "damaged"), ("kartotek.json", {"format": "1"}, "not a backup"),
     ("other.json", {"format": 1}, "not a backup"), ("kartotek.json", [], "damaged")],
)
def test_what_is_of_another_make_is_refused(tmp_path: Path, name: str, head: Any, said: str) -> None:
    path = tmp_path / "some.tar.gz"
    text = json.dumps(head).encode()
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
    with pytest.raises(SetupInvalid, match=said):
        checked(path)


def test_a_link_in_a_backup_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "some.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("kartotek.json")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(SetupInvalid, match="not a file"):
        checked(path)


def test_an_unfinished_backup_of_one_who_died_is_removed(engine: Engine, tmp_path: Path) -> None:
    left = tmp_path / "backups" / f"{UNFINISHED}dead"
    left.mkdir(parents=True)
    (left / ".lock").touch()
    (left / "records.db").write_bytes(b"half")
    engine.backups.make("A test.")
    assert not left.exists()


@pytest.mark.parametrize("which", ["a file", "a link to nowhere", "a link that leads round"])
def test_where_no_backup_can_be_made_nothing_is_changed_and_the_change_has_ended(engine: Engine, tmp_path: Path, which: str) -> None:
    folder = tmp_path / "backups"
    if which == "a file":
        folder.write_text("x")
    else:
        folder.symlink_to("/proc/nowhere/x" if which == "a link to nowhere" else folder)
    wanted = {**engine.catalog().documents}
    wanted["schemas/person.json"] = wanted["schemas/person.json"].replace('"note"', '"remark"')
    plan = engine.plans.plan(OWNER, wanted)
    assert plan.to_confirm
    with pytest.raises(SetupInvalid):
        engine.plans.apply(OWNER, wanted, hash=plan.hash, confirm=plan.to_confirm)
    assert engine.catalog().version == 1 and engine.plans.running() is None
    engine.plans.accept(OWNER, wanted, hash=plan.hash, confirm=plan.to_confirm)
    ended = engine.plans.run_due()
    assert ended is not None and (ended.status, engine.catalog().version) == ("failed", 1)
