"""Watcher: brings what an owner saves in the site's folder into the running system."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

from kartotek.engine.engine import Engine
from kartotek.errors import Busy, SetupInvalid
from kartotek.model.actor import Actor

Documents = Mapping[str, str]
_SETTLED_AFTER = 0.05  # seconds without another change: editors write a file in several steps
_PATIENCE = 20
_log = logging.getLogger("kartotek.watcher")


class Watcher:
    """`read` gives the folder's documents, {path: text}; `applied` is called after a new catalog went live.

    `still` says whether nobody is writing several files just now, and keeps it so: else half of a change would be applied,
    or what was read before a change after it.
    """

    def __init__(
        self,
        engine: Engine,
        read: Callable[[], Documents],
        *,
        applied: Callable[[], None],
        still: Callable[[], AbstractContextManager[bool]] = lambda: nullcontext(True),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = engine
        self._read = read
        self._applied = applied
        self._still = still
        self._pause = pause
        self._seen: Documents | None = None
        self._told = ""

    def look(self) -> bool:
        """Applies the folder if it differs from what was seen last; whether it did differ.

        A folder with a mistake changes nothing: the last good catalog serves on, each problem is logged with its place.
        """
        with self._still() as is_still:
            return is_still and self._look()

    def _look(self) -> bool:
        documents = self._folder()
        if documents is None or documents == self._seen:
            return False
        documents = self._settled(documents)
        by = Actor.system("watcher")
        try:
            report = self._engine.apply_documents(documents, by=by, reason="The files were changed.", wait=0)
        except Busy:  # somebody is applying a plan: what it leaves is looked at when it is done
            return False
        for one in report.problems:
            level = logging.DEBUG if one.severity == "note" else logging.WARNING
            _log.log(level, "%s: %s [%s] %s", one.place or one.path, one.severity, one.code, one.message)
        if report.applied:
            _log.info("Catalog %d is live.", report.version)
            self._applied()
        self._seen = documents
        return True

    def forget(self) -> None:
        """Looks at everything anew next time, because another process may have applied files meanwhile."""
        self._seen = None

    def _settled(self, documents: Documents) -> Documents:
        for _ in range(_PATIENCE):
            self._pause(_SETTLED_AFTER)
            again = self._folder()
            if again == documents:
                break
            documents = again or documents
        return documents

    def _folder(self) -> Documents | None:
        """None while a file cannot be read, which may be just for the moment of its replacement."""
        try:
            return self._read()
        except (Busy, SetupInvalid) as error:
            if error.sentence != self._told:
                _log.warning("%s", error.sentence)
            self._told = error.sentence
            return None
