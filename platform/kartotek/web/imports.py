"""Imports: the pages on which a spreadsheet is looked at, taken in and taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.engine.sight import Sight
from kartotek.errors import Conflict, Forbidden, Invalid, KartotekError, Malformed, NotFound, TooLarge
from kartotek.model.actor import Actor
from kartotek.web import languages
from kartotek.web.current import engine, installed
from kartotek.web.downloads import csv_file, xlsx_file
from kartotek.web.import_report import Report, keys_of, options_of
from kartotek.web.sights import sight_of
from kartotek.web.page import page
from kartotek.web.visitor import actor
from kartotek.web.whole import whole

_SHOWN = 50
_EARLIER = 20


def imports(type_name: str) -> str:
    """`/r/<type>/import`: a file can be given, and the visitor's imports of before are listed."""
    visitor = actor()
    return _first_page(visitor, _importing(visitor, type_name))


def receive(type_name: str) -> Response | tuple[str, int]:
    """`POST /r/<type>/import`: keeps the file, which is looked at in the background."""
    visitor = actor()
    sight = _importing(visitor, type_name)
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _first_page(visitor, sight, [gettext("Choose a file first.")]), 422
    options = {"on": request.form["on"]} if request.form.get("on") else {}
    try:
        made = engine().imports.receive(visitor, type_name, upload.stream, name=upload.filename, options=options)
    except (Invalid, TooLarge, Malformed) as refused:
        return _first_page(visitor, sight, _sentences(refused)), 422
    return redirect(f"/import/{made['id']}", 303)


def show(import_id: int) -> str | tuple[str, dict[str, str]]:
    """`/import/<id>?from=&part=state`: what was read and what came of it; the part tells how far it is."""
    visitor = actor()
    one = engine().imports.get(visitor, import_id)
    report = _report(visitor, one)
    if request.args.get("part") == "state":
        # Once it is done, the whole page has other things to say.
        return _state(visitor, report), {} if report.is_working else {"HX-Refresh": "true"}
    offset = whole(request.args.get("from", "")) or 0
    found = engine().imports.problems(visitor, import_id, offset=offset, limit=_SHOWN + 1)
    shown = [{**each, "problems": [report.problem(one) for one in each["problems"]]} for each in found[:_SHOWN]]
    return page(
        "import.html", **report.values(), by_name=_names(visitor, [one]).get(one["by"], ""), rows=shown, offset=offset,
        following=offset + _SHOWN if len(found) > _SHOWN else 0,
    )


def again(import_id: int) -> Response:
    """`POST /import/<id>/prepare`: the dry run with other choices."""
    visitor = actor()
    one = engine().imports.get(visitor, import_id)
    options = options_of(one, request.form)
    return _done(import_id, lambda: engine().imports.prepare_again(visitor, import_id, options, wait=False))


def commit(import_id: int) -> Response:
    """`POST /import/<id>/commit`: the good rows are taken in, in the background."""
    visitor = actor()
    return _done(import_id, lambda: engine().imports.commit(visitor, import_id))


def undo(import_id: int) -> Response:
    """`POST /import/<id>/undo`: all is taken back, in the background."""
    visitor = actor()
    return _done(import_id, lambda: engine().imports.undo(visitor, import_id))


def discard(import_id: int) -> Response:
    """`POST /import/<id>/discard`: forgets one that wrote nothing."""
    visitor = actor()
    one = engine().imports.get(visitor, import_id)
    engine().imports.remove(visitor, import_id)
    return redirect(f"/r/{one['type']}/import", 303)


def errors(import_id: int) -> Response:
    """`/import/<id>/errors?format=`: the rows that are left out, to be corrected and imported again."""
    visitor, name = actor(), gettext("Rows left out of import %(number)s", number=import_id)
    if request.args.get("format") == "xlsx":
        return xlsx_file(name, lambda path: engine().imports.errors_xlsx(visitor, import_id, path))
    return csv_file(name, engine().imports.errors(visitor, import_id))



def _importing(visitor: Actor, type_name: str) -> Sight:
    """What the visitor may do with a type that he may import. Raises NotFound, Forbidden."""
    sight = sight_of(visitor, type_name)
    if not sight.create:
        raise Forbidden("You may not add records of this type.")
    return sight


def _first_page(visitor: Actor, sight: Sight, problems: Iterable[str] = ()) -> str:
    found = [_with_written(one) for one in engine().imports.listing(visitor, sight.type.name, limit=_EARLIER)]
    names = _names(visitor, found)
    return page(
        "imports.html", type=sight.type, keys=keys_of(sight), problems=list(problems), megabytes=installed().options.file // 1_000_000,
        found=[{**one, "by_name": names.get(one["by"], "")} for one in found],
    )


def _with_written(one: Mapping[str, Any]) -> dict[str, Any]:
    committed = one["counts"].get("committed", {})
    return {**one, "written": committed.get("created", 0) + committed.get("updated", 0)}


def _names(visitor: Actor, found: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """{user: name} of those who began the imports, as far as the visitor may know them."""
    ids = sorted({one["by"] for one in found if one["by"] > 0})
    return engine().title(visitor, "user", ids) if ids else {}


def _report(visitor: Actor, one: Mapping[str, Any]) -> Report:
    return Report(one, engine().sight(visitor, one["type"]), languages.current())


def _state(visitor: Actor, report: Report) -> str:
    return page("import_state.html", **report.values(), by_name=_names(visitor, [report.one]).get(report.one["by"], ""))


def _done(import_id: int, act: Callable[[], object]) -> Response:
    """Back to the import's page, which says how far it is; a refusal is told there."""
    try:
        act()
    except (Conflict, Forbidden, Invalid, Malformed) as refused:
        for text in _sentences(refused):
            flash(text, "warning")
    return redirect(f"/import/{import_id}", 303)


def _sentences(error: KartotekError) -> list[str]:
    return [languages.sentence(one) for one in error.problems] or [error.sentence]
