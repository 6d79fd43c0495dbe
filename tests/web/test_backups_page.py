"""The page of backups: for whom it is there, what it tells, and what its buttons set going."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from visitors import SYSTEM, Pages
from web_site import documents

OTHERS = ("/backups/make", "/backups/try", "/backups/folder")


@pytest.fixture
def disk(pages: Pages, tmp_path: Path) -> Path:
    """The only folder that backups go to; clerks look after them."""
    folder = tmp_path / "disk"
    folder.mkdir()
    declared = documents()
    site = declared["site.yaml"].replace("clerk: {", "clerk: {may: [backups], ")
    site += f"backups: {{to: [{folder}], every: day, at: '03:00'}}\n"
    wanted = {**declared, "site.yaml": site}
    plan = pages.engine.plans.plan(SYSTEM, wanted)
    pages.engine.plans.apply(SYSTEM, wanted, hash=plan.hash, confirm=plan.to_confirm)
    return folder


def _later(pages: Pages, **time: int) -> None:
    now = pages.engine.clock() + timedelta(**time)
    pages.engine.clock = lambda: now  # type: ignore[method-assign]


def test_a_backup_is_asked_for_made_and_told(pages: Pages, disk: Path) -> None:
    owner = pages.visitor("owner")
    assert "There is none yet." in owner.get("/backups/").text
    assert owner.post("/backups/make", {}).status_code == 303
    owner.post("/backups/make", {})
    assert "That is being done already." in owner.get("/backups/").text
    assert pages.engine.safekeeping.run_due() == 1
    text = owner.get("/backups/").text
    assert "Restored on trial in" in text and "Asked for · Owner" in text and str(disk) in text
    assert len(list(disk.glob("*.kartotek"))) == 1
    assert owner.post("/backups/try", {}).status_code == 303
    assert pages.engine.safekeeping.run_due() == 1
    assert "Trial · Owner" in owner.get("/backups/").text


def test_the_first_page_warns_when_the_last_good_one_is_too_old(pages: Pages, disk: Path) -> None:
    owner = pages.visitor("owner")
    assert "/backups/" in owner.get("/").text and "no good backup" not in owner.get("/").text
    _later(pages, hours=49)
    owner, clerk, manager = (pages.visitor(one) for one in ("owner", "clerk", "manager"))
    assert "There has been no good backup for too long." in owner.get("/").text
    assert "no good backup" in clerk.get("/").text and "no good backup" not in manager.get("/").text
    owner.post("/backups/make", {})
    assert pages.engine.safekeeping.run_due() == 1
    assert "no good backup" not in owner.get("/").text


def test_a_disk_that_is_away_is_told_and_another_taken_by_a_button(pages: Pages, disk: Path) -> None:
    owner = pages.visitor("owner")
    owner.post("/backups/make", {})
    pages.engine.safekeeping.run_due()
    disk.rename(disk.with_name("away"))
    assert "What it lacks is made up for when it is back." in owner.get("/backups/").text
    disk.mkdir()
    assert "Is the disk connected?" in owner.get("/backups/").text
    assert owner.post("/backups/folder", {"folder": "/etc"}).status_code == 404
    assert owner.post("/backups/folder", {"folder": str(disk)}).status_code == 303
    assert "Is the disk connected?" not in owner.get("/backups/").text


def test_to_others_the_page_does_not_exist(pages: Pages, disk: Path) -> None:
    manager = pages.visitor("manager")
    assert manager.get("/backups/").status_code == 404 and "/backups/" not in manager.get("/").text
    for path in OTHERS:
        assert manager.post(path, {"folder": str(disk)}).status_code == 404
    assert pages.engine.safekeeping.run_due() == 0


def test_it_speaks_chinese(pages: Pages, disk: Path) -> None:
    owner = pages.visitor("owner")
    owner.post("/backups/make", {})
    pages.engine.safekeeping.run_due()
    owner.post("/language", {"language": "zh", "next": "/backups/"})
    text = owner.get("/backups/").text
    assert "最近一次正常的备份" in text and "试恢复成功" in text and "The last good one" not in text
