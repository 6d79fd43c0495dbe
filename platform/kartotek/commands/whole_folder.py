"""A new folder that is there as a whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kartotek.errors import SetupInvalid


def is_free(folder: Path) -> bool:
    """Whether a folder can be made there: nothing is there, or an empty folder."""
    return not folder.exists() or (folder.is_dir() and not any(folder.iterdir()))


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill, which then gets the name given. Raises SetupInvalid where that is taken.

    One that was left by somebody who died is removed when the same name is wanted again.
    """
    target = folder.absolute()
    if not is_free(target):
        raise SetupInvalid(f"{folder} is there already and not an empty folder.")
    beginning = f".{target.name}.unfinished-"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for left in target.parent.glob(f"{beginning}*"):
            shutil.rmtree(left, ignore_errors=True)
        made = target.parent / f"{beginning}{secrets.token_hex(4)}"
        made.mkdir()
        try:
            yield made
            os.rename(made, target)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise SetupInvalid(f"{folder} cannot be written: {error.strerror or error}.") from error
