"""Titles: the short text that stands for a record, from its type's template and in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from kartotek.engine.compiled import Compiled, CompiledType
from kartotek.engine.moment import Moment
from kartotek.engine.visible import names_shown, reachable
from kartotek.kinds.registry import kind_of
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.record import Record
from kartotek.model.view import Rules, TypeView
from kartotek.rules.access import beyond
from kartotek.rules.setting import Setting

Title = Callable[[Mapping[str, Any], str], str]  # of a record's values, in a language; "" where nothing is left

# How far titles may be made of titles: an order's of its person's, and no further.
_DEEPEST = 3
_MOST = 500  # ways to stand: with records opened in emergencies they are without number


def title_of(moment: Moment, record: Record, setting: Setting, depth: int = 0) -> str:
    """The record's title; what the actor may not read of a related record is left out."""
    compiled = moment.compiled.type(record.type)
    plain = _plain(moment, compiled)
    if plain is not None:
        note_title(moment, compiled, record)
        return plain(record.values, moment.actor.language) or untitled(moment, compiled, record)
    parts = [
        part if index % 2 == 0 else _text(moment, record, part.split("."), setting, depth=depth)
        for index, part in enumerate(template_of(compiled))
    ]
    return " ".join("".join(parts).split()) or untitled(moment, compiled, record)


def note_title(moment: Moment, compiled: CompiledType, record: Record) -> None:
    """Takes note of the sensitive fields that a title of the record's own fields shows."""
    if compiled.type.name in moment.compiled.sensitive:
        seen = moment.view.of(record.type).fields
        named = [one for one in template_of(compiled)[1::2] if one in seen and record.values.get(one) is not None]
        moment.shows(record.type, record.id, named)


def untitled(moment: Moment, compiled: CompiledType, record: Record) -> str:
    """What stands for a record whose title has nothing in it."""
    return f"{compiled.type.label(moment.actor.language)} {record.id}"


def template_paths(compiled: CompiledType) -> list[tuple[str, ...]]:
    """What the template reads, as paths from the record; "*" stands for the title of the record reached."""
    return [
        path if not _ends_in_reference(compiled, path) else (*path, "*")
        for path in (tuple(part.split(".")) for part in template_of(compiled)[1::2])
    ]


def tells_sensitive(compiled: Compiled, record_type: str, depth: int = 0) -> bool:
    """Whether a title of such a record may show a sensitive field, of its own or of a record that it reaches."""
    if depth > _DEEPEST or record_type not in compiled.types:
        return False
    return any(_passes_sensitive(compiled, record_type, path, depth) for path in template_paths(compiled.type(record_type)))


def _passes_sensitive(compiled: Compiled, record_type: str, path: Sequence[str], depth: int) -> bool:
    if not path or path[0] == "*":
        return tells_sensitive(compiled, record_type, depth + 1)
    if path[0] in compiled.sensitive.get(record_type, ()):
        return True
    field = compiled.type(record_type).type.by_name.get(path[0]) if record_type in compiled.types else None
    return field is not None and field.reference is not None and _passes_sensitive(compiled, field.reference.target, path[1:], depth)


def titles(moment: Moment, record_type: str, ids: Iterable[int], setting: Setting) -> dict[int, str]:
    """{id: title} of those records that exist and that the actor may see; deleted ones only if he may delete them."""
    if record_type not in moment.view.types:
        return {}
    compiled = moment.compiled.type(record_type)
    wanted = list(dict.fromkeys(ids))
    setting.related.fetch(record_type, wanted)
    found = [one for id in wanted if (one := setting.related.one(record_type, id)) is not None]
    setting.related.prefetch(record_type, found, template_paths(compiled))
    return {one.id: title_of(moment, one, setting) for one in found if reachable(moment, one, setting)}


def _plain(moment: Moment, compiled: CompiledType) -> Title | None:
    """How titles are made for whoever stands like this, where no look at the record can change it."""
    standing = moment.actor.standing
    known = compiled.titles
    if standing not in known:
        if len(known) > _MOST:
            known = compiled.titles = {}  # others may still be reading the one before
        known[standing] = plain_title(compiled, moment.view.of(compiled.type.name), ())
    return known[standing]


def template_of(compiled: CompiledType) -> Sequence[str]:
    """Text and paths by turns."""
    if compiled.type.title_template:
        return compiled.type.title_template
    named = next((one.name for one in compiled.type.fields if one.kind == "text" and not one.is_read_by_some), None)
    return ("", named, "") if named else ("",)


def plain_title(compiled: CompiledType, seen: TypeView, rows: Rules) -> Title | None:
    """The title of records that one of `rows` shows, where it is made of their own fields alone; else None."""
    pieces: list[str | tuple[str, Callable[[Any, str], str]]] = []
    for index, part in enumerate(template_of(compiled)):
        field = compiled.type.by_name.get(part)
        if index % 2 == 0:
            pieces.append(part)
        elif field is None or field.reference is not None or field.fields or field.kind == "user":
            return None
        elif field.name in seen.fields:
            if beyond(rows, seen.fields[field.name]) is not True:
                return None
            pieces.append((field.name, _text_of(compiled, field)))

    def title(values: Mapping[str, Any], language: str) -> str:
        texts = [
            one if isinstance(one, str) else "" if (value := values.get(one[0])) is None else one[1](value, language)
            for one in pieces
        ]
        return " ".join("".join(texts).split())

    return title


def _text_of(compiled: CompiledType, field: Field) -> Callable[[Any, str], str]:
    kind, codec, name = kind_of(field), compiled.codec, field.name
    return lambda value, language: kind.text(field, codec.wire_of(name, value), language)


def _text(moment: Moment, record: Record, path: Sequence[str], setting: Setting, *, depth: int) -> str:
    compiled = moment.compiled.type(record.type)
    field = compiled.type.by_name.get(path[0])
    seen = moment.view.of(record.type)
    value = record.values.get(path[0], MISSING)
    if field is None or value is MISSING or value is None:
        return ""
    if not names_shown(compiled, seen, record, setting, asked=[path[0]]):
        return ""
    moment.shows(record.type, record.id, path[:1])
    if field.kind == "object" and len(path) > 1:
        if seen.inner.get((field.name, path[1]), True) is not True:
            return ""
        return _member_text(field, compiled.codec.wire_of(field.name, value), path[1:], moment.actor.language)
    if field.kind in ("reference", "user"):
        return _reached_text(moment, field, value, path[1:], at=(setting, depth))
    return kind_of(field).text(field, compiled.codec.wire_of(field.name, value), moment.actor.language)


def _reached_text(
    moment: Moment, field: Field, id: int, path: Sequence[str], *, at: tuple[Setting, int]
) -> str:
    setting, depth = at
    assert field.reference is not None
    reached = setting.related.one(field.reference.target, id)
    if reached is None or depth >= _DEEPEST or not reachable(moment, reached, setting):
        return ""
    return _text(moment, reached, path, setting, depth=depth + 1) if path else title_of(moment, reached, setting, depth + 1)


def _member_text(field: Field, wire: Mapping[str, Any], path: Sequence[str], language: str) -> str:
    inner = next((one for one in field.fields if one.name == path[0]), None)
    if inner is None or wire.get(path[0]) is None:
        return ""
    if inner.kind == "object" and len(path) > 1:
        return _member_text(inner, wire[path[0]], path[1:], language)
    return kind_of(inner).text(inner, wire[path[0]], language)


def _ends_in_reference(compiled: CompiledType, path: Sequence[str]) -> bool:
    field = compiled.type.by_name.get(path[-1]) if len(path) == 1 else None
    return field is not None and field.reference is not None
