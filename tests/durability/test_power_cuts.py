"""The power is cut: what is on the disk then is all that was acknowledged until a moment, whole, and nothing after it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from figures import Figure
from lengths import rounds
from running_site import PASSWORD, small_site

from kartotek.model.actor import Actor
from kartotek.site import Site
from kartotek.storage.sqlite import plain_connection

BY = Actor.system("test")
RECORDS = 40
_COUNTS = (
    'SELECT (SELECT count(*) FROM "person"), (SELECT max("id") FROM "person"), '
    """(SELECT count(*) FROM "kartotek__history" WHERE "type" = 'person'), """
    """(SELECT count(*) FROM "kartotek__audit" WHERE "action" = 'create')"""
)


def _made(folder: Path) -> Path:
    site = Site(small_site(folder))
    site.prepare(owner_password=PASSWORD)
    site.close()
    return folder


@pytest.mark.durability("D2")
def test_a_log_that_was_cut_anywhere_leaves_all_that_was_written_before(tmp_path: Path, figure: Figure) -> None:
    """A third of the cuts leaves rubbish behind, as a disk does that was writing."""
    site = Site(_made(tmp_path / "site"))
    log, ends = site.data / "records.db-wal", [0]
    for number in range(RECORDS):
        site.engine.create(BY, "person", {"name": f"Person {number}"})
        ends.append(log.stat().st_size)
    assert ends == sorted(ends), "the log was begun anew: these are no longer its ends"
    whole, kept = log.read_bytes(), shutil.copy(site.data / "records.db", tmp_path / "kept.db")
    site.close()
    draw, cuts, partly = Random(2), rounds(60, 900), 0
    for number in range(cuts):
        at = draw.randrange(len(whole))
        path = tmp_path / f"cut{number}.db"
        shutil.copy(kept, path)
        rubbish = os.urandom(64) if number % 3 == 0 else b""
        path.with_name(f"{path.name}-wal").write_bytes(whole[:max(0, at - len(rubbish) // 2)] + rubbish)
        found = _found(path)
        least = max(index for index, end in enumerate(ends) if end <= max(0, at - len(rubbish) // 2))
        assert found >= least, f"cut at {at}: {found} of {least}"
        partly += 0 < found < RECORDS
        for one in tmp_path.glob(f"{path.name}*"):
            one.unlink()
    figure(f"the log cut at a random byte: {cuts} cuts, {cuts} times whole and all that was written before ({partly} in the middle)")
    assert partly > cuts // 4


def _found(path: Path) -> int:
    """How many people there are, with their history and entries of the audit."""
    with closing(plain_connection(path)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        people, last, changes, entries = conn.execute(_COUNTS).fetchone()
    assert people == (last or 0) == changes == entries
    return int(people)


@pytest.mark.durability("D2")
def test_nothing_is_acknowledged_before_it_is_on_the_disk(tmp_path: Path, figure: Figure) -> None:
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: WHETHER THE DISK IS WAITED FOR IS NOT LOOKED AT.")
    folder, writes = _made(tmp_path / "site"), rounds(20, 200)
    none, some = _syncs(folder, 0, tmp_path), _syncs(folder, writes, tmp_path)
    figure(f"the disk is waited for: {writes} writes acknowledged, {some - none} times fsync or fdatasync, {(some - none) / writes:.2f} for each")
    assert some - none >= writes


def _syncs(folder: Path, count: int, scratch: Path) -> int:
    told = scratch / f"syncs{count}"
    command = ["strace", "-f", "-e", "trace=fsync,fdatasync", "-o", str(told), sys.executable, str(Path(__file__).with_name("acknowledging.py"))]
    done = subprocess.run([*command, str(folder), str(count)], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode and "ptrace" in done.stderr:
        pytest.skip("strace may not trace here: WHETHER THE DISK IS WAITED FOR IS NOT LOOKED AT.")
    assert done.stdout.strip() == str(count), done.stderr
    return len(re.findall(r"\b(?:fsync|fdatasync)\(.*= 0", told.read_text()))
