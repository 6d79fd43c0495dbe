"""Writing: an open transaction, as it is handed from one part of the engine to the next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from kartotek.engine.moment import Moment
from kartotek.rules.setting import Setting
from kartotek.storage.history import HistoryRow, append_many


@dataclass(frozen=True, slots=True)
class Writing:
    """An open transaction of one actor; `history` gathers rows that are appended together at the end.

    `depth` counts the effects within effects that led here, `cause` says what did: "" for a person's own request.
    `meant_at` is when that would have been in time, where it is done by a timer.
    """

    moment: Moment
    conn: Any
    setting: Setting
    history: list[HistoryRow] = field(default_factory=list)
    depth: int = 0
    cause: str = ""
    meant_at: datetime | None = None

    def finish(self) -> None:
        """Appends the gathered history. Nothing may be written after it."""
        append_many(self.conn, self.history)
        self.history.clear()
