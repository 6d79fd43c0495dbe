"""Blobs: bytes come back whole, nothing half-written stays, and no place leads outside the folder."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from kartotek.errors import NotFound, TooLarge
from kartotek.storage.blobs import Blobs


KEY = bytes(range(32))


class Broken(io.BytesIO):
    """A stream that fails after its first bytes."""

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(3)
        if not found:
            raise OSError("the connection was lost")
        return found


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_what_is_written_can_be_read_under_its_place(tmp_path: Path) -> None:
    blobs, content = Blobs(tmp_path / "files"), b"x" * 700_000
    blob, other = blobs.write(io.BytesIO(content), limit=700_000, key=KEY), blobs.write(io.BytesIO(b""), limit=0, key=KEY)
    with blobs.open(blob.place, KEY) as found, blobs.open(other.place, KEY) as empty:
        assert (found.read(), empty.read()) == (content, b"") and blob.place != other.place
    lying = blobs.path(blob.place).read_bytes()
    assert (blob.size, blob.sha256) == (700_000, hashlib.sha256(lying).hexdigest()) and b"xxx" not in lying
    assert blobs.path(blob.place).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "stream, expected", [(io.BytesIO(b"x" * 11), TooLarge), (Broken(b"abcdef"), OSError)], ids=["large", "broken"]
)
def test_what_is_not_written_to_the_end_leaves_nothing(
    tmp_path: Path, stream: io.BytesIO, expected: type[Exception]
) -> None:
    with pytest.raises(expected):
        Blobs(tmp_path).write(stream, limit=10, key=KEY)
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "place",
    [
        "",
        "..",
        "../records.db",
        "ab/../../records.db",
        "/etc/passwd",
        "ab/" + "0" * 31,
        "ab/" + "0" * 32 + "\n",
        "AB/" + "0" * 32,
        "ab",
    ],
)
def test_a_place_that_was_not_given_out_does_not_exist(tmp_path: Path, place: str) -> None:
    (tmp_path / "records.db").write_text("secret")
    (tmp_path / "files").mkdir()
    with pytest.raises(NotFound):
        Blobs(tmp_path / "files").path(place)


def test_a_link_put_in_the_place_of_a_file_is_not_followed(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "files")
    blob = blobs.write(io.BytesIO(b"abc"), limit=10, key=KEY)
    path = blobs.path(blob.place)
    path.unlink()
    path.symlink_to("/etc/passwd")
    with pytest.raises(NotFound):
        blobs.path(blob.place)


def test_removing_twice_is_no_error(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    place = blobs.write(io.BytesIO(b"abc"), limit=10, key=KEY).place
    blobs.remove(place)
    blobs.remove(place)
    blobs.remove("../x")
    assert files(tmp_path) == []
