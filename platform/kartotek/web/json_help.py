"""JSON help: what a person may write into a JSON field, in words and as a template, and what the browser says of mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from kartotek.kinds.json import JsonKind
from kartotek.kinds.skeleton import json_type, members, resolved, skeleton
from kartotek.kinds.typed_json import tidy_json
from kartotek.web.control import Control

_MOST = 8
_LONGEST_CHOICE = 60


def template_of(control: Control) -> str:
    """The smallest value that shows what is meant, as text; "" where that would tell nothing."""
    found = skeleton(_schema(control), control.root)
    return "" if found is None or found in ("", [], {}) else tidy_json(found)


def words_of(control: Control) -> str:
    """What may stand in the field, in one sentence, or ""."""
    return _words(_schema(control), control.root, 0)


def sayings() -> Mapping[str, str]:
    """What the editor says, by what is wrong."""
    return {
        "good": gettext("Valid JSON"),
        "place": gettext("Line {line}, column {column}: {why}"),
        "value": gettext("a value is expected here: text in quotes, a number, true, false, null, a list or an object"),
        "key": gettext("a name in double quotes is expected here"),
        "colon": gettext("a colon is missing after the name"),
        "comma": gettext("a comma is missing, or a bracket"),
        "trailing": gettext("there is a comma too many"),
        "string": gettext("this text has no closing quote, or holds a character that must be written as \\n, \\t or \\\\"),
        "end": gettext("something is missing at the end"),
        "more": gettext("there is more than one value"),
        "twice": gettext("this name stands twice"),
        "deep": gettext("this is nested too deep"),
    }


def _schema(control: Control) -> Mapping[str, Any]:
    return control.field.fragment if control.root else JsonKind().json_schema(control.field)


def _words(schema: Any, root: Any, depth: int) -> str:
    whole = resolved(schema, root)
    if isinstance(whole.get("enum"), list):
        listed = ", ".join(tidy_json(one) for one in whole["enum"])
        return gettext("one of %(values)s", values=listed) if len(listed) <= _LONGEST_CHOICE else gettext("one of %(count)s values", count=len(whole["enum"]))
    kind = json_type(whole)
    if kind == "object":
        return _object_words(whole, depth)
    if kind == "array":
        inner = _words(whole.get("items"), root, depth + 1) if depth < 2 else ""
        return gettext("a list, each entry %(entry)s", entry=inner) if inner else gettext("a list")
    return _plain_words(kind)


def _object_words(whole: Mapping[str, Any], depth: int) -> str:
    required = [name for name in whole.get("required") or () if isinstance(name, str)]
    others = [name for name in members(whole) if name not in required]
    said = [gettext("an object")]
    if required:
        said.append(gettext("with %(names)s", names=_names(required)))
    if others and depth == 0:
        said.append(gettext("and perhaps %(names)s", names=_names(others)))
    return " ".join(said)


def _names(names: list[str]) -> str:
    return ", ".join(names[:_MOST]) + (", …" if len(names) > _MOST else "")


def _plain_words(kind: str) -> str:
    words = {
        "string": gettext("text in quotes"), "integer": gettext("a whole number"), "number": gettext("a number"),
        "boolean": gettext("true or false"), "null": "null",
    }  # fmt: skip
    return words.get(kind, "")
