"""Title templates: "{number} {person.name}" → ("", "number", " ", "person.name", ""), and where paths lead."""

from __future__ import annotations

import re
from collections.abc import Mapping

from kartotek.declaration.draft import Draft
from kartotek.declaration.suggest import did_you_mean
from kartotek.errors import DeclarationInvalid
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.naming import row_path

MAX_HOPS = 3
_UNTITLED = frozenset({"rows", "references", "object", "files", "file", "image", "json"})
_HIDDEN = "This field is never given back, so it cannot be part of a title."
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def split_template(template: str) -> tuple[str, ...]:
    """Literal text and dotted paths in turn, beginning and ending with a text; `{{` and `}}` stand for braces.

    Raises: DeclarationInvalid with the offset of a brace that has no partner, or of a path that is empty, in `params`.
    """
    found, literal, end = [], "", 0
    for match in _PART.finditer(template):
        literal += template[end : match.start()]
        end = match.end()
        if match.group() in ("{{", "}}"):
            literal += match.group()[0]
        elif match.group(1):
            found += [literal, match.group(1).strip()]
            literal = ""
        else:
            raise DeclarationInvalid(
                "A field stands in braces, like {name}; a brace itself is written twice.", offset=match.start()
            )
    return (*found, literal + template[end:])


def check_titles(drafts: Mapping[str, Draft], types: Mapping[str, RecordType], doubtful: frozenset[str]) -> None:
    """Every path of a title must lead to a single value, over three links at most."""
    for draft in drafts.values():
        if "titleTemplate" not in draft.own:
            continue
        for path in types[draft.name].title_template[1::2]:
            reason = _wrong_path(types, draft.name, path, doubtful)
            if reason:
                offset = max(0, draft.own["titleTemplate"].find(path))
                draft.problems.error_inside(("x-record", "titleTemplate"), offset, "title", reason)


def fields_of_path(types: Mapping[str, RecordType], type_name: str, path: str) -> list[tuple[str, Field]]:
    """(owner, field) of each step of a dotted path, as far as it leads."""
    found: list[tuple[str, Field]] = []
    owner, fields = type_name, types[type_name].by_name
    for name in path.split("."):
        if name not in fields:
            break
        field = fields[name]
        found.append((owner, field))
        if field.kind == "object":
            owner, fields = row_path(owner, name), {one.name: one for one in field.fields}
        elif field.reference and field.kind != "references" and field.reference.target in types:
            owner, fields = field.reference.target, types[field.reference.target].by_name
        else:
            fields = {}
    return found


def _wrong_path(types: Mapping[str, RecordType], type_name: str, path: str, doubtful: frozenset[str]) -> str:
    names, found = path.split("."), fields_of_path(types, type_name, path)
    if len(found) < len(names):
        name = names[len(found)]
        return (
            ""
            if name in doubtful or (found and found[-1][1].name in doubtful)
            else _lost(types, type_name, name, found)
        )
    if sum(field.reference is not None for _, field in found[:-1]) > MAX_HOPS:
        return f"A title follows {MAX_HOPS} links at most."
    last = found[-1][1]
    if last.reference:
        return f"'{path}' is a link. Name a field of the other type, like {{{path}.name}}."
    if last.kind in _UNTITLED or last.write_only:
        return (
            f"'{path}' is of the kind {last.kind}, which has no text for a title." if not last.write_only else _HIDDEN
        )
    return ""


def _lost(types: Mapping[str, RecordType], type_name: str, name: str, found: list[tuple[str, Field]]) -> str:
    last = found[-1][1] if found else None
    if last is None:
        return f"'{type_name}' has no field '{name}'.{did_you_mean(name, types[type_name].by_name)}"
    if last.kind == "object":
        return f"'{last.name}' has no member '{name}'.{did_you_mean(name, [one.name for one in last.fields])}"
    if last.reference and last.kind != "references" and last.reference.target in types:
        target = types[last.reference.target]
        return f"'{target.name}' has no field '{name}'.{did_you_mean(name, target.by_name)}"
    return f"'{last.name}' is not a link to one other record, so nothing can stand after it."
