"""Layout: in which groups, and how wide, a record's fields stand on its page and in its form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from kartotek.model.catalog import RecordType, Section
from kartotek.model.field import Field, translated
from kartotek.model.formula import Formula

UNLISTED = frozenset({"rows", "object", "json", "markdown", "longtext", "files", "file", "image"})
_MOST_COLUMNS = 6
_WIDE = frozenset({"longtext", "markdown", "rows", "object", "json", "files"})


@dataclass(frozen=True, slots=True)
class Block:
    """A titled group of fields in `columns` columns; it stands only where each of `conditions` holds.

    `id` is its place in the page; `tab` the title of the tab that begins with it, "" elsewhere.
    """

    title: str
    fields: tuple[Field, ...]
    columns: int = 2
    conditions: tuple[Formula, ...] = ()
    collapsed: bool = False
    id: str = ""
    tab: str = ""


def blocks(record_type: RecordType, seen: Iterable[Field], language: str) -> tuple[Block, ...]:
    """The groups of the fields that are seen, as the type's form declares them; what it does not list comes last.

    So a field that is added to a declaration is never lost from the pages.
    """
    by_name = {field.name: field for field in seen}
    found: list[Block] = []
    listed: set[str] = set()
    for tab in record_type.form:
        outer = (tab.show_if,) if tab.show_if else ()
        tab_title = translated(tab.labels, language, "title") or tab.title
        opens = tab_title
        for place, section in enumerate(tab.sections):
            fields = tuple(by_name[name] for name in section.fields if name in by_name)
            listed.update(section.fields)
            if fields:
                title = translated(section.labels, language, "title") or section.title or (tab_title if place == 0 else "")
                found.append(replace(_block(section, title, fields, outer), id=f"part-{len(found) + 1}", tab=opens))
                opens = ""
    rest = tuple(field for name, field in by_name.items() if name not in listed)
    return (*found, Block("", rest, id=f"part-{len(found) + 1}")) if rest else tuple(found)


def _block(section: Section, title: str, fields: tuple[Field, ...], outer: tuple[Formula, ...]) -> Block:
    conditions = (*outer, section.show_if) if section.show_if else outer
    return Block(title, fields, section.columns, conditions, section.collapsed)


def width(field: Field, columns: int) -> str:
    """The grid classes of a field's cell: one column on a telephone, as many as declared on a screen."""
    if columns == 1 or field.kind in _WIDE or field.widget in {"textarea", "table"}:
        return "col-12"
    return "col-12 col-md-6" if columns == 2 else "col-12 col-md-4"


def width_shown(field: Field, columns: int) -> str:
    """The grid classes of a value that is only read: two stand side by side even on a telephone."""
    return width(field, columns).replace("col-12 col-md", "col-6 col-md")


def list_columns(record_type: RecordType, seen: Iterable[Field]) -> tuple[Field, ...]:
    """The columns of the list: the declared ones, or else the first six that fit into a line."""
    by_name = {field.name: field for field in seen}
    declared = tuple(by_name[name] for name in record_type.list if name in by_name)
    return declared or tuple(field for field in by_name.values() if field.kind not in UNLISTED)[:_MOST_COLUMNS]
