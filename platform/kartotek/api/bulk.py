"""Bulk: many records created, changed or matched by a unique field in one transaction."""

from __future__ import annotations

from typing import Any

from flask import Response

from kartotek.api import answers, bodies, parameters
from kartotek.api.records import number_of, patch_of
from kartotek.api.repeats import once
from kartotek.engine.bulk import BulkRow
from kartotek.engine.engine import Engine
from kartotek.errors import Malformed, PreconditionRequired, TooLarge
from kartotek.model.actor import Actor
from kartotek.model.problem import Problem, problem


def bulk(engine: Engine, actor: Actor, *, type_name: str) -> Response:
    """One result for each record sent, in their order."""
    texts = parameters.given(("partial", "on"))
    partial = parameters.truth(texts, "partial")
    if texts.get("on") == "":
        raise Malformed("The parameters cannot be read.", problems=[problem("", "missing_parameter", name="on")])
    settings = engine.catalog().settings
    raw = bodies.read(settings.limits.body)
    rows = _rows(bodies.json_object(raw, keys=("records",), required=("records",))["records"], settings.limits.bulk)
    if settings.require_version and not partial:  # else each row is told for itself
        _demand_versions(rows)
    results = engine.bulk(actor, type_name, rows, partial=partial, on=texts.get("on"), once=once(raw))
    return answers.answer({"results": results})


def _rows(wire: Any, limit: int) -> list[BulkRow]:
    if not isinstance(wire, list):
        raise _malformed(problem("/records", "type", expected="a list"))
    if len(wire) > limit:
        many = problem("/records", "too_many_rows", limit=limit)
        raise TooLarge(many.message, problems=[many])
    return [_row(one, f"/records/{index}") for index, one in enumerate(wire)]


def _row(wire: Any, path: str) -> BulkRow:
    if not isinstance(wire, dict):
        raise _malformed(problem(path, "type", expected="a JSON object"))
    bodies.closed(wire, ("fields", "id", "version", "unset", "confirm"), path=path)
    patch = patch_of(wire, path=path)
    number = number_of(wire.get("id"), path=f"{path}/id")
    return BulkRow(fields=patch.fields, id=number, version=patch.version, unset=patch.unset, confirm=patch.confirm)


def _demand_versions(rows: list[BulkRow]) -> None:
    missing = [
        problem(f"/records/{index}", "missing_key", name="version")
        for index, row in enumerate(rows)
        if row.id is not None and row.version is None
    ]
    if missing:
        raise PreconditionRequired("Send with each record the version this change is based on.", problems=missing)


def _malformed(*problems: Problem) -> Malformed:
    return Malformed("The request body cannot be read.", problems=problems)
