"""What x-record says of names, lists and forms: every name in it must be a field, and one that fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.draft import Draft
from kartotek.declaration.fit import is_computed_live
from kartotek.declaration.suggest import did_you_mean
from kartotek.declaration.texts import labels_of, plain_text
from kartotek.model.catalog import Section, Tab
from kartotek.model.field import Field

Fields = Mapping[str, Field]
_TEXTS = frozenset({"text", "longtext", "markdown", "email", "phone", "url", "uuid", "choice", "autonumber"})
_ORDERLESS = frozenset({"rows", "references", "files", "file", "image", "choices", "object", "json"})


def names_in(draft: Draft, key: str, fields: Fields) -> tuple[str, ...]:
    """The fields named under a key of x-record, those that fit; a sort keeps its minus sign."""
    path: Path = ("x-record", key)
    refuses = {"search": _unsearchable, "sort": _unsortable, "list": _unlistable}[key]
    return tuple(
        name
        for index, name in enumerate(draft.own.get(key, ()))
        if _is_field(draft, (*path, index), name, fields=fields, refuses=refuses)
    )


def find_field(draft: Draft, path: Path, name: str, fields: Fields) -> Field | None:
    """The field of that name; of one that does not exist a problem is noted."""
    if name not in fields and not draft.knows(name):
        known = dict.fromkeys(draft.names) | dict(fields)
        draft.problems.error(path, "unknown_field", f"{draft.label} has no field '{name}'.{did_you_mean(name, known)}")
    return fields.get(name)


def _is_field(draft: Draft, path: Path, name: str, *, fields: Fields, refuses: Callable[[Field], str]) -> bool:
    field = find_field(draft, path, name.removeprefix("-") if refuses is _unsortable else name, fields)
    reason = refuses(field) if field else ""
    if reason:
        draft.problems.error(path, "unfit_field", reason)
    return field is not None and not reason


def _unsearchable(field: Field) -> str:
    fits = field.kind in _TEXTS and not is_computed_live(field.fragment)
    return "" if fits else f"'{field.name}' cannot be searched: only stored texts can."


def _unsortable(field: Field) -> str:
    return unstored(field, "sorted by")


def _unlistable(field: Field) -> str:
    return f"'{field.name}' is never given back, so a list cannot show it." if field.write_only else ""


def unstored(field: Field, purpose: str) -> str:
    """Why records cannot be sorted by the field or told apart by it, or ""."""
    if field.kind in _ORDERLESS:
        return f"'{field.name}' has no single value that records could be {purpose}."
    if is_computed_live(field.fragment):
        return (
            f"'{field.name}' is computed when it is read and cannot be {purpose}. Add \"stored\": true to its x-field."
        )
    return ""


def form_of(draft: Draft, fields: Fields) -> tuple[Tab, ...]:
    """The pages of the form; their formulas are added later."""
    used: set[str] = set()
    return tuple(
        Tab(
            sections=tuple(
                _sections(draft, ("x-record", "form", index, "sections"), tab["sections"], fields=fields, used=used)
            ),
            title=plain_text(tab.get("tab"), draft.site.languages),
            labels=labels_of(tab, {"tab": "title"}),
        )
        for index, tab in enumerate(draft.own.get("form", ()))
    )


def _sections(
    draft: Draft, path: Path, declared: Sequence[Mapping[str, Any]], *, fields: Fields, used: set[str]
) -> list[Section]:
    found = []
    for index, section in enumerate(declared):
        here: Path = (*path, index, "fields")
        names = [
            _placed(draft, (*here, at), name, fields=fields, used=used) for at, name in enumerate(section["fields"])
        ]
        found.append(
            Section(
                fields=tuple(name for name in names if name),
                title=plain_text(section.get("title"), draft.site.languages),
                columns=section.get("columns", 1),
                collapsed=section.get("collapsed", False),
                labels=labels_of(section),
            )
        )
    return found


def _placed(draft: Draft, path: Path, name: str, *, fields: Fields, used: set[str]) -> str:
    field = find_field(draft, path, name, fields)
    if name in used:
        draft.problems.error(path, "duplicate_field", f"'{name}' already has its place in this form.")
        return ""
    used.add(name)
    return name if field else ""
