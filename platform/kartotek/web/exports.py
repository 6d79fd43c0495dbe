"""Exports: the records of a list as a file, with its columns or with all that the visitor may read."""

from __future__ import annotations

from flask import Response, request

from kartotek.web import proof
from kartotek.web.columns import chosen
from kartotek.web.current import engine
from kartotek.web.downloads import csv_file, xlsx_file
from kartotek.web.list_address import asked, asked_of
from kartotek.web.page import is_partial, page
from kartotek.web.sights import sight_of
from kartotek.web.visitor import actor

_META = "meta."


def panel(type_name: str) -> str:
    """`GET /r/<type>/export?…`: asks for the format."""
    sight = sight_of(actor(), type_name)
    template = "list_export.html" if is_partial() else "list_panel.html"
    return page(template, part="list_export.html", type=sight.type, asked=asked(request.args))


def send(type_name: str) -> Response:
    """`POST /r/<type>/export`: the file."""
    visitor = actor()
    sight = sight_of(visitor, type_name)
    wanted = asked_of(request.form.get("~list", ""))
    shown = [one.name for one in chosen(visitor, sight, wanted) if not one.name.startswith(_META)]
    names = engine().exports.sendable(visitor, type_name, shown)
    query = wanted.query(fields=names if request.form.get("columns") == "shown" else None)
    if engine().exports.takes_sensitive(visitor, type_name, query):
        proof.ask()
    name = sight.type.plural_label(visitor.language)
    if request.form.get("format") == "csv":
        return csv_file(name, engine().exports.csv(visitor, type_name, query))
    return xlsx_file(name, lambda path: engine().exports.xlsx(visitor, type_name, query, path))
