"""Statements: what a change does to the database, step by step, for those who want to read it before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kartotek.engine import shadowing
from kartotek.engine.change import CatalogChange
from kartotek.engine.converting import converters
from kartotek.migration.apply import fit_tables
from kartotek.migration.moves import Left, Moves, moves
from kartotek.migration.places import Path, Place, places
from kartotek.migration.step import Step
from kartotek.model.kept import Kept
from kartotek.storage import ddl, renames, shadows
from kartotek.storage.layout import Column, Layout, PartLayout, layout_of
from kartotek.storage.postgresql import PostgresqlDialect
from kartotek.storage.recorder import Recorder
from kartotek.storage.sqlite import SqliteDialect

_COMING = frozenset({"rename_field", "rename_type", "retype", "options"})


def sql_of(change: CatalogChange, kept: Sequence[Kept] = ()) -> dict[int, tuple[str, ...]]:
    """{index among the steps: its statements}, as they would be run today; values stand as question marks.

    A step that changes nothing but what is declared has none.
    """
    told = _Told(change, kept)
    found = {index: told.of(step) for index, step in enumerate(change.steps)}
    return {index: statements for index, statements in found.items() if statements}


class _Told:
    """What the statements of all steps are made of."""

    def __init__(self, change: CatalogChange, kept: Sequence[Kept]) -> None:
        self._change = change
        self._kept = {one.id: one for one in kept}
        self._dialect = SqliteDialect() if change.current.dialect_name == "sqlite" else PostgresqlDialect()
        known = converters(change) if change.current.catalog.version else {}
        self._shadows = shadowing.named(self._recorder(), change, known.values())
        self._moves = Moves()
        if change.current.catalog.version:
            self._moves = moves(change.current.catalog, change.wanted, change.lineage, shadows=self._shadows)

    def of(self, step: Step) -> tuple[str, ...]:
        """The statements of one step."""
        recorder = self._recorder()
        record_type = self._change.wanted.types.get(step.type)
        layout = layout_of(record_type) if record_type is not None else None
        if step.action == "create_type":
            fit_tables(recorder, [step], self._change.wanted)
        elif step.action in ("remove_field", "remove_type"):
            self._set_aside(recorder, step)
        elif step.action in ("restore_field", "restore_type") and layout is not None:
            self._bring_back(recorder, step, layout)
        elif step.action == "add_field" and layout is not None:
            self._add(recorder, layout, step.path)
        elif step.action in ("unique", "add_index") and layout is not None:
            _index(recorder, layout, step)
        elif step.action in _COMING and layout is not None:
            self._come(recorder, layout, step)
        elif step.action == "recompute" and layout is not None:
            columns = [one for one in layout.columns if one.path[:1] == step.path[:1]]
            shadows.write_columns(recorder, layout.table, columns, {0: {}})
        return tuple(recorder.statements)

    def _recorder(self) -> Recorder:
        return Recorder(self._dialect)

    def _set_aside(self, recorder: Recorder, step: Step) -> None:
        was = step.former or step.path
        gone = [
            one for one in self._moves.left
            if one.type == step.type and (one.was[: len(was)] == was or one.was == was) and bool(one.path) == bool(step.path)
        ]
        self._aside(recorder, gone)

    def _aside(self, recorder: Recorder, gone: Iterable[Left]) -> None:
        day = self._change.at.date()
        for one in gone:
            for declared, now in one.places:
                if declared.column:
                    renames.rename_column(recorder, now.table, now.column, renames.aside_name(declared.column, day, ()))
                else:
                    renames.rename_table(recorder, now.table, renames.aside_name(declared.table, day, ()))

    def _bring_back(self, recorder: Recorder, step: Step, layout: Layout) -> None:
        entry = self._kept.get(int(step.params.get("kept", 0)))
        if entry is None:
            return
        then = list(places(layout, step.path)) if step.path else [Place(one.table) for one in entry.places]
        for place, goal in zip(entry.places, then, strict=False):
            _rename(recorder, Place(place.now_table, place.now_column), goal)

    def _add(self, recorder: Recorder, layout: Layout, path: Path) -> None:
        for place, what in places(layout, path).items():
            if isinstance(what, PartLayout):
                shadows.add_table(recorder, layout.table, what)
            else:
                shadows.add_column(recorder, place.table, what)

    def _come(self, recorder: Recorder, layout: Layout, step: Step) -> None:
        if step.action == "rename_type":
            for now, then in self._moves.tables.items():
                if now != then and (then == layout.table or then.startswith(f"{layout.table}__")):
                    renames.rename_table(recorder, now, then)
            return
        filled = {place: what for place, what in places(layout, step.path).items() if place in self._shadows}
        for place, what in filled.items():
            self._fill(recorder, layout, self._shadows[place], what)
        was = step.former or step.path
        if filled:
            self._aside(recorder, (one for one in self._moves.left if one.type == step.type and one.was == was))
        for place in places(layout, step.path):
            source = self._now(place)
            if source is not None:
                _rename(recorder, source, place)

    def _fill(self, recorder: Recorder, layout: Layout, shadow: Place, what: Column | PartLayout) -> None:
        if isinstance(what, PartLayout):
            shadows.add_table(recorder, layout.table, PartLayout(shadow.table, what.field, what.columns, what.target))
            return
        column = Column(shadow.column, what.spec, what.path, what.target)
        shadows.add_column(recorder, shadow.table, column)
        shadows.write_columns(recorder, shadow.table, [column], {0: {}})

    def _now(self, place: Place) -> Place | None:
        """Where that is now which will be there."""
        tables: Mapping[str, str] = {then: now for now, then in self._moves.tables.items()}
        table = tables.get(place.table)
        if table is None or not place.column:
            return None if table is None else Place(table)
        columns = {then: now for now, then in self._moves.columns.get(table, {}).items()}
        return Place(table, columns[place.column]) if place.column in columns else None


def _rename(recorder: Recorder, now: Place, then: Place) -> None:
    if now.column and now.column != then.column:
        renames.rename_column(recorder, now.table, now.column, then.column)
    elif not now.column and now.table != then.table:
        renames.rename_table(recorder, now.table, then.table)


def _index(recorder: Recorder, layout: Layout, step: Step) -> None:
    names = tuple(step.rule.split(",")) if step.rule else step.path
    for one in layout.indexes:
        if one.fields == names and one.unique == (step.action == "unique"):
            ddl.add_index(recorder, layout.table, one)
