"""Which columns, parts and names of a type hold what is personal, for whoever empties them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kartotek.engine.batchable import FILE_KINDS
from kartotek.engine.compiled import CompiledType
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.naming import row_path
from kartotek.rules.personal import personal_fields
from kartotek.storage.layout import PartLayout

_APART = frozenset({"rows", "references", "object"})


class Personal:
    """Of one catalog. The link that says whom a record is about counts as personal too: it points to nobody afterwards."""

    def __init__(self, types: Mapping[str, RecordType]) -> None:
        self._types = types
        self._found = personal_fields(types)

    def names(self, declared: RecordType) -> frozenset[str]:
        """The fields of a type of which history may not tell: personal ones, those with such inside, and the link to the person."""
        found = {one.name for one in declared.fields if self._is_personal(declared.name, one) or self._inside(declared, one)}
        return frozenset(found | ({declared.subject} if declared.subject else set()))

    def open_names(self, declared: RecordType) -> frozenset[str]:
        """All the others."""
        return frozenset(one.name for one in declared.fields) - self.names(declared)

    def columns(self, compiled: CompiledType) -> list[str]:
        """The columns of the type's own table to be emptied, and the one with what no column can say."""
        declared = compiled.type
        return ["rest", *(one.name for one in compiled.layout.columns if one.path and self._is_at(declared, one.path))]

    def parts(self, compiled: CompiledType) -> Iterator[tuple[PartLayout, list[str] | None]]:
        """(sub-table or join, its columns to be emptied); None for one that goes as a whole."""
        declared = compiled.type
        for name, part in (*compiled.layout.rows.items(), *compiled.layout.joins.items()):
            if self._is_personal(declared.name, declared.by_name[name]):
                yield part, None
            elif inside := ([] if part.target else self.row_columns(declared, name)):
                yield part, inside

    def row_columns(self, declared: RecordType, outer: str) -> list[str]:
        """The columns of a sub-table that hold what is personal, its own rest among them."""
        owner = row_path(declared.name, outer)
        inside = [one for one in declared.by_name[outer].fields if self._is_personal(owner, one) and not one.is_live and one.reference is None]
        return [*(one.column for one in inside), "rest"] if inside else []

    def copies(self, declared: RecordType, outer: str, link: str) -> set[str]:
        """The names, beside a link, of the fields that are copied from what it points to; within another field its name."""
        copied = self._copied(declared, outer, link)
        return {outer} if outer and copied else {one.name for one in copied}

    def copy_columns(self, declared: RecordType, outer: str, link: str) -> list[str]:
        """The columns of those of them that are personal."""
        owner = row_path(declared.name, outer) if outer else declared.name
        return [one.column for one in self._copied(declared, outer, link) if self._is_personal(owner, one)]

    def file_names(self, declared: RecordType) -> set[str]:
        """The names under which files of personal fields are held, those in sub-tables and small objects among them."""
        found = {one.name for one in declared.fields if one.kind in FILE_KINDS and self._is_personal(declared.name, one)}
        for outer in declared.fields:
            owner = row_path(declared.name, outer.name)
            found |= {one.name for one in outer.fields if one.kind in FILE_KINDS and self._is_personal(owner, one)}
        return found

    def left(self, compiled: CompiledType, values: Mapping[str, object]) -> bool:
        """Whether anything personal stands in a record's values."""
        declared = compiled.type
        for one in declared.fields:
            value = values.get(one.name)
            if value in (None, (), {}) or one.is_live:
                continue
            if self._is_personal(declared.name, one) and not one.is_derived:
                return True
            if one.kind in ("rows", "object") and self._left_inside(row_path(declared.name, one.name), one, value):
                return True
        return False

    def _left_inside(self, owner: str, outer: Field, value: object) -> bool:
        members = [value] if isinstance(value, Mapping) else [row.values for row in value] if isinstance(value, tuple) else []
        return any(each.get(one.name) is not None for one in outer.fields if self._is_personal(owner, one) for each in members)

    def _is_at(self, declared: RecordType, path: Sequence[str]) -> bool:
        """Whether what stands at a field, or at a member of a small object, is personal."""
        outer = declared.by_name[path[0]]
        if self._is_personal(declared.name, outer):
            return True
        inner = next((one for one in outer.fields if path[1:] == (one.name,)), None)
        return inner is not None and self._is_personal(row_path(declared.name, outer.name), inner)

    def _copied(self, declared: RecordType, outer: str, link: str) -> Sequence[Field]:
        beside = declared.by_name[outer].fields if outer else declared.fields
        return [one for one in beside if one.fetch_from is not None and one.fetch_from[0] == link]

    def _inside(self, declared: RecordType, outer: Field) -> bool:
        return any(self._is_personal(row_path(declared.name, outer.name), one) for one in outer.fields)

    def _is_personal(self, owner: str, field: Field) -> bool:
        return (owner, field.name) in self._found and not field.is_state
