"""Builder: makes the controls of a form from its strings, its problems and what the actor may write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as given
from typing import Any

from kartotek.engine.engine import Engine
from kartotek.errors import NotFound
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.frozen import empty
from kartotek.model.missing import MISSING
from kartotek.model.problem import Problem, pointer
from kartotek.web.control import NEW_ROW, Control, Row
from kartotek.web.live import computed, conditions_of, spoken
from kartotek.web.posted import Strings, strings_of
from kartotek.web.sentences import told
from kartotek.web.shown import FILES, titles_of
from kartotek.web.whole import whole

_MOST_OPTIONS = 50


@dataclass
class Builder:
    """Builds the controls of one form of one request; the options of a reference are asked for once."""

    engine: Engine
    actor: Actor
    record_type: RecordType
    writable: frozenset[str]
    language: str
    strings: Strings
    problems: Sequence[Problem] = ()
    wire: Mapping[str, Any] = given(default_factory=empty)
    record: Mapping[str, Any] | None = None
    readable: frozenset[tuple[str, str]] = frozenset()
    hints: Sequence[Problem] = ()

    def __post_init__(self) -> None:
        self._said = self._told(self.problems)
        self._hinted = self._told(self.hints)
        self._options: dict[tuple[str, ...], list[dict[str, Any]]] = {}

    def control(self, field: Field) -> Control:
        """The control of a field of the record."""
        return self._control(field, pointer(field.name), (field.name,), locked=field.name not in self.writable)

    def computed(self, field: Field) -> Mapping[str, Any] | None:
        """How the browser reckons a derived field from this form alone, if it can."""
        rows = self.record_type.by_name.get(field.rollup.source) if field.rollup else None
        return computed(field, self.record_type.name, self.readable, rows=rows if rows and rows.kind == "rows" else None)

    @property
    def said(self) -> dict[str, list[str]]:
        """{path: sentences} of all problems."""
        return self._said

    def _told(self, problems: Sequence[Problem]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in problems:
            found.setdefault(one.path.removeprefix("/fields"), []).append(told(one, self.record_type))
        return found

    def _control(self, field: Field, path: str, names: tuple[str, ...], *, locked: bool) -> Control:
        locked = locked or field.read_only or field.is_derived or field.kind == "autonumber"
        strings = list(self.strings.get(path, ()))
        below = not locked
        reckoned = self.computed(field) if field.is_derived else None
        return Control(
            field=field, path=path, strings=strings, problems=self._sentences(path, field),
            hints=() if self._sentences(path, field) else self._hinted.get(path, ()), language=self.language,
            required=field.required, locked=locked, wire=self._wire(path), titles=self._titles(field, names, strings),
            live=conditions_of(field, self.readable), computed=reckoned, spoken=spoken(field, self.language) if reckoned else {},
            options=self._choices(field, names, strings) if below else (),
            members=self._members(field, path, names) if field.kind == "object" and below else (),
            rows=self._rows(field, path, names, strings) if field.kind == "rows" and below else (),
            pattern=self._pattern(field, path, names) if field.kind == "rows" and below else None,
            spots=self._spots(path) if _is_json_text(field) else (), root=self.record_type.schema,
        )  # fmt: skip

    def _members(self, field: Field, path: str, names: tuple[str, ...]) -> tuple[Control, ...]:
        return tuple(self._control(one, path + pointer(one.name), (*names, one.name), locked=False) for one in field.fields)

    def _rows(self, field: Field, path: str, names: tuple[str, ...], rows: Sequence[str]) -> tuple[Row, ...]:
        return tuple(
            Row(name, self._members(field, f"{path}/{name}", names), self._said.get(f"{path}/{name}", ())) for name in rows
        )

    def _pattern(self, field: Field, path: str, names: tuple[str, ...]) -> Row:
        """The row that a new one is copied from, with the defaults of its fields."""
        fresh = {one.name: one.default for one in field.fields if one.default is not MISSING}
        prefix = f"{path}/{NEW_ROW}"
        strings = strings_of(field.fields, fresh, self.language, prefix)
        blank = replace(self, strings=strings, problems=(), hints=(), wire={}, record=None)
        blank._options = self._options
        return Row(NEW_ROW, blank._members(field, prefix, names))

    def _sentences(self, path: str, field: Field) -> list[str]:
        """Those said of the value, and of what is in it where no control of its own stands for it."""
        found = list(self._said.get(path, ()))
        if field.kind not in {"object", "rows"} and not _is_json_text(field):
            found += [one for below, said in self._said.items() if below.startswith(path + "/") for one in said]
        return found

    def _spots(self, path: str) -> list[tuple[str, str]]:
        below = ((found.removeprefix(path), said) for found, said in self._said.items() if found.startswith(path + "/"))
        return [(place, one) for place, said in below for one in said]

    def _wire(self, path: str) -> Any:
        value: Any = self.wire
        for name in path.split("/")[1:]:
            name = name.replace("~1", "/").replace("~0", "~")
            if isinstance(value, list):
                place = whole(name)
                value = value[place] if place is not None and place < len(value) else None
            else:
                value = value.get(name) if isinstance(value, Mapping) else None
        return value

    def _titles(self, field: Field, names: tuple[str, ...], strings: Iterable[str]) -> Mapping[str, Any]:
        if field.kind in FILES:
            return self._file_names(titles_of(field, self.record) if self.record and len(names) == 1 else {}, strings)
        return titles_of(field, self.record) if self.record and len(names) == 1 else {}

    def _file_names(self, known: Mapping[str, str], ids: Iterable[str]) -> Mapping[str, str]:
        """The names of stored files and of those that this form has staged."""
        names = dict(known)
        for id in ids:
            if id and id not in names:
                try:
                    names[id] = self.engine.staged_file(self.actor, id)["name"]
                except NotFound:
                    continue
        return names

    def _choices(self, field: Field, names: tuple[str, ...], chosen: Iterable[str]) -> Sequence[dict[str, Any]]:
        """What a reference may be set to: the first few, and whatever is chosen now."""
        if field.reference is None or field.kind not in {"reference", "references", "user"}:
            return ()
        known = self._options.get(names)
        if known is None:
            known = self._options[names] = list(self._ask(names, limit=_MOST_OPTIONS))
        there = {one["id"] for one in known}
        missing = [id for one in chosen if (id := whole(one)) is not None and id not in there]
        if missing:
            known += [one for one in self._ask(names, ids=tuple(missing)) if one["id"] not in there]
        return known

    def _ask(self, names: tuple[str, ...], **more: Any) -> Sequence[dict[str, Any]]:
        return self.engine.options(self.actor, self.record_type.name, names, **more)


def _is_json_text(field: Field) -> bool:
    return field.kind == "json" and "lines" not in field.settings
