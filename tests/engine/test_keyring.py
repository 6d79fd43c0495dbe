"""The ring of master keys: made once, named by what they are, refused where they lie badly or are not the right ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from kartotek.engine.engine import Engine
from kartotek.engine.keyring import FILE, Keyring, name_of
from kartotek.errors import SetupInvalid, Unreadable
from kartotek.storage.database import Database


def test_a_key_is_made_once_and_read_again_by_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / FILE
    made = Keyring.of(path)
    assert made.ids == ()
    made.make()
    assert path.stat().st_mode & 0o777 == 0o600
    again = Keyring.of(path)
    assert again.ids == made.ids and again.derived("audit") == made.derived("audit") != made.derived("files")


def test_two_that_make_the_first_key_at_once_have_the_same(tmp_path: Path) -> None:
    one, other = Keyring.of(tmp_path / FILE), Keyring.of(tmp_path / FILE)
    one.make()
    other.make()
    assert one.ids == other.ids and len(one.ids) == 1


def test_a_second_key_is_current_and_the_first_still_opens(tmp_path: Path) -> None:
    ring = Keyring.of(tmp_path / FILE)
    first = ring.make()
    other_process = Keyring.of(tmp_path / FILE)
    sealed = ring.seal("totp", b"seed", b"user 7")
    second = ring.make()
    assert ring.ids == (second, first) and ring.unseal("totp", sealed, b"user 7") == b"seed"
    assert other_process.unseal("totp", ring.seal("totp", b"new"), b"") == b"new"
    ring.forget(first)
    with pytest.raises(Unreadable):
        ring.unseal("totp", sealed, b"user 7")


def test_what_was_sealed_opens_whole_for_its_purpose_and_about_its_own_alone(tmp_path: Path) -> None:
    ring = Keyring.of_secret(b"s" * 32)
    sealed = ring.seal("totp", b"seed", b"user 7")
    for at in range(len(sealed)):
        with pytest.raises(Unreadable):
            ring.unseal("totp", sealed[:at] + bytes((sealed[at] ^ 1,)) + sealed[at + 1 :], b"user 7")
    for purpose, about, content in (("audit", b"user 7", sealed), ("totp", b"user 8", sealed), ("totp", b"user 7", sealed[:-1]), ("totp", b"", b"")):
        with pytest.raises(Unreadable):
            ring.unseal(purpose, content, about)


def test_a_key_on_paper_is_read_however_it_was_typed_but_not_with_a_wrong_letter(tmp_path: Path) -> None:
    ring = Keyring.of_secret(b"s" * 32)
    paper = ring.readable(ring.current)
    for text in (paper, paper.lower(), paper.replace("-", " "), f"{ring.current}: {paper}", f"# mine\n{ring.current}: {paper}\n"):
        assert Keyring.of(tmp_path / FILE, text).ids == ring.ids
    wrong = ("B" if paper[0] != "B" else "C") + paper[1:]
    for text in (f"{ring.current}: {wrong}", paper[:-2], "hello"):
        with pytest.raises(SetupInvalid):
            Keyring.of(tmp_path / FILE, text)


def test_a_key_among_the_data_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "secrets").symlink_to(tmp_path / "data")
    for path in (tmp_path / "data" / FILE, tmp_path / "secrets" / FILE):
        with pytest.raises(SetupInvalid, match="lies in"):
            Keyring.of(path, data=tmp_path / "data")
        with pytest.raises(SetupInvalid, match="lies in"):
            Keyring.of(tmp_path / FILE, str(path), data=tmp_path / "data")


def test_data_starts_with_its_own_keys_or_not_at_all(database_url: str, tmp_path: Path) -> None:
    ring = Keyring.of(tmp_path / FILE)
    _start(database_url, tmp_path, ring)
    kept = (tmp_path / FILE).read_bytes()
    _start(database_url, tmp_path, Keyring.of(tmp_path / FILE))
    (tmp_path / FILE).unlink()
    with pytest.raises(SetupInvalid, match=ring.current):
        _start(database_url, tmp_path, Keyring.of(tmp_path / FILE))
    assert not (tmp_path / FILE).exists(), "a second key would hide that the first is missing"
    other = Keyring.of(tmp_path / FILE)
    other.make()
    with pytest.raises(SetupInvalid, match=ring.current):
        _start(database_url, tmp_path, other)
    (tmp_path / FILE).write_bytes(kept)
    _start(database_url, tmp_path, Keyring.of(tmp_path / FILE))
    assert name_of(b"x" * 32) not in ring.ids


def _start(database_url: str, folder: Path, ring: Keyring) -> None:
    database = Database.open(database_url)
    try:
        Engine(database, files=folder / "files", secret=b"s" * 32, keys=ring)
    finally:
        database.close()
