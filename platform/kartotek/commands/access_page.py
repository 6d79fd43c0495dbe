"""The matrix of rights as one page that can be printed or sent: a table for each type, without anything from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from kartotek.model.actor import OWNER
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.settings import text_in
from kartotek.rules.matrix import Cell

_STYLE = (
    "body{font:14px/1.4 sans-serif;margin:2rem}table{border-collapse:collapse;margin:0 0 2rem}caption{text-align:left;font-weight:bold;"
    "padding:.3rem 0}th,td{border:1px solid #bbb;padding:.2rem .5rem;text-align:left;vertical-align:top}th{background:#f2f2f2}"
    ".write{background:#d3f0d8}.propose{background:#e6f4d7}.read{background:#eaf6ff}.mask{background:#fff4d6}.flag{background:#ffe9d6}"
    ".none{color:#999}@media print{table{page-break-inside:avoid}}"
)


def page_of(catalog: Catalog, cells: Iterable[Cell]) -> str:
    """The whole HTML document, in the site's first language."""
    language, by_type = catalog.settings.languages[0], dict[str, list[Cell]]()
    for one in cells:
        by_type.setdefault(one.type, []).append(one)
    tables = "\n".join(_table(catalog, catalog.types[name], found, language=language) for name, found in by_type.items())
    title = escape(text_in(catalog.settings.name, language))
    return (
        f'<!doctype html>\n<html lang="{escape(language)}"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head><body>\n<h1>{title}</h1>\n{tables}\n</body></html>"
    )


def _table(catalog: Catalog, record_type: RecordType, cells: Sequence[Cell], *, language: str) -> str:
    columns = [[cell for cell in cells if cell.role == role] for role in dict.fromkeys(cell.role for cell in cells)]
    titles = {OWNER: OWNER, **{one.name: text_in(one.titles, language) for one in catalog.settings.roles}}
    head = "".join(f"<th>{escape(titles[own[0].role])}</th>" for own in columns)
    actions = "".join(
        _row(action, (_rule(own[0].actions.get(action)) for own in columns)) for action in ("read", "create", "write", "delete")
    )
    fields = "".join(_row(field.label(language), (_levels(own, field.name) for own in columns)) for field in record_type.fields)
    caption = escape(f"{record_type.label(language)} ({record_type.name})")
    return f"<table><caption>{caption}</caption><tr><th></th>{head}</tr>{actions}{fields}</table>"


def _row(label: str, cells: Iterable[str]) -> str:
    return f"<tr><th>{escape(label)}</th>{''.join(cells)}</tr>\n"


def _rule(rule: str | None) -> str:
    if rule is None:
        return '<td class="none">–</td>'
    return f'<td class="write">{escape(rule)}</td>' if rule else '<td class="write">✓</td>'


def _levels(cells: Sequence[Cell], field: str) -> str:
    """The level, or where it differs by state one a line."""
    found = {one.state: one.fields[field] for one in cells}
    if len(set(found.values())) == 1:
        level = next(iter(found.values()))
        return f'<td class="{level}">{level}</td>'
    lines = "<br>".join(f'<span class="{level}">{escape(state)}: {level}</span>' for state, level in found.items())
    return f"<td>{lines}</td>"
