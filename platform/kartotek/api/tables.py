"""Tables: answers that are files, CSV streamed as it is made and XLSX once it is whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Response, send_file

from kartotek.api.files import attachment
from kartotek.errors import Malformed
from kartotek.model.problem import problem

_MEDIA = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_SAFE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def format_of(texts: Mapping[str, str]) -> str:
    """Which file is asked for: csv or xlsx. Raises Malformed."""
    found = texts.get("format", "csv")
    if found not in _MEDIA:
        wrong = problem("", "parameter", name="format", expected="csv or xlsx")
        raise Malformed("The parameters cannot be read.", problems=[wrong])
    return found


def csv(name: str, pieces: Iterator[bytes]) -> Response:
    """A CSV file; nothing of it is kept."""
    response = Response(pieces, content_type=_MEDIA["csv"])
    response.headers.update(_SAFE | {"Content-Disposition": attachment(f"{name}.csv")})
    return response


def xlsx(name: str, write: Callable[[Path], None]) -> Response:
    """An XLSX file; `write` makes it in a place of its own, which is gone once it was sent."""
    with TemporaryDirectory(prefix="kartotek") as folder:
        path = Path(folder) / "table.xlsx"
        write(path)
        response = send_file(path.open("rb"), mimetype=_MEDIA["xlsx"])
    response.headers.update(_SAFE | {"Content-Disposition": attachment(f"{name}.xlsx")})
    return response
