"""Wording: what a message says: its template over a record, with the site's rights or under those of one reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kartotek.engine.compiled import Compiled
from kartotek.engine.moment import Moment
from kartotek.engine.seen import Seen
from kartotek.kinds.registry import kind_of
from kartotek.model.field import Field
from kartotek.model.formula import Formula, Member, formulas_in
from kartotek.model.process import MessageTemplate
from kartotek.model.record import Record
from kartotek.rules.rendering import Manner, Said, chosen, rendered
from kartotek.rules.setting import Setting

LinkOf = Callable[[Any, str, int, str], str]  # (connection, record type, record id, name of the link) → its address


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said, and in which language."""

    subject: str
    text: str
    language: str


def record_of(moment: Moment, payload: Mapping[str, Any], setting: Setting) -> Record | None:
    """The record that a message is about, as it is now; None where it is not there any more."""
    if payload["type"] not in moment.compiled.catalog.types:
        return None
    found: Record | None = setting.related.chosen(payload["type"], payload["id"])
    return found


def foresee(moment: Moment, payloads: Iterable[Mapping[str, Any]], setting: Setting) -> None:
    """Fetches what messages are about and for whom they are, one query a type."""
    wanted: dict[str, set[int]] = {}
    for payload in payloads:
        for one in (payload, payload.get("to", {})):
            if one.get("type") in moment.compiled.catalog.types:
                wanted.setdefault(one["type"], set()).add(one["id"])
    for name, ids in wanted.items():
        setting.related.fetch(name, sorted(ids))


def said_to_all(
    moment: Moment, template: MessageTemplate, record: Record, setting: Setting, *, language: str, link: Callable[[str], str]
) -> Wording:
    """The message with the site's rights: it says what its template says, and to whom was decided before."""
    _note(moment, template, record)
    return _said(moment, template, setting.about(record, None), language=language, link=link)


def said_to_reader(moment: Moment, template: MessageTemplate, record: Record, setting: Setting) -> Wording | None:
    """The message as the moment's actor may read it, without personal links; None where he may not know of the record."""
    seen = Seen(moment, setting)
    shown = seen.of(record)
    if shown is None:
        return None
    about = replace(setting, related=seen).about(shown, None)
    _note(moment, template, record)
    return _said(moment, template, about, language=moment.actor.language, link=lambda name: "…")


def _note(moment: Moment, template: MessageTemplate, record: Record) -> None:
    """Takes note of the sensitive fields of its record that a message may tell."""
    if record.type in moment.compiled.sensitive:
        read = {field for formula in formulas_in((template.subject, template.body)) for field in formula.fields}
        moment.shows(record.type, record.id, sorted(name for owner, name in read if owner == record.type))


def _said(
    moment: Moment, template: MessageTemplate, setting: Setting, *, language: str, link: Callable[[str], str]
) -> Wording:
    settings = moment.compiled.catalog.settings
    wanted = tuple(filter(None, (language, *settings.languages)))
    spoken, body = chosen(template.body, wanted)
    _, subject = chosen(template.subject, (spoken, *wanted))
    manner = Manner(
        language=spoken, zone=settings.timezone, currency=settings.currency, link=link,
        said=_words(moment.compiled, spoken),
    )
    line = " ".join(rendered(subject, setting, manner).split())
    return Wording(line, rendered(body, setting, manner).strip(), spoken)


def _words(compiled: Compiled, language: str) -> Said:
    """A field's value as pages show it: a choice by its title, an amount with its currency."""

    def said(formula: Formula, value: Any) -> str | None:
        field = _field(compiled, formula)
        if field is None:
            return None
        kind = kind_of(field)
        convert = kind.wire(field)
        return kind.text(field, convert(value) if convert else value, language)

    return said


def _field(compiled: Compiled, formula: Formula) -> Field | None:
    """The field that the formula gives as it is, if it is no more than the path to one."""
    node = formula.node
    if not isinstance(node, Member) or node.target.type.name not in ("record", "row"):
        return None
    owner, _, rows = node.target.type.record.partition(".")
    declared = compiled.catalog.types.get(owner)
    if declared is None:
        return None
    if rows:
        outer = declared.by_name.get(rows)
        return next((one for one in outer.fields if one.name == node.name), None) if outer else None
    return declared.by_name.get(node.name)
