"""Folder: a site's files, read whole and written all or none, while others read, write or die."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kartotek.declaration import journal
from kartotek.declaration.differences import three_way
from kartotek.declaration.files import read_folder
from kartotek.declaration.folder_lock import FolderLock
from kartotek.declaration.journal import Journal, Texts
from kartotek.errors import Busy, Conflict, Invalid, KartotekError
from kartotek.model.problem import Problem, pointer

Documents = Mapping[str, str]
BASE = "@"  # the files of what a site extends stand under such a name, and are not the site's to write
_PLACES = re.compile(r"(?:site|(?:schemas|workflows|templates/messages)/[^\W.][\w. -]*)\.(?:json|yaml|yml)")
_LONGEST = 200
_PATIENCE = 20.0  # seconds that a reader waits for a writer, and a writer for readers
_log = logging.getLogger("kartotek.folder")


class Folder:
    """`data` is where the lock and the journal are kept.

    `stands` says whether such texts are in service, or a change that leads to them is on its way; it is asked only where
    writing did not come to its end.
    """

    def __init__(self, root: Path, data: Path, *, stands: Callable[[Texts], bool]) -> None:
        self.root = root
        self._lock = FolderLock(data / "folder.lock")
        self._journal = data / "folder-journal.json"
        self._stands = stands

    def read(self) -> dict[str, str]:
        """The declarations, those of what the site extends included. Raises Busy, SetupInvalid."""
        self._mend(_PATIENCE)
        with self._lock.reading(_PATIENCE) as is_still:
            if not is_still:
                raise Busy("The site's files are being changed just now; try again in a moment.", retry_after=2)
            return read_folder(self.root)

    @contextmanager
    def still(self) -> Iterator[bool]:
        """Whether nobody writes at this moment; while the block runs nobody begins to."""
        try:
            self._mend(0)
        except Busy:
            yield False
            return
        with self._lock.reading() as is_still:
            yield is_still

    @contextmanager
    def written(self, files: Texts, seen: Texts) -> Iterator[Documents]:
        """Writes all the files, or none, and gives the whole folder's documents as they stand then.

        `seen` is what the files were when whoever changes them looked. When the block raises, the files are what they were,
        unless what they say stands nevertheless. Raises: Conflict with code file_changed, where a file is
        another than it was seen, Invalid for names that are not the site's to write, Busy, SetupInvalid.
        """
        refuse_names(files)
        self._mend(_PATIENCE)
        with self._lock.writing(_PATIENCE):
            there = read_folder(self.root)
            refuse_changed({name: there.get(name) for name in files}, files, seen)
            for name in files:
                journal.read_text(self.root / name)  # what is no file, or cannot be one, is found out before anything is kept
            wanted = Journal({name: there.get(name) for name in files}, dict(files))
            wanted.keep(self._journal)
            with ExitStack() as unless_done:
                unless_done.callback(self._give_up, wanted)
                self._write(wanted)
                yield read_folder(self.root)
                unless_done.pop_all()
            journal.drop(self._journal)

    def _write(self, wanted: Journal) -> None:
        foreign = wanted.bring(self.root, wanted.new)
        if foreign:  # saved by somebody in the very moment between
            there = read_folder(self.root)
            refuse_changed({name: there.get(name) for name in foreign}, wanted.new, wanted.old)

    def _give_up(self, wanted: Journal) -> None:
        """What cannot be settled now, since the database or the disk does not answer, is settled by whoever reads next."""
        try:
            self._settle(wanted)
        except KartotekError as error:
            _log.warning("The site's files are put in order later: %s", error.sentence)

    def _mend(self, wait: float) -> None:
        """Brings to an end what a writer who died has left behind."""
        if not self._journal.exists():
            return
        with self._lock.writing(wait):
            left = journal.kept(self._journal)
            if left is not None:
                left.sweep(self.root)
                self._settle(left)

    def _settle(self, left: Journal) -> None:
        """Forward where the new texts stand, else back; what somebody else has saved since is nobody's to touch."""
        for name in left.bring(self.root, left.new if self._stands(left.new) else left.old):
            _log.warning("%s was changed while other files were being written; it stays as it is.", name)
        journal.drop(self._journal)


def own(documents: Documents) -> dict[str, str]:
    """Those that are the site's own files."""
    return {name: text for name, text in documents.items() if not name.startswith(BASE)}


def refuse_names(names: Texts) -> None:
    """Raises Invalid for each that is not a declaration of the site's own."""
    problems = [Problem(pointer("files", name), "not_writable", sentence) for name in names if (sentence := _refusal(name))]
    if problems:
        raise Invalid(problems, "These files cannot be written.")


def _refusal(name: str) -> str:
    if name.startswith(BASE):
        return (
            f"{name} belongs to what this site extends. Say what differs in a file of your own: "
            'one in schemas/ with "x-extends", or a workflow or message of the same name.'
        )
    if len(name.encode("utf-8", "replace")) > _LONGEST:
        return f"The name of a file has at most {_LONGEST} bytes."
    if not _PLACES.fullmatch(name):
        return "Only site.yaml and files in schemas/, workflows/ and templates/messages/ can be written."
    return ""


def refuse_changed(there: Texts, mine: Texts, seen: Texts) -> None:
    """Raises Conflict where what is there is neither what was seen nor what is wanted, with all three and their difference."""
    problems = [
        _changed(name, seen.get(name), text, mine[name])
        for name, text in there.items()
        if text != seen.get(name) and text != mine[name]
    ]
    if problems:
        raise Conflict("Files were changed by somebody else meanwhile. Look at both changes, and send them together.", problems=problems)


def _changed(name: str, base: str | None, theirs: str | None, mine: str | None) -> Problem:
    found = three_way(base or "", theirs or "", mine or "")
    params = {
        "file": name, "base": base, "theirs": theirs, "mine": mine,
        "merged": None if theirs is None or mine is None else found.merged, "difference": [one.wire() for one in found.hunks],
    }
    return Problem(pointer("files", name), "file_changed", f"{name} was changed meanwhile.", params)
