"""Envelopes: records as the wire carries them, a whole page at a time, with titles, live values and expansions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from kartotek.engine.aliases import called
from kartotek.engine.asking import unknown_field
from kartotek.engine.breach_names import shown as shown_breaches
from kartotek.engine.compiled import CompiledType
from kartotek.engine.moment import Moment
from kartotek.engine.open_writing import Writing
from kartotek.engine.projection import Projection, projection
from kartotek.engine.titles import note_title, title_of, titles, untitled
from kartotek.engine.visible import reachable, visible
from kartotek.errors import Malformed
from kartotek.kinds.calendar import write_instant
from kartotek.model.field import Field
from kartotek.model.record import Record
from kartotek.model.view import TypeView
from kartotek.rules.levels import sentence_of
from kartotek.rules.setting import Setting

Envelope = dict[str, Any]
_DEEPEST_EXPANSION = 3


def envelopes(
    moment: Moment, record_type: str, records: Sequence[Record], setting: Setting,
    *, fields: Sequence[str] | None = None, expand: Sequence[str] = (), with_titles: bool = False,
) -> list[Envelope]:
    """One envelope a record that the actor can see, in order; every hop is one query for the whole page.

    Raises Malformed for unknown names.
    """
    compiled, seen = moment.type(record_type)
    shown = projection(moment, compiled, seen, fields)
    return projected(moment, records, setting, shown=shown, expand=expand, with_titles=with_titles)


def projected(
    moment: Moment, records: Sequence[Record], setting: Setting,
    *, shown: Projection, expand: Sequence[str] = (), with_titles: bool = False,
) -> list[Envelope]:
    """The same for records of the projection's type, which have at least the values that it looks at."""
    compiled = shown.compiled
    if shown.paths:
        setting.related.prefetch(compiled.type.name, records, shown.paths)
    made = [_envelope(moment, shown.lived(one, setting), setting, shown=shown) for one in records]
    for path in dict.fromkeys(expand):
        _expand(moment, compiled, made, path.split("."), setting=setting)
    if with_titles:
        _add_titles(moment, compiled, made, setting, names=shown.names)
    if compiled.type.name in moment.compiled.sensitive:
        for one in made:
            moment.shows(compiled.type.name, one["id"], one["fields"])
    return made


def written(writing: Writing, record_type: str, records: Sequence[Record]) -> list[Envelope]:
    """The envelopes of what was written; of a record that the writer may not read no more than its number.

    `warnings` stand in those of records for which a rule that only warns does not hold.
    """
    moment, setting = writing.moment, writing.setting
    shown = [one for one in records if record_type in moment.view.types and visible(moment, one, setting)]
    whole = {one["id"]: one for one in envelopes(moment, record_type, shown, setting)} if shown else {}
    made = [whole.get(one.id) or {"id": one.id, "type": one.type, "version": one.version} for one in records]
    for one in made:
        if names := writing.warnings.get((record_type, one["id"])):
            one["warnings"] = _warnings(moment, record_type, names)
    for record in shown:
        found = writing.breaches.get((record_type, record.id), {})
        if told := shown_breaches(moment, record, found, setting):
            whole[record.id]["warnings"] = [*whole[record.id].get("warnings", ()), *(each.wire() for each in told.values())]
    return made


def _warnings(moment: Moment, record_type: str, names: Iterable[str]) -> list[dict[str, Any]]:
    known = {one.name: one for one in moment.compiled.type(record_type).type.validations}
    return [sentence_of(known[name], "warning", moment.actor.language).wire() for name in names]


def members_shown(seen: TypeView, field: Field) -> tuple[Field, ...]:
    """The members of a sub-table or small object that are for this reader."""
    # A right that depends on the record is not given to members, see rules.asked.
    return tuple(one for one in field.fields if seen.inner.get((field.name, one.name), True) is True)


def instant(value: datetime | None) -> str | None:
    """An instant as RFC 3339 in UTC."""
    return None if value is None else write_instant(value)


