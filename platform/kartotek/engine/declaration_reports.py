"""Declaration reports: what is wrong with the site's files, kept as JSON so that every process can show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.model.problem import Place, Problem


def report_wire(one: Problem) -> dict[str, Any]:
    """A problem with its place, as plain JSON."""
    place = [one.place.file, one.place.line, one.place.column] if one.place is not None else None
    return {**one.wire(), "place": place, "severity": one.severity}


def reported_problem(wire: Mapping[str, Any]) -> Problem:
    """The problem again."""
    place = Place(*wire["place"]) if wire["place"] else None
    return Problem(wire["path"], wire["code"], wire["message"], wire["params"], place, wire["severity"])
