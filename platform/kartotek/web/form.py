"""Form: what the form of one request is about, and its page with all that was typed into it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as given
from typing import Any

from flask import request
from flask_babel import gettext

from kartotek.engine.sight import Sight
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.frozen import empty
from kartotek.model.naming import row_path
from kartotek.model.problem import Problem
from kartotek.model.workflow import Transition
from kartotek.web.alternatives import Offer
from kartotek.web.breaches import hints
from kartotek.web.builder import Builder
from kartotek.web.current import engine
from kartotek.web.foreign_form import OTHERS, is_whole, laid_out, placed, spread
from kartotek.web.layout import Block, blocks
from kartotek.web.live import conditions, environment
from kartotek.web.meanwhile import Meanwhile
from kartotek.web.page import page
from kartotek.web.posted import Strings, written
from kartotek.web.reasons import questions
from kartotek.web.said import Said, speaker
from kartotek.web.sentences import told
from kartotek.web.partly import told_in_part
from kartotek.web.summary import summary

PICK = "~pick"  # a picker in another tab waits for the record that is made under this ticket
_KEY = 12
_COMMENT = "/comment"  # not a field's path: those begin with /fields


@dataclass(frozen=True)
class Form:
    """`record` is None for a new one; with a `transition` the form is its dialog and holds its fields alone."""

    visitor: Actor
    type: RecordType
    sight: Sight
    language: str
    record: Mapping[str, Any] | None = None
    transition: Transition | None = None
    proposed: frozenset[str] = frozenset()  # fields of which he may only propose a value for this record

    @property
    def writable(self) -> list[Field]:
        """The fields the visitor may write; a deprecated one is no longer offered, but where it has a value it stays."""
        offered = (field for field in written(self.fields) if not field.deprecated or field.name in self.held)
        return [field for field in offered if field.name in self.names]

    @property
    def fields(self) -> list[Field]:
        """What the form can show: readable fields with their readable members, and those that may be written unseen."""
        seen = {field.name: field for field in self.sight.readable}
        known = {field.name: seen.get(field.name, field) for field in self.type.fields if field.name in seen or field.name in self.names}
        if self.type.foreign:
            return laid_out(self.type, list(known.values()), self.held, engine().catalog().settings.timezone)
        if self.transition is None:
            return [field for field in known.values() if not field.is_state]
        required = self.transition.require
        asked = (known[name] for name in self.transition.fields if name in known)
        return [replace(field, required=True, show_if=None) if field.name in required else field for field in asked]

    @property
    def readable(self) -> frozenset[tuple[str, str]]:
        """What the visitor may read, members of sub-tables and small objects too, as in Formula.fields."""
        top = {(self.type.name, field.name) for field in self.sight.readable}
        return frozenset(top | {
            (row_path(self.type.name, field.name), one.name) for field in self.sight.readable for one in field.fields
        })

    @property
    def names(self) -> frozenset[str]:
        """The names of the fields he may write here."""
        if self.type.foreign:
            return (self.sight.creatable if self.record is None else self.sight.writable) | {OTHERS}
        if self.record is None:
            return self.sight.creatable
        if self.transition is None:
            return self.sight.writable | self.proposed
        return self.sight.writable & frozenset(self.transition.fields)

    @property
    def stored(self) -> Mapping[str, Any]:
        """The wire values of the record as it is, by their controls; nothing for a new one."""
        return spread(self.type, self.held) if self.type.foreign else self.held

    @property
    def held(self) -> Mapping[str, Any]:
        """The fields of the record as it is."""
        found: Mapping[str, Any] = self.record["fields"] if self.record is not None else {}
        return found

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The groups in which the fields stand; those of a dialog stand in one."""
        seen = [field for field in self.fields if field.widget != "hidden"]
        if self.type.foreign and len(seen) > 1 and seen[-1].name == OTHERS:
            return (*blocks(self.type, seen[:-1], self.language), Block(seen[-1].title, (seen[-1],), collapsed=OTHERS not in self.stored))
        if self.transition is None:
            return blocks(self.type, seen, self.language)
        return (Block("", tuple(seen)),) if seen else ()


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a form says besides what was typed: problems, what to confirm with which reasons, what is free instead."""

    problems: Sequence[Problem] = ()
    reasons: Mapping[str, str] = given(default_factory=empty)
    offers: Sequence[Offer] = ()
    conflict: Meanwhile | None = None
    filled: str = ""


def form_page(form: Form, strings: Strings, said: Told = Told(), *, wire: Mapping[str, Any] | None = None, **more: Any) -> str:
    """The page of the form; `wire` are the values that its conditions start from, those stored unless given."""
    wire = form.stored if wire is None else wire
    asked, problems = questions(form.type, said.problems, said.reasons)
    of_comment = [one for one in problems if one.path == _COMMENT]
    problems = placed(form.fields, [one for one in problems if one.path != _COMMENT])
    builder = Builder(
        engine(), form.visitor, form.type, form.names, form.language, strings, problems, wire, form.record, form.readable,
        hints=placed(form.fields, hints(form.visitor, form.type.name, form.record["id"])) if form.record is not None else (),
    )
    stands = _standing(form, builder)
    groups = [
        (block, conditions(block.conditions, form.readable), [builder.control(field) for field in block.fields if field.name in stands])
        for block in form.blocks
    ]
    groups = [one for one in groups if one[2]]
    listed = summary(groups, builder.said) + [("comment", gettext("Comment"), told(one)) for one in of_comment]
    return page(
        "form.html" if form.transition is None else "transition.html",
        type=form.type, record=form.record, groups=groups, summary=listed, questions=asked, comment_problems=[told(one) for one in of_comment],
        offers=said.offers, filled=said.filled, conflict=said.conflict, said=_speaker(form.visitor, said.conflict), env=_environment(form), wire=wire,
        proposed=[field.label(form.language) for field in form.fields if field.name in form.proposed], part=told_in_part(form.sight, form.record) if form.transition is None else (), pick=request.values.get(PICK, "")[:60], whole=is_whole() if form.type.foreign else None,
        key=request.form.get("key") or secrets.token_urlsafe(_KEY), multipart=_takes_files(form.fields), **more,
    )  # fmt: skip


def _standing(form: Form, builder: Builder) -> frozenset[str]:
    """The names of the fields that stand in the form: those to be written, those with a value, and those reckoned while one types."""
    if form.transition is not None:
        return frozenset(field.name for field in form.fields)
    kept = {name for name, value in form.stored.items() if value is not None}
    reckoned = {field.name for field in form.fields if field.is_derived and builder.computed(field) is not None}
    return frozenset({field.name for field in form.writable} | kept | reckoned)


def _environment(form: Form) -> dict[str, Any]:
    system = {name: value for name, value in (form.record or {}).items() if name not in {"fields", "titles", "title", "type"}}
    found = environment(form.visitor, engine().clock(), engine().catalog().settings.timezone)
    return {**found, "record": system, "is_new": form.record is None, "becoming": _becoming(form)}


def _becoming(form: Form) -> dict[str, Any]:
    """What the record will be once the dialog is sent: its fields are shown for the state they are asked for."""
    if form.transition is None or form.type.workflow is None:
        return {"fields": {}}
    target, field = form.transition.target, form.type.workflow.field
    return {"state": target, "fields": {field: target} if field else {}}


def _speaker(visitor: Actor, conflict: Meanwhile | None) -> Said | None:
    if conflict is None:
        return None
    return speaker(visitor, [(one.field, wire) for one in conflict.differences for wire in (one.was, one.now, one.mine)])


def _takes_files(fields: Sequence[Field]) -> bool:
    return any(field.kind in {"file", "image", "files"} or _takes_files(field.fields) for field in fields)
