"""Whether the keys of a fragment go together with its kind: a key that would have no effect is refused, not ignored."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from kartotek.declaration.document import Path
from kartotek.declaration.problems import Problems
from kartotek.kinds.kind import Kind
from kartotek.model.frozen import EMPTY

_JUDGED = (
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "items",
    "properties",
    "required",
    "additionalProperties",
)
_LINKS = frozenset({"reference", "references", "user"})
_FILES = frozenset({"file", "image", "files"})
_MANY = frozenset({"rows", "references", "files", "choices", "object", "json"})
_KINDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "references": _LINKS,
        "onDelete": _LINKS,
        "inverse": _LINKS,
        "filter": _LINKS,
        "rowKey": frozenset({"rows"}),
        "precision": frozenset({"decimal"}),
        "scale": frozenset({"decimal"}),
        "currency": frozenset({"decimal"}),
        "region": frozenset({"phone"}),
        "file": _FILES,
        "account": frozenset({"user"}),
    }
)
_FORMATS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "date": ("date",),
        "time": ("time",),
        "date-time": ("instant",),
        "month-day": ("monthday",),
        "duration": ("duration",),
        "email": ("email",),
        "uri": ("url",),
        "uuid": ("uuid", "file", "image"),
        "decimal": ("decimal",),
        "phone": ("phone",),
        "color": ("color",),
    }
)
_MEDIA: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"text/plain": ("text", "longtext"), "text/markdown": ("markdown",)}
)
# A widget that its kind does not show would be a wish without an answer; None is every kind.
_WIDGETS: Mapping[str, frozenset[str] | None] = MappingProxyType(
    {
        "hidden": None,
        "text": frozenset({"text", "email", "phone", "url", "uuid", "color"}),
        "textarea": frozenset({"longtext", "markdown", "json"}),
        "select": frozenset({"choice"}),
        "radio": frozenset({"choice"}),
        "checkboxes": frozenset({"choices"}),
        "switch": frozenset({"boolean"}),
        "rating": frozenset({"rating"}),
        "color": frozenset({"color"}),
        "phone": frozenset({"phone"}),
        "money": frozenset({"decimal"}),
        "image": frozenset({"image", "files"}),
        "file": frozenset({"file", "files"}),
        "table": frozenset({"rows"}),
    }
)
_ALONE = ("compute", "rollup", "autoNumber", "fetchFrom", "defaultExpr")
_WRITING = ("write", "requiredIf", "readOnlyIf", "defaultExpr")


def check_fit(problems: Problems, path: Path, fragment: Mapping[str, Any], kind: Kind, *, within: str) -> None:
    """Adds a problem for every key that means nothing here."""
    own = fragment.get("x-field", EMPTY)
    for key in _JUDGED:
        if key in fragment and key not in kind.keywords:
            _no_effect(problems, (*path, key), kind)
    for key, kinds in _KINDS.items():
        if key in own and kind.name not in kinds:
            _no_effect(problems, (*path, "x-field", key), kind)
    _check_format(problems, path, fragment, kind)
    widget = own.get("widget", "hidden")
    fitting = _WIDGETS[widget]
    if fitting is not None and kind.name not in fitting:
        sentence = f"The widget '{widget}' cannot show a field of the kind {kind.name}. Leave it out."
        problems.error((*path, "x-field", "widget"), "no_effect", sentence)
    _check_own(problems, (*path, "x-field"), own, kind)
    if within != "record":
        _check_member(problems, path, own, kind, within=within)


def _no_effect(problems: Problems, path: Path, kind: Kind) -> None:
    problems.error_at_key(
        path, "no_effect", f"'{path[-1]}' has no meaning for a field of the kind {kind.name}. Leave it out."
    )


def _check_format(problems: Problems, path: Path, fragment: Mapping[str, Any], kind: Kind) -> None:
    for key, kinds in (("format", _FORMATS), ("contentMediaType", _MEDIA)):
        if key in fragment and kind.name not in kinds.get(fragment[key], ()):
            problems.error(
                (*path, key),
                "no_effect",
                f"'{fragment[key]}' has no meaning for a field of the kind {kind.name}. Leave it out.",
            )


def is_computed_live(fragment: Mapping[str, Any]) -> bool:
    """Whether the value is computed when it is read."""
    own = fragment.get("x-field", EMPTY)
    return "compute" in own and not own.get("stored", False)


def is_derived(fragment: Mapping[str, Any]) -> bool:
    """Whether the value follows from others."""
    return bool({"compute", "rollup"} & fragment.get("x-field", EMPTY).keys())


def _check_own(problems: Problems, path: Path, own: Mapping[str, Any], kind: Kind) -> None:
    together = [key for key in _ALONE if key in own]
    if len(together) > 1:
        first, second = together[:2]
        problems.error_at_key((*path, second), "conflict", f"'{second}' cannot stand together with '{first}'.")
    if "stored" in own and "compute" not in own and not (own["stored"] and "rollup" in own):
        sentence = "A rollup is always stored." if "rollup" in own else "Only a computed field is stored or not."
        problems.error_at_key((*path, "stored"), "no_effect", f"{sentence} Leave 'stored' out.")
    if "compute" in own or "rollup" in own:
        for key in _WRITING:
            if key in own and key not in together:
                problems.error_at_key(
                    (*path, key), "no_effect", f"The value is computed, so '{key}' has no meaning. Leave it out."
                )
    elif "declassify" in own and not {"fetchFrom", "defaultExpr"} & own.keys():
        problems.error_at_key(
            (*path, "declassify"), "no_effect", "Only a value that comes from other fields can be declassified."
        )
    _check_keys(problems, path, own, kind)


def _check_keys(problems: Problems, path: Path, own: Mapping[str, Any], kind: Kind) -> None:
    is_live = is_computed_live({"x-field": own})
    for key in ("unique", "index"):
        if own.get(key) and (kind.name in _MANY or is_live):
            reason = "is not stored" if is_live else "has no single value"
            problems.error_at_key(
                (*path, key), "no_effect", f"This field {reason}, so '{key}' cannot be kept. Leave it out."
            )
    if own.get("account") and not own.get("unique"):
        problems.error_at_key(
            (*path, "account"), "account", 'A field that names a person\'s account must be unique: add "unique": true.'
        )


def _check_member(problems: Problems, path: Path, own: Mapping[str, Any], kind: Kind, *, within: str) -> None:
    where = "a table inside a record" if within == "rows" else "a small object"
    if kind.name in ("rows", "object", "references", "autonumber") or "rollup" in own:
        what = "A rollup" if "rollup" in own else f"A field of the kind {kind.name}"
        problems.error_at_key(path, "not_supported", f"{what} inside {where} is not supported yet.")
    for key in ("unique", "index", "inverse", "account"):
        if own.get(key):
            problems.error_at_key(
                (*path, "x-field", key), "not_supported", f"'{key}' inside {where} is not supported yet."
            )
    if own.get("onDelete") == "cascade":
        sentence = f"'cascade' inside {where} is not supported yet. Use 'restrict' or 'setNull'."
        problems.error((*path, "x-field", "onDelete"), "not_supported", sentence)
