"""Projection: what a set of roles is shown of one type's records, and what must be read for it; worked out once and kept."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from kartotek.engine.aliases import called
from kartotek.engine.asking import unknown_field
from kartotek.engine.compiled import CompiledType
from kartotek.engine.moment import Moment
from kartotek.engine.related import record_paths, row_paths
from kartotek.engine.titles import plain_title, template_of, template_paths
from kartotek.engine.veils import Lay, Veils
from kartotek.engine.visible import conditional_formulas, without_members
from kartotek.model.formula import Formula
from kartotek.model.record import Record
from kartotek.model.view import Rules, TypeView
from kartotek.rules.access import beyond
from kartotek.rules.derive import lived_among
from kartotek.rules.ruleset import Derivation, reads
from kartotek.rules.setting import Setting

_MOST = 500  # which fields are asked for is without number
_Look = tuple[Callable[[Mapping[str, Any]], dict[str, Any]], Lay | None]


class Projection:
    """Of records that the reader may see, or where that is not `sure`, of any. Immutable after construction; safe to share by threads.

    `names` are the fields asked for that he may read in some record, in declared order; `columns` and `parts` are what must
    be selected for them, and for the masks and flags of those that are `veiled`; `paths` what is reached from there.
    """

    def __init__(
        self, compiled: CompiledType, seen: TypeView, names: Sequence[str], *, sure: bool = True, veiled: Collection[str] = ()
    ) -> None:
        rows = seen.rows if sure else ()
        self.compiled = compiled
        self.names = tuple(names)
        self._granted = {name: beyond(rows, seen.fields[name]) for name in names}
        self.title = plain_title(compiled, seen, rows)
        self.veils = Veils(compiled, seen, veiled, rows)
        asked = [rules for rules in (*self._granted.values(), *self.veils.rules) if not isinstance(rules, bool)]
        self._deciding = tuple({one.source: one for rules in asked for one in rules}.values())
        formulas = list(self._deciding)
        titled = {path.split(".")[0] for path in template_of(compiled)[1::2]}
        if self.title is None:
            formulas += conditional_formulas(seen, titled)
        self._live = _needed_live(compiled, {*names, *self.veils.names, *titled, *_read_by(formulas)})
        needed = {*names, *self.veils.names, *titled, *_read_by(formulas)}
        needed |= {path[0] for one in self._live for path in reads(compiled.type, one)}
        self.columns = tuple(one.name for one in compiled.layout.columns if one.path[0] in needed)
        self.parts = tuple(name for name in compiled.parts if name in needed)
        self.paths = _far_paths(compiled, formulas, self._live, needed)
        self.record = compiled.codec.recorder(needed)
        self.write = compiled.codec.writer(self.names)
        self._inner = tuple(pair for pair, granted in seen.inner.items() if granted is not True and pair[0] in self.names)
        self._looks: dict[tuple[bool, ...], _Look] = {}  # {which of the deciding rules hold: what is shown then}

    def lived(self, record: Record, setting: Setting) -> Record:
        """The record with those of its live values that are shown or looked at."""
        return lived_among(self.compiled.rules, self._live, record, setting) if self._live else record

    def shown(self, record: Record, setting: Setting) -> dict[str, dict[str, Any]]:
        """{"fields": the wire of what is readable in this record}, with "masked" and "flags" where there are any."""
        answers: tuple[bool, ...] = ()
        if self._deciding:
            about, holds = setting.about(record, None), self.compiled.rules.holds
            answers = tuple([holds(one, about) for one in self._deciding])
        write, lay = self._looks.get(answers) or self._look(answers)
        made = {"fields": without_members(self._inner, write(record.values))}
        return made if lay is None else made | lay(record, setting.env["now"].tzinfo)

    def _look(self, answers: tuple[bool, ...]) -> _Look:
        held = {one.source for one, holds in zip(self._deciding, answers, strict=True) if holds}

        def holds(rules: Rules) -> bool:
            return rules is True or any(one.source in held for one in rules)

        readable = [name for name in self.names if holds(self._granted[name])]
        write = self.write if len(readable) == len(self.names) else self.compiled.codec.writer(readable)
        if len(self._looks) >= _MOST:
            self._looks.clear()
        self._looks[answers] = write, self.veils.laid(holds)
        return self._looks[answers]


def projection(moment: Moment, compiled: CompiledType, seen: TypeView, fields: Sequence[str] | None) -> Projection:
    """That of the fields asked for, or of all, with their masks and flags. Raises Malformed for a name that is not there to be seen."""
    key = (moment.actor.standing, None if fields is None else tuple(fields))
    found = compiled.projections.get(key)
    if found is None:
        if len(compiled.projections) > _MOST:
            compiled.projections.clear()
        veiled = {*seen.masked, *seen.flagged}
        wanted = veiled if fields is None else veiled.intersection(fields)
        plain = None if fields is None else [one for one in fields if one in seen.fields or one not in veiled]
        found = compiled.projections[key] = Projection(compiled, seen, asked_names(compiled, seen, plain), veiled=wanted)
    return found


def asked_names(compiled: CompiledType, seen: TypeView, fields: Sequence[str] | None) -> list[str]:
    """The readable ones among the fields asked for, in declared order. Raises Malformed for any other name."""
    wanted = set(seen.fields) if fields is None else {called(compiled.type, seen, name) for name in fields}
    for name in fields or ():
        if called(compiled.type, seen, name) not in seen.fields:
            raise unknown_field(name, "fields")
    return [one.name for one in compiled.type.fields if one.name in wanted]


def _read_by(formulas: Iterable[Formula]) -> set[str]:
    return {path[0] for path in record_paths(formulas)}


def _needed_live(compiled: CompiledType, names: set[str]) -> tuple[Derivation, ...]:
    """The live values among the names and those that these are made of, in the order in which they can be computed."""
    needed, found = set(names), []
    for one in reversed(compiled.rules.live):  # what one reads stands before it
        if (one.rows or one.field).name in needed:
            found.append(one)
            needed |= {path[0] for path in reads(compiled.type, one)}
    return tuple(reversed(found))


def _far_paths(
    compiled: CompiledType, formulas: Sequence[Formula], live: Sequence[Derivation], needed: set[str]
) -> frozenset[tuple[str, ...]]:
    """What formulas and titles reach beyond the record itself."""
    computes = [one.field.compute for one in live if one.rows is None and one.field.compute is not None]
    paths = record_paths([*formulas, *computes]) | set(template_paths(compiled))
    for field in compiled.type.fields:
        if field.name in needed and field.kind == "rows" and any(one.is_live for one in field.fields):
            paths |= row_paths(field)
    by_name, inverses = compiled.type.by_name, compiled.type.inverses
    return frozenset(
        path for path in paths
        if path[0] in inverses or (len(path) > 1 and (field := by_name.get(path[0])) is not None and field.kind != "object")
    )
