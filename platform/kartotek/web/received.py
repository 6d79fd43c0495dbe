"""Received: what a form was sent with, read once for all forms: values, files, reasons, and the buttons within it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import request

from kartotek.engine.transaction import Once
from kartotek.model.problem import Problem
from kartotek.web.alternatives import used
from kartotek.web.foreign_form import clashes
from kartotek.web.form import Form
from kartotek.web.posted import renumbered, wire_of, with_plain_ends, without_blank_rows
from kartotek.web.reasons import given_reasons
from kartotek.web.uploads import take_files
from kartotek.web.whole import whole

ADD_ROW = "~add"
REMOVE_ROW = "~remove"


@dataclass(frozen=True, kw_only=True)
class Received:
    """`is_draft`: a button within the form was pressed, which needs no script; the form comes again and nothing is saved."""

    strings: dict[str, list[str]]
    wire: Mapping[str, Any] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    reasons: Mapping[str, str] = field(default_factory=dict)
    is_draft: bool = False
    filled: bool = False

    @property
    def version(self) -> int:
        """The version of the record that the form was filled from, 0 for nonsense."""
        return whole(request.form.get("version", "")) or 0

    def once(self, **more: Any) -> Once | None:
        """The same values out of the same form are one request, however often its button is pressed."""
        key = request.form.get("key", "")
        said = json.dumps([self.wire, self.reasons, more], sort_keys=True)
        digest = hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
        return Once(f"{key[:40]}:{digest}", digest) if key else None


def received(form: Form) -> Received:
    """What was sent, and every problem of reading it."""
    strings = {path: [with_plain_ends(one) for one in values] for path, values in request.form.lists() if path.startswith("/")}
    problems = take_files(form.writable, strings)
    reasons = given_reasons(form.type)
    if (again := _rows_changed(form, strings)) is not None:
        return Received(strings=again, reasons=reasons, problems=problems, is_draft=True)
    strings = renumbered(form.fields, without_blank_rows(form.fields, strings))
    if used(strings, frozenset(field.name for field in form.writable)):
        return Received(strings=strings, reasons=reasons, problems=problems, is_draft=True, filled=True)
    wire, wrong = wire_of(form.writable, strings, form.language)
    wrong += clashes(form.type, wire)
    return Received(strings=strings, wire=wire, problems=problems + wrong, reasons=reasons)


def _rows_changed(form: Form, strings: dict[str, list[str]]) -> dict[str, list[str]] | None:
    """The form with a row more or less, where one of the buttons for that was pressed."""
    if path := request.form.get(ADD_ROW):
        strings = renumbered(form.fields, strings)
        strings.setdefault(path, []).append(str(len(strings.get(path, ()))))
        return strings
    if gone := request.form.get(REMOVE_ROW):
        path, _, name = gone.rpartition("/")
        strings[path] = [one for one in strings.get(path, ()) if one != name]
        return renumbered(form.fields, strings)
    return None
