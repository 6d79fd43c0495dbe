"""Fates: what becomes of each record that goes with a person, or whose time is over, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kartotek.engine.moment import Moment
from kartotek.engine.people_graph import Ids, belonging, pointers_to, stored_of
from kartotek.engine.related import record_paths
from kartotek.errors import Conflict
from kartotek.model.frozen import empty
from kartotek.model.people import Retention
from kartotek.model.problem import problem
from kartotek.model.record import Record
from kartotek.rules.derive import lived
from kartotek.rules.setting import Setting
from kartotek.storage.belonging import pointing

_PLAIN = Retention()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fates:
    """{type: ids} of what is erased, of what stays without what is personal, and of what must stay as it is.

    `pointing` is {(type, field): how many} of records that have nothing to do with the person and point to what is erased.
    """

    erased: Ids = field(default_factory=empty)
    anonymised: Ids = field(default_factory=empty)
    held: Ids = field(default_factory=empty)
    pointing: Mapping[tuple[str, str], int] = field(default_factory=empty)

    def counts(self) -> dict[str, int]:
        """{type: how many records} that are erased or anonymised."""
        return {name: len(self.erased.get(name, ())) + len(self.anonymised.get(name, ())) for name in sorted({*self.erased, *self.anonymised})}


def fates(moment: Moment, conn: Any, roots: Mapping[str, Iterable[int]], *, lock: bool = False) -> Fates:
    """What would become of the roots and of all that belongs to them; with `lock` they stay as they are until the end."""
    found = belonging(moment.compiled, conn, roots)
    setting = moment.setting(conn)
    sorts: tuple[dict[str, frozenset[int]], ...] = ({}, {}, {})
    for name in sorted(found):
        compiled = moment.compiled.type(name)
        stored = stored_of(compiled, conn, found[name], lock=lock)
        declared = compiled.type.retention or _PLAIN
        records = [compiled.codec.record(one) for one in stored.values()]
        kept = held(moment, records, declared, setting)
        rest = frozenset(stored) - kept
        for into, ids in zip(sorts, (rest if declared.fate == "erase" else (), rest if declared.fate == "anonymise" else (), kept), strict=True):
            if ids:
                into[name] = frozenset(ids)
    erased, anonymised, kept_back = sorts
    return Fates(erased=erased, anonymised=anonymised, held=kept_back, pointing=_pointing(moment, conn, erased, found))


def held(moment: Moment, records: list[Record], declared: Retention, setting: Setting) -> frozenset[int]:
    """The ids of those records that must stay, by what is declared of their type."""
    if declared.keep is None or not records:
        return frozenset()
    rules = moment.compiled.type(records[0].type).rules
    setting.related.prefetch(records[0].type, records, record_paths((declared.keep,)))
    return frozenset(one.id for one in records if rules.holds(declared.keep, setting.about(lived(rules, one, setting), None)))


def refuse_held(moment: Moment, found: Fates) -> None:
    """Raises Conflict where anything must stay, with the reason of each type."""
    problems = []
    for name, ids in sorted(found.held.items()):
        declared = moment.compiled.type(name).type
        reason = declared.retention.reason(moment.actor.language) if declared.retention is not None else ""
        told = {"count": len(ids), "type": declared.plural_label(moment.actor.language), "reason": reason, "name": name}
        problems.append(problem("", "held_because" if reason else "held", **told))
    if problems:
        raise Conflict("Records of this person must be kept.", problems=problems)


def unheld(moment: Moment, found: Fates) -> Fates:
    """The same with what must stay going its way too: that was decided when it need not."""
    sides = {"erase": dict(found.erased), "anonymise": dict(found.anonymised)}
    for name, ids in found.held.items():
        side = sides[(moment.compiled.type(name).type.retention or _PLAIN).fate]
        side[name] = side.get(name, frozenset()) | ids
    return replace(found, erased=sides["erase"], anonymised=sides["anonymise"], held={})


def _pointing(moment: Moment, conn: Any, erased: Ids, found: Ids) -> Mapping[tuple[str, str], int]:
    counts: dict[tuple[str, str], int] = {}
    for name, ids in erased.items():
        for place in pointers_to(moment.compiled, name):
            others = set(pointing(conn, place.table, place.column, ids, id=place.parent)) - found.get(place.type, frozenset())
            if others:
                key = (place.type, place.field.name)
                counts[key] = counts.get(key, 0) + len(others)
    return counts
