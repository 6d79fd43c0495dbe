"""Imports: a spreadsheet is sent and tried, its rows are taken in, and all of it taken back, under the import's number."""

from __future__ import annotations

from typing import Any

from flask import Response

from kartotek.api import answers, bodies, parameters, tables
from kartotek.api.addresses import ROOT, record_id, type_today
from kartotek.api.files import received
from kartotek.engine.engine import Engine
from kartotek.errors import Malformed
from kartotek.model.actor import Actor
from kartotek.model.problem import problem

_LONGEST_OPTIONS = 65_536


def send(engine: Engine, actor: Actor, *, which: str) -> Response:
    """The dry run of a file for a record type; nothing is written but its report."""
    texts = parameters.given(("name", "options"))
    options = _options(texts["options"]) if "options" in texts else {}
    with received(texts.get("name"), engine.catalog().settings.limits.file) as (stream, name):
        made = engine.imports.prepare(actor, type_today(engine, which), stream, name=name, options=options)
    return answers.answer(made, status=201, headers={"Location": f"{ROOT}/imports/{made['id']}"})


def change(engine: Engine, actor: Actor, *, which: str) -> Response:
    """The dry run of the same file with other options."""
    number = record_id(which)
    parameters.given(())
    wire = bodies.json_object(bodies.read(_LONGEST_OPTIONS), keys=("options",), required=("options",))
    return answers.answer(engine.imports.prepare_again(actor, number, _object(wire["options"])))


def listing(engine: Engine, actor: Actor) -> Response:
    """Imports, newest first."""
    texts = parameters.given(("before", "limit"))
    before = record_id(texts["before"]) if "before" in texts else None
    return answers.answer({"items": engine.imports.listing(actor, before=before, limit=parameters.limit(texts))})


def show(engine: Engine, actor: Actor, *, which: str) -> Response:
    """One import: its report and how far it is."""
    parameters.given(())
    return answers.answer(engine.imports.get(actor, record_id(which)))


def problems(engine: Engine, actor: Actor, *, which: str) -> Response:
    """The rows that were not taken in or not taken back, with their problems by cell."""
    number = record_id(which)
    texts = parameters.given(("offset", "limit"))
    offset = texts.get("offset", "0")
    if not offset.isdecimal() or len(offset) > 9:
        wrong = problem("", "parameter", name="offset", expected="a whole number")
        raise Malformed("The parameters cannot be read.", problems=[wrong])
    found = engine.imports.problems(actor, number, offset=int(offset), limit=parameters.limit(texts))
    return answers.answer({"items": found})


def errors(engine: Engine, actor: Actor, *, which: str) -> Response:
    """The original cells of all rows that were not taken in, with the reasons, to be corrected and sent again."""
    number = record_id(which)
    texts = parameters.given(("format",))
    name = f"import-{number}-errors"
    if tables.format_of(texts) == "csv":
        return tables.csv(name, engine.imports.errors(actor, number))
    return tables.xlsx(name, lambda path: engine.imports.errors_xlsx(actor, number, path))


def commit(engine: Engine, actor: Actor, *, which: str) -> Response:
    """Has the good rows taken in; the background work does it, batch by batch."""
    return answers.answer(engine.imports.commit(actor, _asked(engine, which)), status=202)


def undo(engine: Engine, actor: Actor, *, which: str) -> Response:
    """Has all taken back that the import wrote; the background work does it."""
    return answers.answer(engine.imports.undo(actor, _asked(engine, which)), status=202)


def remove(engine: Engine, actor: Actor, *, which: str) -> Response:
    """Forgets an import that wrote nothing."""
    number = record_id(which)
    parameters.given(())
    engine.imports.remove(actor, number)
    return answers.nothing()


def _asked(engine: Engine, which: str) -> int:
    number = record_id(which)
    parameters.given(())
    bodies.empty_or_object(bodies.read(engine.catalog().settings.limits.body))
    return number


def _options(text: str) -> dict[str, Any]:
    return _object(bodies.parse(text.encode("utf-8", "surrogatepass")))


def _object(wire: Any) -> dict[str, Any]:
    if not isinstance(wire, dict):
        raise Malformed("The options cannot be read.", problems=[problem("/options", "type", expected="a JSON object")])
    return wire
