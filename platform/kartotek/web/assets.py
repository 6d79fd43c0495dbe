"""Static files, public and unchanging: the digest in their address changes with any of them."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, send_from_directory

from kartotek.web.current import engine

FOLDER = Path(__file__).parent / "static"
_YEAR = 31_536_000

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_STYLE = (
    ":root { --tblr-primary: %(color)s; --tblr-primary-rgb: %(rgb)s; --tblr-primary-darken: %(color)s;"
    " --tblr-primary-lt: rgba(%(rgb)s, .1); --tblr-link-color: %(color)s; --tblr-link-color-rgb: %(rgb)s;"
    " --tblr-link-hover-color: %(color)s; --tblr-link-hover-color-rgb: %(rgb)s; }\n"
)

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


@blueprint.get("/site.css")
def site_style() -> Response:
    """The site's own colour over ours, and a class for the colour of every state, as pages can carry no style of their own."""
    color = engine().catalog().settings.color
    own = _STYLE % _channels(color) if _COLOR.fullmatch(color) else ""
    response = Response(own + "".join(_states()), mimetype="text/css")
    response.headers["Cache-Control"] = "no-cache"
    return response


def color_class(color: str) -> str:
    """The class of the site's style sheet that gives an element a state's colour; "" for what is no colour."""
    return f"k-c-{color[1:].lower()}" if _COLOR.fullmatch(color) else ""


def _states() -> list[str]:
    workflows = [one.workflow for one in engine().catalog().types.values() if one.workflow]
    colors = sorted({state.color.lower() for one in workflows for state in one.states.values() if _COLOR.fullmatch(state.color)})
    return [f".{color_class(color)} {{ --k-state: {color}; }}\n" for color in colors]


def _channels(color: str) -> dict[str, str]:
    red, green, blue = (int(color[start:start + 2], 16) for start in (1, 3, 5))
    return {"color": color, "rgb": f"{red}, {green}, {blue}"}
