"""x-record.occupancy and noOverlap: what may not be taken twice at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.formulas import Formulas, Names, type_of
from kartotek.declaration.given import is_formula
from kartotek.declaration.suggest import did_you_mean
from kartotek.declaration.texts import texts_of
from kartotek.formula.constants import parse_duration
from kartotek.formula.types import BOOL, DURATION, INT
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Formula, Type
from kartotek.model.naming import row_path
from kartotek.model.process import Occupancy

_KEYLESS = frozenset({"rows", "object", "files", "file", "image", "json", "choices", "markdown", "longtext"})
_MOMENTS = frozenset({"instant", "date"})


def occupancies_of(formulas: Formulas, record_type: RecordType) -> tuple[Occupancy, ...]:
    """Those under occupancy, then those under noOverlap; wrong ones leave problems and are left out."""
    own = formulas.draft.own
    declared = [(("x-record", "occupancy", index), one) for index, one in enumerate(own.get("occupancy", ()))]
    declared += [(("x-record", "noOverlap", index), one) for index, one in enumerate(own.get("noOverlap", ()))]
    names: set[str] = set()
    found = []
    for path, one in declared:
        name = one.get("name", f"{'occupancy' if path[1] == 'occupancy' else 'no_overlap'}_{int(path[2]) + 1}")
        if name in names:
            formulas.draft.problems.error((*path, "name"), "duplicate_name", f"There is an occupancy '{name}' already.")
        names.add(name)
        before = len(formulas.draft.problems.found)
        occupancy = _Reader(formulas, record_type, path, one).occupancy(name)
        if len(formulas.draft.problems.found) == before:
            found.append(occupancy)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Reader:
    """One declared occupancy."""

    formulas: Formulas
    record_type: RecordType
    path: Path
    declared: Mapping[str, Any]

    def occupancy(self, name: str) -> Occupancy:
        self._check_rows()
        keys = tuple(self._key(index, one) for index, one in enumerate(self.declared["key"]))
        self._check_moments()
        return Occupancy(
            name=name,
            key=keys,
            start=self.declared["start"],
            end=self.declared["end"],
            rows=self.declared.get("rows", ""),
            space=self.declared.get("space", ""),
            before=self._span("bufferBefore"),
            after=self._span("bufferAfter"),
            capacity=self._number("capacity"),
            weight=self._number("weight"),
            where=self._where(),
            calendars=tuple(self.declared.get("calendars", ())),
            messages=texts_of(self.declared.get("message"), self.formulas.draft.site.languages),
        )

    @property
    def _rows(self) -> Field | None:
        return self.record_type.by_name.get(self.declared.get("rows", ""))

    @property
    def _columns(self) -> Mapping[str, Field]:
        return {one.name: one for one in self._rows.fields} if self._rows else {}

    @property
    def _names(self) -> Names:
        names = {name: one for name, one in self.formulas.about().items() if name not in ("user", "now", "today")}
        rows = self._rows
        return names | {"row": Type("row", record=row_path(self.record_type.name, rows.name))} if rows else names

    def _check_rows(self) -> None:
        name = self.declared.get("rows", "")
        if name and (self._rows is None or self._rows.kind != "rows") and name not in self.formulas.draft.doubtful:
            tables = {one.name: one for one in self.record_type.fields if one.kind == "rows"}
            sentence = f"'{name}' is not a table inside this record.{did_you_mean(name, tables)}"
            self._error(("rows",), "occupancy", sentence)

    def _field(self, name: str, path: Path) -> Field | None:
        """A column of the rows, or where there is none of that name a field of the record."""
        fields = {**self.record_type.by_name, **self._columns}
        if name not in fields and not self.formulas.draft.knows(name):
            self._error(path, "unknown_field", f"There is no field '{name}'.{did_you_mean(name, fields)}")
        return fields.get(name)

    def _key(self, index: int, name: str) -> str:
        field = self._field(name, ("key", index))
        if field and field.kind in _KEYLESS:
            self._error(("key", index), "occupancy", f"'{name}' cannot be taken: it is of the kind {field.kind}.")
        if field and field.is_live:
            self._error(("key", index), "occupancy", f"'{name}' is computed when it is read. Add \"stored\": true to it.")
        return name

    def _check_moments(self) -> None:
        fields = {key: self._field(self.declared[key], (key,)) for key in ("start", "end")}
        for key, field in fields.items():
            if field and type_of(field).name not in _MOMENTS:
                self._error((key,), "occupancy", f"'{field.name}' is neither an instant (date-time) nor a date.")
            elif field and field.is_live:
                self._error((key,), "occupancy", f"'{field.name}' is computed when it is read. Add \"stored\": true to it.")
        kinds = {type_of(field).name for field in fields.values() if field}
        if kinds == _MOMENTS:
            self._error(("end",), "occupancy", "The start is an instant and the end a date, or the other way round.")

    def _span(self, key: str) -> Formula | timedelta:
        value = self.declared.get(key, "PT0M")
        if is_formula(value):
            return self.formulas.check_given((*self.path, key), self._names, DURATION) or timedelta()
        return parse_duration(value)

    def _number(self, key: str) -> Formula | int:
        value = self.declared.get(key, 1)
        if is_formula(value):
            return self.formulas.check_given((*self.path, key), self._names, INT) or 1
        return int(value)

    def _where(self) -> Formula | None:
        formula = self.formulas.check((*self.path, "where"), self._names, BOOL)
        beyond = next(filter(None, map(self._beyond, sorted(formula.paths))), "") if formula else ""
        if beyond:
            self._error(("where",), "not_exact", beyond)
        return formula

    def _beyond(self, path: tuple[str, ...]) -> str:
        """Why what stands at the path of a formula can change without this record being saved, or ""."""
        if path[0] == "meta":
            return ""
        fields = self._columns if path[0] == "row" else self.record_type.by_name
        for index, name in enumerate(path[1:], start=1):
            if name == "*":
                continue
            field = fields.get(name)
            if field is None or (field.reference and any(part != "*" for part in path[index + 1 :])):
                return f"'{name}' leads to other records, which change on their own. Copy what is needed with fetchFrom."
            if field.is_live:
                return f"'{name}' is computed when it is read. Add \"stored\": true to it."
            fields = {one.name: one for one in field.fields}
        return ""

    def _error(self, path: Path, code: str, sentence: str) -> None:
        self.formulas.draft.problems.error((*self.path, *path), code, sentence)
