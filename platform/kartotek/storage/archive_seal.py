"""Archive seal: a line that tells which key opens an archive, and after it the archive itself, encrypted piece by piece."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from kartotek.errors import SetupInvalid
from kartotek.storage.sealed_streams import Damaged, SealedReader, SealedWriter

MAGIC = b"KARTOTEK BACKUP\n"
FORMAT = 2  # 1 were archives that nothing sealed
_LONGEST = 4096
_READ = 1 << 18


def sealing(stream: BinaryIO, key: bytes, label: Mapping[str, Any]) -> SealedWriter:
    """Writes the label, which anybody may read and nobody can change, and takes the archive. It counts once it is closed."""
    line = json.dumps({"format": FORMAT, **label}, ensure_ascii=True).encode() + b"\n"
    stream.write(MAGIC + line)
    return SealedWriter(stream, key, MAGIC + line)


def label_of(stream: BinaryIO) -> tuple[Mapping[str, Any], bytes] | None:
    """The label and its bytes, after which the archive stands; None where the stream begins as no sealed archive does.

    Raises SetupInvalid for one of a newer Kartotek, or with a label that says nothing.
    """
    if stream.read(len(MAGIC)) != MAGIC:
        return None
    line = stream.readline(_LONGEST)
    try:
        label = json.loads(line)
        number = label["format"]
        newer = isinstance(number, int) and number > FORMAT
        if not newer and (number != FORMAT or not isinstance(label["key"], str)):
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise SetupInvalid("The backup is damaged: its first line says nothing.") from exc
    if newer:
        raise SetupInvalid("The backup was written by a newer Kartotek: install that version to read it.")
    return label, MAGIC + line


def unsealed(stream: BinaryIO, key_of: Callable[[str], bytes]) -> tuple[BinaryIO, bool]:
    """The archive in a stream, and whether it was sealed; `key_of` gives the key of a name, and raises where it is missing."""
    found = label_of(stream)
    if found is None:
        stream.seek(0)
        return stream, False
    label, written = found
    try:
        return io.BufferedReader(SealedReader(stream, key_of(label["key"]), written), _READ), True
    except Damaged as exc:
        raise SetupInvalid(f"The backup is damaged or not complete: {exc}") from exc