def _envelope(moment: Moment, record: Record, setting: Setting, *, shown: Projection) -> Envelope:
    made: Envelope = {"id": record.id, "type": record.type, "version": record.version}
    if record.state is not None:
        made["state"] = record.state
    made["created_at"] = instant(record.created_at)
    made["created_by"] = record.created_by
    made["updated_at"] = instant(record.updated_at)
    made["updated_by"] = record.updated_by
    made["title"] = _title(moment, record, setting, shown=shown)
    made |= shown.shown(record, setting)
    if record.deleted_at is not None:
        made["deleted_at"] = instant(record.deleted_at)
    return made


def _title(moment: Moment, record: Record, setting: Setting, *, shown: Projection) -> str:
    if shown.title is None:
        return title_of(moment, record, setting)
    note_title(moment, shown.compiled, record)
    return shown.title(record.values, moment.actor.language) or untitled(moment, shown.compiled, record)


def _expand(
    moment: Moment, compiled: CompiledType, made: Sequence[Envelope], path: Sequence[str], *, setting: Setting
) -> None:
    if len(path) > _DEEPEST_EXPANSION:
        raise Malformed("expand reaches at most three hops.", parameter="expand")
    path = [called(compiled.type, moment.view.of(compiled.type.name), path[0]), *path[1:]]
    field = compiled.type.by_name.get(path[0]) if path[0] in moment.view.of(compiled.type.name).fields else None
    if field is not None and field.kind == "rows" and len(path) > 1:
        field = next((one for one in members_shown(moment.view.of(compiled.type.name), field) if one.name == path[1]), None)
        path = (f"{path[0]}.{path[1]}", *path[2:])
    if field is None or field.reference is None:
        raise unknown_field(".".join(path), "expand")
    target = field.reference.target
    below = _reached(moment, target, {id for one in made for id in _ids(one["fields"], path[0])}, setting, below=path[1:])
    for one in made:
        found = [below[id] for id in _ids(one["fields"], path[0]) if id in below]
        several = field.kind == "references" or "." in path[0]
        one.setdefault("expanded", {})[path[0]] = found if several else (found[0] if found else None)


def _reached(
    moment: Moment, target: str, ids: Iterable[int], setting: Setting, *, below: Sequence[str]
) -> Mapping[int, Envelope]:
    if target not in moment.view.types:
        if below:
            raise unknown_field(".".join(below), "expand")
        return {}
    setting.related.fetch(target, ids)
    records = [one for id in sorted(ids) if (one := setting.related.one(target, id)) is not None]
    shown = [one for one in records if reachable(moment, one, setting)]
    expand = (".".join(below),) if below else ()
    return {one["id"]: one for one in envelopes(moment, target, shown, setting, expand=expand)}


def _ids(fields: Mapping[str, Any], name: str) -> list[int]:
    outer, _, inner = name.partition(".")
    value = fields.get(outer) if inner and outer in fields else fields.get(name)
    if isinstance(value, list) and inner and outer in fields:
        return [row[inner] for row in value if isinstance(row.get(inner), int)]
    if isinstance(value, list):
        return [one for one in value if isinstance(one, int)]
    return [value] if isinstance(value, int) and not isinstance(value, bool) else []


def _add_titles(
    moment: Moment, compiled: CompiledType, made: Sequence[Envelope], setting: Setting, *, names: Sequence[str]
) -> None:
    for path, field in _references(compiled, moment.view.of(compiled.type.name), names):
        assert field.reference is not None
        ids = {id for one in made for id in _ids(one["fields"], path)}
        found = titles(moment, field.reference.target, sorted(ids), setting) if ids else {}
        for one in made:
            mine = {str(id): found[id] for id in _ids(one["fields"], path) if id in found}
            one.setdefault("titles", {})[path] = mine


def _references(compiled: CompiledType, seen: TypeView, names: Sequence[str]) -> Iterable[tuple[str, Field]]:
    for name in names:
        field = compiled.type.by_name[name]
        if field.reference is not None:
            yield name, field
        for inner in members_shown(seen, field) if field.kind == "rows" else ():
            if inner.reference is not None:
                yield f"{name}.{inner.name}", inner
