"""What belongs to a person, or to any record: the records about her, found from link to link, deleted ones too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kartotek.engine.compiled import Compiled, CompiledType
from kartotek.engine.moment import Moment
from kartotek.errors import NotFound
from kartotek.model.field import Field
from kartotek.model.naming import row_path
from kartotek.model.record import Record
from kartotek.rules.subjects import Belonging, subject_path
from kartotek.storage.belonging import NOBODY, pointing
from kartotek.storage.layout import PartLayout
from kartotek.storage.loading import IDS, load_many
from kartotek.storage.stored import Stored

Ids = Mapping[str, frozenset[int]]  # {type: ids}


@dataclass(frozen=True, slots=True)
class Pointer:
    """A place from which records of a type may point to others: a column of the type's table or of one of its parts.

    `part` is the sub-table or the join that it stands in, `owner` how the field's owner is called, `outer` the field of the
    record that holds it, "" where it is one itself.
    """

    type: str
    field: Field
    owner: str
    table: str
    column: str
    part: PartLayout | None = None
    outer: str = ""

    @property
    def parent(self) -> str:
        """The column with the record's id."""
        return "id" if self.part is None else "parent_id"


def pointers_to(compiled: Compiled, target: str) -> Iterator[Pointer]:
    """All places of live declarations that may point to records of a type."""
    for place, field in compiled.referring[target]:
        name, _, outer = place.partition(".")
        each = compiled.type(name)
        layout, owner = each.layout, row_path(name, outer) if outer else name
        rows = layout.rows.get(outer)
        if rows is not None:
            yield Pointer(name, field, owner, rows.table, field.column, rows, outer)
        elif field.name in layout.joins and not outer:
            yield Pointer(name, field, owner, layout.joins[field.name].table, "target_id", layout.joins[field.name])
        elif not field.is_live:
            yield Pointer(name, field, owner, layout.table, field.column, outer=outer)


def person(moment: Moment, conn: Any, record_type: str, id: int) -> Record:
    """The record of a person, deleted or not. Raises NotFound, also for a record that is no person."""
    compiled = moment.compiled.types.get(record_type)
    found = load_many(conn, compiled.layout, [id]).get(id) if compiled is not None and compiled.type.subject == "" and id in IDS else None
    if compiled is None or found is None or found.deleted_group == NOBODY:
        raise NotFound("There is no such person.")
    return compiled.codec.record(found)


def belonging(compiled: Compiled, conn: Any, roots: Mapping[str, Iterable[int]]) -> Ids:
    """The roots, what is about them by declaration, and what goes with any of that because it cascades."""
    found: dict[str, set[int]] = {name: set(ids) for name, ids in roots.items()}
    links = [path[0] for name in compiled.catalog.types if (path := subject_path(compiled.catalog.types, name))]
    grown = True
    while grown:
        before = sum(map(len, found.values()))
        for link in links:
            _add(found, link.type, _about(compiled, conn, link, found))
        for name in list(found):
            for place in pointers_to(compiled, name):
                cascades = place.field.reference is not None and place.field.reference.on_delete == "cascade"
                if cascades and place.part is None and compiled.type(place.type).type.subject is None:
                    _add(found, place.type, pointing(conn, place.table, place.column, found[name]))
        grown = sum(map(len, found.values())) > before
    return {name: frozenset(ids) for name, ids in found.items() if ids}


def root_of(moment: Moment, conn: Any, record: Record) -> tuple[str, int] | None:
    """(type, id) of the person whom a record is about; None for nobody."""
    path = subject_path(moment.compiled.catalog.types, record.type)
    at: Record | None = record
    for link in path or ():
        id = at.values.get(link.field) if at is not None else None
        at = _loaded(moment.compiled.type(link.target), conn, id) if isinstance(id, int) else None
    return (at.type, at.id) if path is not None and at is not None else None


def stored_of(compiled: CompiledType, conn: Any, ids: Iterable[int], *, lock: bool = False) -> dict[int, Stored]:
    """{id: record} as it is stored, those that stand for nobody left out."""
    found = load_many(conn, compiled.layout, sorted(ids), lock=lock)
    return {id: one for id, one in found.items() if one.deleted_group != NOBODY}


def _about(compiled: Compiled, conn: Any, link: Belonging, found: Mapping[str, set[int]]) -> list[int]:
    ids = found.get(link.target)
    each = compiled.type(link.type)
    return pointing(conn, each.layout.table, each.type.by_name[link.field].column, ids) if ids else []


def _add(found: dict[str, set[int]], name: str, ids: Iterable[int]) -> None:
    found.setdefault(name, set()).update(ids)


def _loaded(compiled: CompiledType, conn: Any, id: int) -> Record | None:
    found = load_many(conn, compiled.layout, [id], parts=False).get(id)
    return compiled.codec.record(found) if found is not None else None
