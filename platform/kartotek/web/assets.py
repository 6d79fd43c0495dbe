"""Static files, public and unchanging: the digest in their address changes with any of them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

FOLDER = Path(__file__).parent / "static"
_YEAR = 31_536_000

blueprint = Blueprint("assets", __name__, url_prefix="/assets")


@cache
def digest() -> str:
    """One short digest over all static files; in the path, so that modules which import each other stay together."""
    total = hashlib.sha256()
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            total.update(str(path.relative_to(FOLDER)).encode())
            total.update(path.read_bytes())
    return total.hexdigest()[:12]


def asset(name: str) -> str:
    """The address of a static file."""
    return f"/assets/{digest()}/{name}"


@blueprint.get("/<version>/<path:name>")
def file(version: str, name: str) -> Response:
    """The file; one asked for under another digest is answered but not kept by the browser."""
    response = send_from_directory(FOLDER, name, max_age=_YEAR)
    if version == digest():
        response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    else:
        response.headers["Cache-Control"] = "no-cache"
    return response
