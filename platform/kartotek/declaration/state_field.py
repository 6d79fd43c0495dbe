"""The field that shows the state: a choice among the states, read-only, declared in the schema or added by the workflow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from kartotek.declaration.draft import Draft
from kartotek.declaration.suggest import listed
from kartotek.declaration.workflow_file import Outline
from kartotek.model.frozen import EMPTY

COLORS: Mapping[str, str] = MappingProxyType(
    {
        "grey": "#667382",
        "blue": "#206bc4",
        "teal": "#0ca678",
        "green": "#2fb344",
        "orange": "#f76707",
        "red": "#d63939",
        "purple": "#ae3ec9",
        "yellow": "#f59f00",
    }
)
_TITLE: Mapping[str, str] = MappingProxyType({"en": "Status", "zh": "状态"})
_KEPT = ("$comment", "title", "description", "x-i18n", "readOnly", "x-field")
_TAKEN = frozenset({*_KEPT, "type", "oneOf", "enum", "default"})
_OF_X_FIELD = frozenset({"aliases", "index", "showIf", "widget"})


def put_state_field(draft: Draft, outline: Outline) -> None:
    """Declares the field, in the place of what the schema says of it; what contradicts is a problem of the schema."""
    name = outline.field
    if not name or draft.is_hollow or name in draft.doubtful:
        return
    properties: dict[str, Any] = draft.declared["properties"]
    if not outline.states or (name in properties and _refused(draft, outline)):
        properties.pop(name, None)
        draft.doubtful.add(name)
        return
    properties[name] = _fragment(properties.get(name, EMPTY), outline)
    required = draft.declared.get("required", ())
    draft.declared["required"] = [one for one in required if one != name]  # the engine fills it, nobody can be asked
    draft.state_field = name


def color_of(state: Mapping[str, Any]) -> str:
    """#rrggbb, or "" where none is declared."""
    named = state.get("color", "")
    return COLORS.get(named, named)


def _fragment(declared: Mapping[str, Any], outline: Outline) -> dict[str, Any]:
    kept = {key: declared[key] for key in _KEPT if key in declared}
    title = outline.declared.get("title", _title(outline.draft.site.languages))
    return {"title": title, **kept, "type": "string", "readOnly": True, "oneOf": list(_options(outline))}


def _title(languages: tuple[str, ...]) -> Any:
    found = {language: _TITLE[language] for language in languages if language in _TITLE}
    return found or _TITLE["en"]


def _options(outline: Outline) -> Iterator[dict[str, Any]]:
    for name, state in outline.states.items():
        color = color_of(state)
        yield {"const": name, "title": state.get("title", name)} | ({"x-color": color} if color else {})


def _refused(draft: Draft, outline: Outline) -> bool:
    """Whether the schema says something of the field that a state cannot be."""
    path = ("properties", outline.field)
    declared = draft.declared["properties"][outline.field]
    before = len(draft.problems.found)
    where = f"shows the state ({outline.draft.problems.document.file})"
    if declared.get("type", "string") != "string":
        draft.problems.error((*path, "type"), "state_field", f"'{outline.field}' {where}, so its type is 'string'.")
    for key in sorted(declared.keys() - _TAKEN):
        sentence = f"'{outline.field}' {where}, so '{key}' means nothing here. Leave it out."
        draft.problems.error_at_key((*path, key), "state_field", sentence)
    own = declared.get("x-field", EMPTY)
    for key in sorted(own.keys() - _OF_X_FIELD):
        sentence = f"'{outline.field}' {where}; of x-field it can have {listed(sorted(_OF_X_FIELD))}, but not '{key}'."
        draft.problems.error_at_key((*path, "x-field", key), "state_field", sentence)
    _check_values(draft, outline, declared)
    return len(draft.problems.found) > before


def _check_values(draft: Draft, outline: Outline, declared: Mapping[str, Any]) -> None:
    path = ("properties", outline.field)
    for key in ("oneOf", "enum"):
        values = [one["const"] if key == "oneOf" else one for one in declared.get(key, ())]
        if key in declared and outline.is_whole and set(map(str, values)) != set(outline.states):
            file = outline.draft.problems.document.file
            sentence = f"The values of '{outline.field}' are the states of {file}. Leave '{key}' out."
            draft.problems.error_at_key((*path, key), "state_field", sentence)
    initial = outline.declared.get("initial")
    if "default" in declared and initial is not None and declared["default"] != initial:
        sentence = f"New records begin at '{initial}', as {outline.draft.problems.document.file} says. Leave it out."
        draft.problems.error((*path, "default"), "state_field", sentence)
