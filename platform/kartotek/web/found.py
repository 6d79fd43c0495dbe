"""Found: what the search box in the head of every page finds, in all types at once."""

from __future__ import annotations

from flask import render_template, request

from kartotek.web.current import engine
from kartotek.web.page import is_partial, page
from kartotek.web.visitor import actor

_LONGEST = 200


def found() -> str:
    """`/search?q=`: the best few of each type; as a part of a page what stands under the box while somebody types."""
    asked = request.args.get("q", "")[:_LONGEST]
    groups = engine().everywhere.search(actor(), asked)
    if is_partial():
        return render_template("found_part.html", asked=asked, groups=groups)
    return page("found.html", asked=asked, groups=groups)
