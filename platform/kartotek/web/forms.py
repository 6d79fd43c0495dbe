"""The form: a new record or a change. What was typed comes back with every refusal."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from kartotek.engine.sight import Sight
from kartotek.engine.transaction import Once
from kartotek.errors import Conflict, Forbidden, Invalid, KartotekError, PreconditionFailed
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.naming import row_path
from kartotek.model.problem import Problem
from kartotek.web import languages
from kartotek.web.builder import Builder
from kartotek.web.current import engine, installed
from kartotek.web.errors import status_of
from kartotek.web.layout import blocks
from kartotek.web.lists import sight_of
from kartotek.web.live import conditions, environment
from kartotek.web.meanwhile import Meanwhile, meanwhile
from kartotek.web.page import page
from kartotek.web.posted import Strings, differs, renumbered, strings_of, wire_of, without_blank_rows, written
from kartotek.web.records import address
from kartotek.web.said import Said, speaker
from kartotek.web.summary import summary
from kartotek.web.uploads import take_files
from kartotek.web.whole import whole
from kartotek.web.visitor import actor

ADD_ROW = "~add"
REMOVE_ROW = "~remove"


@dataclass(frozen=True)
class Form:
    """What one request's form is about; `record` is None for a new one."""

    visitor: Actor
    type: RecordType
    sight: Sight
    language: str
    record: Mapping[str, Any] | None = None

    @property
    def writable(self) -> list[Field]:
        """The fields the visitor may write; a deprecated one is no longer offered, but where it has a value it stays."""
        held = self.record["fields"] if self.record is not None else {}
        offered = (field for field in written(self.fields) if not field.deprecated or field.name in held)
        return [field for field in offered if field.name in self.names]

    @property
    def fields(self) -> list[Field]:
        """What the form can show: readable fields with their readable members, and those that may be written unseen."""
        seen = {field.name: field for field in self.sight.readable}
        return [seen.get(field.name, field) for field in self.type.fields if field.name in seen or field.name in self.names]

    @property
    def readable(self) -> frozenset[tuple[str, str]]:
        """What the visitor may read, members of sub-tables and small objects too, as in Formula.fields."""
        top = {(self.type.name, field.name) for field in self.sight.readable}
        return frozenset(top | {
            (row_path(self.type.name, field.name), one.name) for field in self.sight.readable for one in field.fields
        })

    @property
    def names(self) -> frozenset[str]:
        """Their names."""
        return self.sight.creatable if self.record is None else self.sight.writable


def new(type_name: str) -> str:
    """`GET /r/<type>/new`: defaults, and what the address gives: `?person=5`."""
    form = _open(type_name)
    given, _ = wire_of(form.writable, {f"/{name}": values for name, values in request.args.lists()}, form.language)
    draft = engine().draft(form.visitor, type_name, given=given)
    return _page(form, strings_of(form.fields, draft, form.language), wire=draft)


def create(type_name: str) -> Response | tuple[str, int] | str:
    """`POST /r/<type>/new`."""
    form = _open(type_name)
    strings, problems = _posted(form)
    if (again := _rows_changed(form, strings)) is not None:
        return _page(form, again)
    strings = renumbered(form.fields, without_blank_rows(form.fields, strings))
    wire, wrong = wire_of(form.writable, strings, form.language)
    problems += wrong
    if problems:
        return _page(form, strings, problems), 422
    try:
        made = engine().create(form.visitor, type_name, wire, once=_once(wire))
    except (Invalid, Conflict, Forbidden) as refused:
        return _refused(form, strings, refused)
    flash(gettext("Saved."), "success")
    return redirect(address(type_name, made["id"]), 303)


def edit(type_name: str, record_id: int) -> str:
    """`GET /r/<type>/<id>/edit`."""
    form = _open(type_name, record_id)
    assert form.record is not None
    wire = form.record["fields"]
    return _page(form, strings_of(form.fields, wire, form.language), wire=wire)


def update(type_name: str, record_id: int) -> Response | tuple[str, int] | str:
    """`POST /r/<type>/<id>/edit`: sends what differs from the version the form was filled from."""
    form = _open(type_name, record_id)
    assert form.record is not None
    strings, problems = _posted(form)
    if (again := _rows_changed(form, strings)) is not None:
        return _page(form, again, wire=form.record["fields"])
    strings = renumbered(form.fields, without_blank_rows(form.fields, strings))
    wire, wrong = wire_of(form.writable, strings, form.language)
    problems += wrong
    if problems:
        return _page(form, strings, problems, wire=form.record["fields"]), 422
    if form.record["version"] != _version():
        return _merge(form, wire)
    try:
        _save(form, wire)
    except (Conflict, PreconditionFailed) as refused:
        if any(one.code == "version" for one in refused.problems) or isinstance(refused, PreconditionFailed):
            return _merge(_open(type_name, record_id), wire)
        return _refused(form, strings, refused)
    except (Invalid, Forbidden) as refused:
        return _refused(form, strings, refused)
    return redirect(address(type_name, record_id), 303)


