"""The list of a type: search, filters, order and pages by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request

from kartotek.engine.sight import Sight
from kartotek.errors import NotFound
from kartotek.model.actor import Actor
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.workflow import State
from kartotek.model.query import Condition, Page, Query
from kartotek.web import languages
from kartotek.web.current import engine
from kartotek.web.filters import filters
from kartotek.web.layout import UNLISTED, list_columns
from kartotek.web.page import is_partial, page
from kartotek.web.shown import text_of
from kartotek.web.visitor import actor

PAGE_SIZE = 50
_UNSORTED = UNLISTED | {"references", "choices"}
_BACK = 12
STATE = "state"  # the parameter of the address; fields have the prefix "f."


@dataclass(frozen=True)
class Asked:
    """What the address of a list asks for; `back` are the cursors of the pages before this one, "" the first."""

    search: str
    sort: str
    cursor: str
    back: tuple[str, ...]
    trash: bool
    filters: dict[str, str]
    state: str = ""

    def address(self, **changes: Any) -> str:
        """The query of the same list with changes; a changed search, filter or order starts at the first page."""
        filters = {**self.filters, **changes.pop("filters", {})}
        wanted: dict[str, Any] = {"search": self.search, "sort": self.sort, "trash": "1" if self.trash else "", **changes}
        given = [(name, value) for name, value in wanted.items() if value and name != "back"]
        given += [("back", one or "~") for one in wanted.get("back", ())]
        given += [(f"f.{name}", value) for name, value in filters.items() if value]
        given += [(STATE, self.state)] if self.state else []
        return "?" + urlencode(given)


def listing(type_name: str) -> str | tuple[str, dict[str, str]]:
    """`/r/<type>/`: the page, or for htmx its table alone."""
    visitor = actor()
    sight = sight_of(visitor, type_name)
    record_type = engine().catalog().types[type_name]
    language = languages.current()
    readable = {field.name: field for field in sight.readable}
    columns = list_columns(record_type, sight.readable)
    asked = _asked(readable, record_type, columns)
    found = _select(visitor, record_type, asked, columns)
    values = {
        "type": record_type, "sight": sight, "asked": asked, "found": found, "columns": columns, "sorted_by": _sorted_by(record_type, asked),
        "sortable": {field.name for field in columns if field.kind not in _UNSORTED and not field.is_live},
        "previous": _previous(asked), "next": _next(asked, found), "can_restore": asked.trash and sight.delete,
        "line": lambda field, record: _line(field, record, language), "states": _states(record_type, columns),
    }  # fmt: skip
    if is_partial():
        address = request.path + asked.address(cursor=asked.cursor, back=asked.back)
        return page("list_table.html", **values), {"HX-Push-Url": address, "Vary": "HX-Request"}
    return page("list.html", filters=filters(visitor, record_type, columns, asked.filters), **values)


def sight_of(visitor: Actor, type_name: str) -> Sight:
    """What the visitor may do with a type. Raises NotFound for one that is hidden, built in or does not exist."""
    found = engine().catalog().types.get(type_name)
    if found is None or found.builtin:
        raise NotFound("There is no such page.")
    return engine().sight(visitor, type_name)


def _asked(readable: dict[str, Field], record_type: RecordType, columns: Sequence[Field]) -> Asked:
    args = request.args
    back = tuple("" if one == "~" else one for one in args.getlist("back"))[-_BACK:]
    filters = {name: args[f"f.{name}"] for name in readable if args.get(f"f.{name}")}
    state = args.get(STATE, "")
    state = state if record_type.workflow and state in record_type.workflow.states else ""
    if state and (field := next((one.name for one in columns if one.is_state), "")):
        filters.setdefault(field, state)  # the column that shows it has a filter, where people can see it
        state = ""
    return Asked(
        args.get("search", "").strip(), args.get("sort", ""), args.get("cursor", ""), back, args.get("trash") == "1", filters,
        state,
    )


def _select(visitor: Actor, record_type: RecordType, asked: Asked, columns: Sequence[Field]) -> Page:
    query = Query(
        filter=f"meta.state == '{asked.state}'" if asked.state else "", search=asked.search, sort=tuple(asked.sort.split(",")) if asked.sort else (), cursor=asked.cursor, trash=asked.trash,
        conditions=tuple(Condition((name,), "eq", text) for name, text in asked.filters.items()),
        fields=tuple(field.name for field in columns), limit=PAGE_SIZE, titles=True,
    )  # fmt: skip
    return engine().select(visitor, record_type.name, query)


def _states(record_type: RecordType, columns: Sequence[Field]) -> tuple[State, ...]:
    """The states that have a column and a filter of their own; none where a column of the list shows them already."""
    if record_type.workflow is None or any(field.is_state for field in columns):
        return ()
    return tuple(record_type.workflow.states.values())


def _line(field: Field, record: dict[str, Any], language: str) -> str:
    """The text of the cell that is the way to the record; the record's title where the field is empty."""
    wire = record["fields"].get(field.name)
    if field.kind in {"reference", "user"}:
        return str(record.get("titles", {}).get(field.name, {}).get(str(wire), record["title"]))
    return (text_of(field, wire, language) if wire is not None else "") or str(record["title"])


def _sorted_by(record_type: RecordType, asked: Asked) -> str:
    return asked.sort or (record_type.sort[0] if record_type.sort else "")


def _previous(asked: Asked) -> str:
    if not asked.cursor:
        return ""
    return asked.address(cursor=asked.back[-1] if asked.back else "", back=asked.back[:-1])


def _next(asked: Asked, found: Page) -> str:
    return asked.address(cursor=found.next, back=(*asked.back, asked.cursor)) if found.next else ""

