"""Commands about spreadsheets: import and export."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kartotek.commands.accounts import opened
from kartotek.commands.import_texts import report_lines, status_line
from kartotek.commands.terminal import OK, PROBLEMS, USAGE, say, say_json
from kartotek.errors import NotFound, SetupInvalid
from kartotek.model.actor import Actor
from kartotek.model.query import Query
from kartotek.site import Site

_BAR = 30  # characters
_LARGE = 5000  # rows


def import_file(options: argparse.Namespace) -> int:
    """A dry run of a file, or with --commit its rows as records; with --resume or --undo what is left of an earlier one."""
    numbered = options.resume or options.undo
    if bool(numbered) == bool(options.file) or (numbered and options.type):
        print("kartotek import: give TYPE and FILE, or --resume ID, or --undo ID.", file=sys.stderr)
        return USAGE
    with opened(options) as site:
        actor = actor_of(site, options.actor)
        if options.undo:
            site.engine.imports.undo(actor, options.undo)
            return _finished(site, actor, options.undo, options)
        if options.resume:
            site.engine.imports.commit(actor, options.resume)
            return _finished(site, actor, options.resume, options)
        return _prepared(site, actor, options)


def export_file(options: argparse.Namespace) -> int:
    """The records of a type as CSV or XLSX: to a file, or CSV to the standard output."""
    query = Query(
        filter=options.filter, search=options.search, sort=_names(options.sort) or (), fields=_names(options.fields)
    )
    with opened(options) as site:
        actor, exports = actor_of(site, options.actor), site.engine.exports
        if options.to is not None and options.to.suffix.lower() == ".xlsx":
            exports.xlsx(actor, options.type, query, options.to, language=options.language)
        elif options.to is None:
            for piece in exports.csv(actor, options.type, query, language=options.language):
                sys.stdout.buffer.write(piece)
        else:
            pieces = exports.csv(actor, options.type, query, language=options.language)
            with options.to.open("wb") as stream:
                stream.writelines(pieces)
    return OK


def actor_of(site: Site, username: str) -> Actor:
    """Who acts: a user by his name, else the command line itself with the site's rights. Raises NotFound."""
    if not username:
        return Actor.system("command line")
    actor = site.engine.users.actor(site.users.get(username).id, "cli")
    if actor is None:
        raise NotFound(f"{username} may not sign in.")
    return actor


def mapping_of(text: str) -> tuple[str, str]:
    """ "Tel=mobile" as (column, field). Raises ArgumentTypeError."""
    column, sign, field = text.rpartition("=")
    if not sign or not column:
        raise argparse.ArgumentTypeError(f'{text!r} is not COLUMN=FIELD, such as "Tel=mobile"')
    return column, field


def _prepared(site: Site, actor: Actor, options: argparse.Namespace) -> int:
    path: Path = options.file
    if not path.is_file():
        raise SetupInvalid(f"There is no file {path}.")
    with path.open("rb") as stream:
        found = site.engine.imports.prepare(
            actor, options.type, stream, name=path.name, options=_wanted(options), progress=_progress("tried")
        )
    if options.errors is not None:
        _write_errors(site, actor, found["id"], options.errors)
    if options.commit and found["status"] == "prepared":
        site.engine.imports.commit(actor, found["id"])
        return _finished(site, actor, found["id"], options)
    _told(site, actor, found, options)
    return OK if found["status"] == "prepared" and not found["counts"]["bad"] else PROBLEMS


def _wanted(options: argparse.Namespace) -> dict[str, Any]:
    wanted = {
        "sheet": options.sheet, "mapping": dict(options.map), "date_order": options.date_order,
        "on": options.on, "confirm": dict(options.confirm),
    }
    return {name: value for name, value in wanted.items() if value}


def _finished(site: Site, actor: Actor, id: int, options: argparse.Namespace) -> int:
    """Does what is to be done here, beside whatever server does the same, and tells the end."""
    show = _progress("done")

    def progress(found: dict[str, Any]) -> None:
        counts = found["counts"]
        if found["status"] == "undoing":
            written = counts.get("committed", {})
            show(sum(counts.get("undone", {}).values()), written.get("created", 0) + written.get("updated", 0))
        else:
            show(counts.get("done", 0), counts.get("good", 0))

    found = site.engine.imports.run(actor, id, progress=progress)
    if options.errors is not None:
        _write_errors(site, actor, id, options.errors)
    _told(site, actor, found, options)
    counts = found["counts"]
    left = counts.get("undone", {}).get("left", 0) if found["status"] == "undone" else (
        counts.get("bad", 0) + counts.get("committed", {}).get("refused", 0)
    )
    return PROBLEMS if left or found["status"] == "stopped" else OK


def _write_errors(site: Site, actor: Actor, id: int, path: Path) -> None:
    if path.suffix.lower() == ".xlsx":
        site.engine.imports.errors_xlsx(actor, id, path)
        return
    with path.open("wb") as stream:
        stream.writelines(site.engine.imports.errors(actor, id))


def _told(site: Site, actor: Actor, found: dict[str, Any], options: argparse.Namespace) -> None:
    if options.format == "json":
        problems = site.engine.imports.problems(actor, found["id"], limit=1000)
        say_json({**found, "problems": problems})
        return
    for line in report_lines(found, site.engine.imports.problems(actor, found["id"], limit=20)):
        say(line)
    say(status_line(found))


def _progress(word: str) -> Callable[[int, int], None]:
    """What shows how far the work is: a bar on a terminal, elsewhere a line for each tenth of a large file."""
    told = 0

    def show(done: int, total: int) -> None:
        nonlocal told
        share = min(done / total, 1) if total else 1
        if sys.stderr.isatty():
            bar = "=" * round(share * _BAR)
            print(f"\r[{bar:<{_BAR}}] {share:4.0%}  {done:,} of {total:,} rows {word}", end="\n" if share == 1 else "", file=sys.stderr, flush=True)
        elif total >= _LARGE and int(share * 10) > told:
            told = int(share * 10)
            print(f"{done:,} of {total:,} rows {word}", file=sys.stderr, flush=True)

    return show


def _names(text: str) -> tuple[str, ...] | None:
    return tuple(one.strip() for one in text.split(",") if one.strip()) if text else None