def _open(type_name: str, record_id: int | None = None) -> Form:
    visitor = actor()
    sight = sight_of(visitor, type_name)
    if not (sight.create if record_id is None else sight.write):
        raise Forbidden("You may not do this.")
    record = None if record_id is None else engine().get(visitor, type_name, record_id, titles=True)
    return Form(visitor, engine().catalog().types[type_name], sight, languages.current(), record)


def _posted(form: Form) -> tuple[dict[str, list[str]], list[Problem]]:
    request.max_content_length = installed().options.file + installed().options.body
    strings = {path: values for path, values in request.form.lists() if path.startswith("/")}
    return strings, take_files(form.writable, strings)


def _version() -> int:
    return whole(request.form.get("version", "")) or 0


def _rows_changed(form: Form, strings: dict[str, list[str]]) -> dict[str, list[str]] | None:
    """The form with a row more or less, where one of the buttons for that was pressed (which needs no script)."""
    if path := request.form.get(ADD_ROW):
        strings = renumbered(form.fields, strings)
        strings.setdefault(path, []).append(str(len(strings.get(path, ()))))
        return strings
    if gone := request.form.get(REMOVE_ROW):
        path, _, name = gone.rpartition("/")
        strings[path] = [one for one in strings.get(path, ()) if one != name]
        return renumbered(form.fields, strings)
    return None


def _save(form: Form, wire: Mapping[str, Any]) -> None:
    assert form.record is not None
    stored = form.record["fields"]
    changed = [field.name for field in form.writable if _changed(field, wire, stored)]
    if not changed:
        return
    fields = {name: wire[name] for name in changed if name in wire}
    unset = tuple(name for name in changed if name not in wire)
    engine().update(form.visitor, form.type.name, form.record["id"], fields, unset=unset, version=_version())
    flash(gettext("Saved."), "success")


def _changed(field: Field, wire: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    return differs(field, wire.get(field.name, MISSING), stored.get(field.name, MISSING))


def _merge(form: Form, wire: Mapping[str, Any]) -> Response | tuple[str, int]:
    """The form again, with what others changed meanwhile beside what was typed; saving it then saves on top."""
    assert form.record is not None
    if not any(_changed(field, wire, form.record["fields"]) for field in form.writable):
        return redirect(address(form.type.name, form.record["id"]), 303)  # a second click on the same button
    typed = {field.name: wire.get(field.name, MISSING) for field in form.writable}
    found = meanwhile(form.visitor, form.type, form.record, _version(), typed=typed)
    merged = strings_of(form.fields, {**form.record["fields"], **found.kept}, form.language)
    for name in found.emptied:
        merged |= {path: [] for path in merged if path == f"/{name}" or path.startswith(f"/{name}/")}
    return _page(form, merged, wire=form.record["fields"], conflict=found), 409


def _once(wire: Mapping[str, Any]) -> Once | None:
    """The same values out of the same form make one record, however often its button is pressed."""
    key = request.form.get("key", "")
    digest = hashlib.sha256(json.dumps(wire, sort_keys=True).encode()).hexdigest()
    return Once(f"{key[:40]}:{digest}", digest) if key else None


def _refused(form: Form, strings: Strings, refused: KartotekError) -> tuple[str, int]:
    problems = refused.problems or (Problem("", refused.code, gettext("You may not do this.")),)
    wire = form.record["fields"] if form.record else {}
    return _page(form, strings, problems, wire=wire), status_of(refused)


def _page(
    form: Form, strings: Strings, problems: Sequence[Problem] = (), *, wire: Mapping[str, Any] | None = None,
    conflict: Meanwhile | None = None,
) -> str:
    builder = Builder(
        engine(), form.visitor, form.type, form.names, form.language, strings, problems, wire or {}, form.record, form.readable
    )
    seen = [field for field in form.fields if field.widget != "hidden" and _has_place(form, field, wire or {})]
    groups = [
        (block, conditions(block.conditions, form.readable), [builder.control(field) for field in block.fields])
        for block in blocks(form.type, seen, form.language)
    ]
    return page(
        "form.html", type=form.type, record=form.record, groups=groups, summary=summary(groups, builder.said), conflict=conflict,
        said=_speaker(form.visitor, conflict), env=_environment(form), wire=wire or {}, key=request.form.get("key") or secrets.token_urlsafe(12), multipart=_takes_files(form.fields),
    )  # fmt: skip


def _environment(form: Form) -> dict[str, Any]:
    system = {name: value for name, value in (form.record or {}).items() if name not in {"fields", "titles", "title", "type"}}
    found = environment(form.visitor, engine().clock(), engine().catalog().settings.timezone)
    return {**found, "record": system, "is_new": form.record is None}


def _speaker(visitor: Actor, conflict: Meanwhile | None) -> Said | None:
    if conflict is None:
        return None
    return speaker(visitor, [(one.field, wire) for one in conflict.differences for wire in (one.was, one.now, one.mine)])


def _has_place(form: Form, field: Field, wire: Mapping[str, Any]) -> bool:
    """A field no one can fill in here is shown only where it has a value."""
    return field in form.writable or wire.get(field.name) is not None


def _takes_files(fields: Sequence[Field]) -> bool:
    return any(field.kind in {"file", "image", "files"} or _takes_files(field.fields) for field in fields)
