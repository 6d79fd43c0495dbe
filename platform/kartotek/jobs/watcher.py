"""Watcher: brings what an owner saves in the site's folder into the running system."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from kartotek.engine.engine import Engine
from kartotek.errors import DeclarationInvalid
from kartotek.model.actor import Actor

Documents = Mapping[str, str]
_SETTLED_AFTER = 0.05  # seconds without another change: editors write a file in several steps
_PATIENCE = 20
_log = logging.getLogger("kartotek.watcher")


class Watcher:
    """`read` gives the folder's documents, {path: text}; `applied` is called after a new catalog went live."""

    def __init__(
        self,
        engine: Engine,
        read: Callable[[], Documents],
        *,
        applied: Callable[[], None],
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._engine = engine
        self._read = read
        self._applied = applied
        self._pause = pause
        self._seen: Documents | None = None

    def look(self) -> bool:
        """Applies the folder if it differs from what was seen last; whether it did differ.

        A folder with a mistake changes nothing: the last good catalog serves on, each problem is logged with its place.
        """
        documents = self._read()
        if documents == self._seen:
            return False
        documents = self._settled(documents)
        try:
            report = self._engine.apply_documents(
                documents, by=Actor.system("watcher"), reason="The files were changed."
            )
        except DeclarationInvalid as error:
            for one in error.problems:
                _log.warning("%s: %s", one.place or one.path, one.message)
        else:
            self._tell(report.version, report.applied, report.waiting)
        self._seen = documents
        return True

    def forget(self) -> None:
        """Looks at everything anew next time, because another process may have applied files meanwhile."""
        self._seen = None

    def _settled(self, documents: Documents) -> Documents:
        for _ in range(_PATIENCE):
            self._pause(_SETTLED_AFTER)
            again = self._read()
            if again == documents:
                break
            documents = again
        return documents

    def _tell(self, version: int, applied: bool, waiting: Mapping[str, str]) -> None:
        for name, words in waiting.items():
            _log.warning("%s stays as it was applied: %s", name, words)
        if applied:
            _log.info("Catalog %d is live.", version)
            self._applied()
