"""Sealed streams: every byte counts, none can be read without the key, and places can be sought."""

from __future__ import annotations

import io
import random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kartotek.storage import aead, sealed_streams
from kartotek.storage.sealed_streams import PIECE, Damaged, SealedReader, SealedWriter, plain_size

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
SIZES = (0, 1, 15, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 7)


def _sealed(plain: bytes, *, step: int = 10_000, about: bytes = b"here") -> bytes:
    file = io.BytesIO()
    with SealedWriter(file, KEY, about) as writer:
        for at in range(0, len(plain), step):
            writer.write(plain[at : at + step])
    return file.getvalue()


def _plain(sealed: bytes, *, key: bytes = KEY, about: bytes = b"here") -> bytes:
    return SealedReader(io.BytesIO(sealed), key, about).read()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [997, PIECE, 3 * PIECE])
def test_stream_comes_back_as_it_was_written(size: int, step: int) -> None:
    plain = random.Random(size).randbytes(size)
    sealed = _sealed(plain, step=step)
    assert _plain(sealed) == plain and plain_size(len(sealed)) == size


@pytest.mark.parametrize("size", SIZES)
def test_stream_that_lacks_its_end_is_damaged(size: int) -> None:
    sealed = _sealed(bytes(size))
    ends = {*range(0, min(len(sealed), 80)), *range(max(len(sealed) - 80, 0), len(sealed)), *(one for one in (len(sealed) - PIECE - 16,) if one > 0)}
    for end in sorted(ends):
        with pytest.raises(Damaged):
            _plain(sealed[:end])


def test_stream_in_which_any_bit_was_turned_is_damaged() -> None:
    sealed = _sealed(b"written once")
    for at in range(len(sealed)):
        turned = bytearray(sealed)
        turned[at] ^= 1 << at % 8
        with pytest.raises(Damaged):
            _plain(bytes(turned))


def test_pieces_cannot_change_places_go_or_be_added() -> None:
    sealed, whole = _sealed(random.Random(1).randbytes(3 * PIECE)), PIECE + aead.TAG
    head = len(sealed) - 3 * whole
    pieces = [sealed[head + at * whole : head + (at + 1) * whole] for at in range(3)]
    for order in ([1, 0, 2], [0, 2], [0, 1], [0, 1, 2, 2], [0, 0, 1, 2], [2]):
        with pytest.raises(Damaged):
            _plain(sealed[:head] + b"".join(pieces[one] for one in order))


def test_another_key_or_another_purpose_opens_nothing() -> None:
    sealed = _sealed(b"plain words")
    for key, about in ((OTHER, b"here"), (KEY, b"there")):
        with pytest.raises(Damaged):
            _plain(sealed, key=key, about=about)


def test_what_was_abandoned_counts_as_cut_off() -> None:
    file = io.BytesIO()
    writer = SealedWriter(file, KEY, b"here")
    writer.write(bytes(2 * PIECE))
    writer.abandon()
    with pytest.raises(Damaged):
        _plain(file.getvalue())


@pytest.mark.parametrize("size", SIZES)
def test_every_place_can_be_sought(size: int) -> None:
    plain, draw = random.Random(size).randbytes(size), random.Random(7)
    reader = io.BufferedReader(SealedReader(io.BytesIO(_sealed(plain)), KEY, b"here"))
    for _ in range(20):
        at, count = draw.randint(0, size + 5), draw.randint(0, 70_000)
        assert reader.seek(at) == min(at, size) == reader.tell()
        assert reader.read(count) == plain[at : at + count]
    assert reader.seek(0, io.SEEK_END) == size and reader.read() == b""


def test_no_plain_word_stands_in_it_and_no_two_streams_are_alike() -> None:
    plain = b"canary" * 20_000
    first, second = _sealed(plain), _sealed(plain)
    assert b"canary" not in first and first[41:] != second[41:]


def test_it_goes_without_the_newer_cipher(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_streams.aead, "best", lambda: aead.GCM)
    sealed = _sealed(b"older machine")
    assert isinstance(aead.cipher(sealed[len(sealed_streams.MAGIC)], KEY), AESGCM)
    assert _plain(sealed) == b"older machine"
