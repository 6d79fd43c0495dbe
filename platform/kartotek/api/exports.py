"""Exports: all records that a list with the same parameters would show, as a file."""

from __future__ import annotations

from flask import Response, request

from kartotek.api import parameters, tables
from kartotek.engine.engine import Engine
from kartotek.model.actor import Actor

OWN = ("format", "language")


def export(engine: Engine, actor: Actor, *, type_name: str) -> Response:
    """The records as CSV or XLSX, in the order of the list."""
    query = parameters.query(besides=OWN)
    texts = {name: request.args[name] for name in OWN if name in request.args}
    language = texts.get("language", "")
    if tables.format_of(texts) == "csv":
        return tables.csv(type_name, engine.exports.csv(actor, type_name, query, language=language))
    return tables.xlsx(type_name, lambda path: engine.exports.xlsx(actor, type_name, query, path, language=language))
