"""What an import did not take in, row by row: as a list, and as a table that can be corrected and imported again."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from kartotek.engine.import_folder import ImportFolder, each_line
from kartotek.engine.import_problems import told_in_line
from kartotek.engine.transactions import Transactions
from kartotek.storage import imports
from kartotek.storage.imports import ImportRow, TakenRow

REASON = "kartotek: problems"  # reading a sheet again passes over a column of this name
_BATCH = 500


def problems(conn: Any, row: ImportRow, folder: ImportFolder, *, offset: int, limit: int) -> list[dict[str, Any]]:
    """[{"row", "phase", "problems"}]: of the dry run first, then of the commit, then of the undo."""
    bad = int(row.counts.get("bad", 0))
    lines = islice(each_line(folder, folder.bad), offset, offset + limit)
    found = [{"row": one["row"], "phase": "check", "problems": one["problems"]} for one in lines]
    for phase, action in (("commit", "refused"), ("undo", "left")):
        behind = max(offset - bad, 0)
        if len(found) < limit:
            taken = imports.told(conn, row.id, (action,), offset=behind, limit=limit - len(found))  # type: ignore[arg-type]
            found += [{"row": one.row, "phase": phase, "problems": _problems(one)} for one in taken]
        bad += int(row.counts.get("committed", {}).get("refused", 0))
    return found


def header(row: ImportRow) -> list[str]:
    """The columns of the file, and one for the reason."""
    return [*(one["header"] or one["letter"] for one in row.summary.get("columns", ())), REASON]


def rows(transactions: Transactions, row: ImportRow, folder: ImportFolder) -> Iterator[list[Any]]:
    """The original cells of every row that was not taken in, with all its problems in one cell."""
    width = len(row.summary.get("columns", ()))
    for one in each_line(folder, folder.bad):
        yield _line(one["raw"], one["problems"], width)
    offset = 0
    while True:
        with transactions.reading() as conn:
            taken = imports.told(conn, row.id, ("refused",), offset=offset, limit=_BATCH)
        for refused in taken:
            raw = refused.problems[0]["raw"]
            yield _line(raw, _problems(refused), width)
        if len(taken) < _BATCH:
            return
        offset += len(taken)


def _problems(one: TakenRow) -> list[dict[str, Any]]:
    return [each for each in one.problems if "code" in each]


def _line(raw: list[Any], problems: list[dict[str, Any]], width: int) -> list[Any]:
    return [*raw[:width], *([None] * (width - len(raw))), told_in_line(problems)]
