"""Files that are written anew, killed at any moment: each is what it was or what it shall be, never empty and never half."""

from __future__ import annotations

from pathlib import Path

import pytest
from figures import Figure
from killing import killed_at

from kartotek.engine.keyring import Keyring


@pytest.mark.durability("D16")
def test_a_key_file_is_the_old_one_or_the_new_one(tmp_path: Path, figure: Figure) -> None:
    path, kills = tmp_path / "master.key", 0
    Keyring.of(path).make()
    before = Keyring.of(path).ids
    number = 1
    while killed_at(number, lambda: Keyring.of(path).make()):
        found = Keyring.of(path)
        assert found.ids[-len(before):] == before, "a key was lost"
        assert len(found.ids) - len(before) in (0, 1)
        before, number, kills = found.ids, number + 1, kills + 1
    assert len(Keyring.of(path).ids) == len(before) + 1
    assert path.stat().st_mode & 0o077 == 0
    figure(f"kill -9 while the key file is written: {kills} kills, 0 keys lost, 0 half files")
    assert kills > 1
