"""Drawn: a diagram of the engine's as part of a page, through a list of what a drawing may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from xml.etree import ElementTree

from markupsafe import Markup

_SPACE = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset({
    "svg", "g", "defs", "marker", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan",
})  # fmt: skip
# Neither href nor style nor any on…: a drawing loads nothing, runs nothing and leads nowhere.
_ATTRIBUTES = frozenset({
    "viewBox", "width", "height", "x", "y", "x1", "y1", "x2", "y2", "dx", "dy", "cx", "cy", "r", "rx", "ry", "d", "points", "transform",
    "fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "stroke-opacity", "opacity",
    "font-size", "font-weight", "font-family", "font-style", "text-anchor", "dominant-baseline", "class", "id", "role",
    "aria-label", "aria-labelledby", "aria-hidden", "refX", "refY", "markerWidth", "markerHeight", "markerUnits", "orient", "marker-end",
    "marker-start", "preserveAspectRatio", "paint-order", "letter-spacing", "lang", "data-state", "data-transition",
})  # fmt: skip
_FOREIGN = re.compile(r"url\s*\(\s*(?!#)|javascript:", re.IGNORECASE)


def drawn(svg: str) -> Markup:
    """The drawing as markup; what is not in the lists is left out."""
    return Markup("".join(_parts(ElementTree.fromstring(svg))))  # noqa: S704 (rebuilt from an allow-list, every text escaped)


def _parts(element: ElementTree.Element) -> Iterable[str]:
    name = element.tag.removeprefix(_SPACE) if isinstance(element.tag, str) else ""
    if name not in _ELEMENTS:
        return
    kept = [(key, text) for key, text in element.attrib.items() if key in _ATTRIBUTES and not _FOREIGN.search(text)]
    space = ' xmlns="http://www.w3.org/2000/svg"' if name == "svg" else ""
    yield f"<{name}{space}" + "".join(f' {key}="{escape(text)}"' for key, text in kept) + ">"
    yield escape(element.text or "")
    for child in element:
        yield from _parts(child)
        yield escape(child.tail or "")
    yield f"</{name}>"
