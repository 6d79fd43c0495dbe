"""Downloads: answers that are files, CSV sent as it is made and XLSX once it is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Response, send_file

_CSV = "text/csv; charset=utf-8"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_file(name: str, pieces: Iterator[bytes]) -> Response:
    """A CSV file; nothing of it is kept."""
    return _kept_private(Response(pieces, content_type=_CSV), f"{name}.csv")


def xlsx_file(name: str, write: Callable[[Path], None]) -> Response:
    """An XLSX file; `write` makes it in a place of its own, which is gone once it was sent."""
    with TemporaryDirectory(prefix="kartotek") as folder:
        path = Path(folder) / "table.xlsx"
        write(path)
        return _kept_private(send_file(path.open("rb"), mimetype=_XLSX), f"{name}.xlsx")


def _kept_private(response: Response, name: str) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
