"""Facts: what the engine's code and meta-schemas know of keys, problem codes, commands and variables."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent.parent / "platform" / "kartotek"

# Definitions of the meta-schemas that are explained once and not again under each key.
_APART = frozenset({"text", "language", "formula", "names", "roles", "i18n", "field", "grant"})
# Which argument of a call is a problem's code.
_CODE_AT = {
    "Problem": 1, "problem": 1, "error": 1, "error_at_key": 1, "warning": 1, "warning_at_key": 1, "note": 1, "refusal": 1, "error_inside": 2,
    "TextError": 1, "_misread": 1, "warning_inside": 2,
}  # fmt: skip


def keys(meta: Mapping[str, Any], schema: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """The keys of a definition and, with dots, of the objects within it."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in _APART:
            return
        schema = meta["$defs" if "$defs" in meta else "definitions"][name]
    for key, inner in schema.get("properties", {}).items():
        yield before + key
        if key != "x-field":
            yield from keys(meta, inner, f"{before}{key}.")
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), Mapping):
            yield from keys(meta, schema[keyword], before)
    for one in schema.get("anyOf", ()):
        yield from keys(meta, one, before)


def _literals(node: ast.AST) -> Iterator[str]:
    """The texts that an expression can be, where that can be told."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif isinstance(node, ast.Tuple):
        yield from (text for one in node.elts[:1] for text in _literals(one))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Dict):
        yield from (text for one in (*node.func.value.values, *node.args[1:]) for text in _literals(one))


def _codes(tree: ast.AST) -> Iterator[str]:
    """The codes of all problems that a file makes: written at the place, or given a name or a function before."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if len(node.args) > (place := _CODE_AT.get(called, 99)):
                yield from _literals(node.args[place])
            yield from (text for one in node.keywords if one.arg == "code" for text in _literals(one.value))
        elif isinstance(node, ast.Assign) and _names(node.targets[0])[:1] == ["code"]:
            yield from _literals(node.value)
        elif isinstance(node, ast.FunctionDef) and node.name == "_code":
            answers = (one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value)
            yield from (text for one in answers for text in _literals(one))


def _names(target: ast.AST) -> list[str]:
    return [one.id for one in ast.walk(target) if isinstance(one, ast.Name)]


def made_in(*parts: str) -> set[str]:
    """The codes of all problems that these parts of the engine make."""
    files = [path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] in parts]
    return {code for path in files for code in _codes(ast.parse(path.read_text(encoding="utf-8")))}


def commands(made: argparse.ArgumentParser, before: str = "kartotek") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """(how it is called, its parser) of every command."""
    for action in made._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, one in action.choices.items():
                yield from commands(one, f"{before} {name}")
            return
    yield before, made


def variables() -> set[str]:
    """What the sources look up in the environment: names of ours, and those given to os.environ.get."""
    found: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        found |= set(re.findall(r'"(KARTOTEK_[A-Z_]+)"', source))
        found |= set(re.findall(r'\bos\.environ(?:\.get\(|\[)"([A-Z_]+)"', source))
    return found
