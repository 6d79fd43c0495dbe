"""Suggestions as somebody may see them: his own, and those that he may decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kartotek.engine import reading
from kartotek.engine.compiled import CompiledType
from kartotek.engine.envelopes import instant
from kartotek.engine.moment import Moment
from kartotek.engine.related import record_paths
from kartotek.engine.suggestion_words import Words, read
from kartotek.engine.titles import title_of
from kartotek.engine.visible import conditional_formulas, names_shown, reachable, without_hidden
from kartotek.model.formula import Formula
from kartotek.model.record import Record
from kartotek.model.view import Rules
from kartotek.rules.access import may, proposable, writable
from kartotek.rules.decide import allows
from kartotek.rules.setting import Setting
from kartotek.rules.states import editable
from kartotek.storage import suggestions, users
from kartotek.storage.suggestions import SuggestionRow

_LOOKED_AT = 500  # rows of one page of which somebody may see none


def proposable_in(moment: Moment, conn: Any, record_type: str, id: int) -> frozenset[str]:
    """The fields of one record that the actor may propose and not set. Raises NotFound."""
    compiled, _ = moment.type(record_type)
    granted = proposable(moment.actor, compiled.type)
    if not granted:
        return frozenset()
    record, setting = reading.find(moment, conn, record_type, id), moment.setting(conn)
    return frozenset(
        name for name, rules in granted.items()
        if allows(compiled.rules, rules, (record, None), setting) and not may_set(moment, compiled, record, setting, names=(name,))
    )


def may_set(moment: Moment, compiled: CompiledType, record: Record, setting: Setting, *, names: Iterable[str]) -> bool:
    """Whether the actor could set all these fields of the record himself, as it stands."""
    actor, granted = moment.actor, writable(moment.actor, compiled.type, "write")
    asked: list[Rules] = [may(actor, compiled.type, "write"), *(granted.get(name, ()) for name in names)]
    return editable(compiled.type, record.state, actor) and all(allows(compiled.rules, one, (record, record), setting) for one in asked)


def concerns(moment: Moment, compiled: CompiledType, record: Record, setting: Setting, *, row: SuggestionRow) -> bool:
    """Whether the actor may know of a suggestion for a record: it is his, or he could decide it."""
    if not reachable(moment, record, setting):
        return False
    return row.by == moment.actor.id or may_set(moment, compiled, record, setting, names=row.fields)


def listed(
    moment: Moment, conn: Any, about: tuple[str, int | None], *, before: int | None, limit: int
) -> tuple[list[dict[str, Any]], int | None]:
    """(the suggestions, the number after which more may follow). A query for each type, however many there are."""
    items: list[dict[str, Any]] = []
    looked = 0
    while looked < _LOOKED_AT:
        rows = suggestions.still_open(conn, record_type=about[0], record_id=about[1], before=before, limit=100)
        found = _shown(moment, conn, rows)
        for row in rows:
            if row.id in found:
                items.append(found[row.id])
                if len(items) == limit:
                    return items, row.id
        looked += len(rows)
        if len(rows) < 100:
            return items, None
        before = rows[-1].id
    return items, before


def _shown(moment: Moment, conn: Any, rows: Sequence[SuggestionRow]) -> dict[int, dict[str, Any]]:
    setting = moment.setting(conn)
    people = users.find_many(conn, sorted({row.by for row in rows}))
    found: dict[int, dict[str, Any]] = {}
    for name in sorted({row.type for row in rows} & set(moment.view.types)):
        mine = [row for row in rows if row.type == name]
        compiled = moment.compiled.type(name)
        records = _records(moment, conn, compiled, setting, ids=sorted({row.record_id for row in mine}))
        for row in mine:
            record = records.get(row.record_id)
            if record is not None and concerns(moment, compiled, record, setting, row=row):
                by = people[row.by].name if row.by in people else ""
                found[row.id] = _item(moment, compiled, record, setting, row=row, words=read(conn, row)) | {"by_name": by}
    return found


def _records(
    moment: Moment, conn: Any, compiled: CompiledType, setting: Setting, *, ids: Sequence[int]
) -> Mapping[int, Record]:
    found = reading.choosable(moment, conn, compiled.type.name, ids=ids, limit=len(ids))
    asked = [may(moment.actor, compiled.type, "write"), *writable(moment.actor, compiled.type, "write").values()]
    formulas: list[Formula] = [one for rules in asked if isinstance(rules, tuple) for one in rules]
    seen = moment.view.of(compiled.type.name)
    formulas += conditional_formulas(seen, seen.fields)
    setting.related.prefetch(compiled.type.name, found, record_paths(formulas))
    return {one.id: one for one in found}


def _item(
    moment: Moment, compiled: CompiledType, record: Record, setting: Setting, *, row: SuggestionRow, words: Words
) -> dict[str, Any]:
    """The suggestion with as much of the values as its reader may know of such fields in this record."""
    seen = moment.view.of(row.type)
    shown = set(names_shown(compiled, seen, record, setting, asked=[name for name in row.fields if name in seen.fields]))
    was, now = (
        without_hidden(seen, {name: wire for name, wire in side.items() if name in shown}) for side in (words.was, words.now)
    )
    moment.shows(row.type, record.id, sorted({*was, *now}))
    return {
        "id": row.id, "type": row.type, "record_id": record.id, "title": title_of(moment, record, setting),
        "fields": [name for name in row.fields if name in shown], "was": was, "now": now,
        "comment": words.comment if shown.issuperset(row.fields) else "", "by": row.by, "at": instant(row.at), "mine": row.by == moment.actor.id,
        "may_decide": row.by != moment.actor.id and may_set(moment, compiled, record, setting, names=row.fields),
    }
