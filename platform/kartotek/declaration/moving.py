"""A site's own files as they have to stand in another folder: what they extend is called from there."""

from __future__ import annotations

from pathlib import Path

from kartotek.declaration.files import SETTINGS, extended, read_own
from kartotek.declaration.shipped import is_template, seen_from
from kartotek.declaration.writing import edited
from kartotek.model.edit import Put


def own_elsewhere(folder: Path, target: Path) -> dict[str, str]:
    """{path within the site: text}, without those of its bases; a base that is called by a relative path is the same one.

    Raises: SetupInvalid where a file cannot be read.
    """
    own = read_own(folder)
    extends = extended(own)
    if not extends or is_template(extends) or Path(extends).is_absolute():
        return own
    called = seen_from(target, (folder / extends).resolve())
    return own | {SETTINGS: edited(SETTINGS, own[SETTINGS], [Put(("extends",), called)])}
