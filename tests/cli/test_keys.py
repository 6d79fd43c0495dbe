"""The commands of the master keys, on a site of its own folder."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kartotek.cli import main
from kartotek.engine.keyring import FILE, Keyring
from kartotek.site import Site



@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A new site that was started once."""
    assert main(["new", str(tmp_path / "site")]) == 0
    made = Site(tmp_path / "site")
    made.prepare(demo=False)
    made.close()
    return tmp_path / "site"


def test_a_site_has_a_master_key_from_its_first_start(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = site / "secrets" / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    capsys.readouterr()
    assert main(["keys", "status", "--site", str(site), "--format", "json"]) == 0
    [one] = json.loads(capsys.readouterr().out)
    assert one["current"] and one["id"] == Keyring.of(path).current and one["copied_at"] is None


def test_the_sheet_is_enough_to_go_on(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = site / "secrets" / FILE
    current = Keyring.of(path).current
    capsys.readouterr()
    assert main(["keys", "sheet", "--site", str(site)]) == 0
    paper = capsys.readouterr().out
    [key] = re.findall(r"^ *([A-Z2-7]{4}(?:-[A-Z2-7]{4})+)$", paper, re.MULTILINE)
    path.unlink()
    assert main(["keys", "status", "--site", str(site)]) == 1
    assert f"The master key {current} is missing" in capsys.readouterr().err and not path.exists()
    path.write_text(f"{current}: {key.lower()}\n", encoding="ascii")
    assert main(["keys", "status", "--site", str(site)]) == 0
    assert "printed on" in capsys.readouterr().out


def test_a_key_is_replaced_and_the_former_one_let_go(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = site / "secrets" / FILE
    former = Keyring.of(path).current
    assert main(["keys", "forget", former, "--site", str(site)]) == 1
    assert main(["keys", "rotate", "--site", str(site)]) == 0
    assert Keyring.of(path).ids[1] == former != Keyring.of(path).current
    assert main(["keys", "rotate", "--resume", "--site", str(site)]) == 0
    assert main(["keys", "forget", former, "--site", str(site)]) == 0
    assert former not in Keyring.of(path).ids
    assert main(["keys", "sheet", "--key", former, "--site", str(site)]) == 1
    assert main(["keys", "status", "--site", str(site)]) == 0


def test_a_key_may_come_from_outside(site: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = site / "secrets" / FILE
    elsewhere = tmp_path / "stick.key"
    elsewhere.write_bytes(path.read_bytes())
    path.unlink()
    monkeypatch.setenv("KARTOTEK_MASTER_KEY", str(elsewhere))
    assert main(["keys", "status", "--site", str(site)]) == 0
    ring = Keyring.of(elsewhere)
    monkeypatch.setenv("KARTOTEK_MASTER_KEY", ring.readable(ring.current))
    assert main(["keys", "status", "--site", str(site)]) == 0
    assert main(["keys", "rotate", "--site", str(site)]) == 1
    monkeypatch.setenv("KARTOTEK_MASTER_KEY", "not a key")
    assert main(["keys", "status", "--site", str(site)]) == 1
    assert not path.exists()
