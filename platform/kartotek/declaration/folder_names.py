"""Which document declares what, by its name: site.yaml, schemas/<type>.json or .yaml, workflows/, templates/messages/."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from kartotek.declaration.builtin import USER
from kartotek.model.naming import TYPE_NAME
from kartotek.model.problem import Place, Problem

SITE_FILE = "site.yaml"
_MESSAGES = ("templates", "messages")
_RESERVED_STARTS = ("ab_", "sqlite_")


def base_mark(extends: str) -> str:
    """Under what the documents of a base stand among a site's: @ and the last part of what site.yaml says it extends."""
    name = PurePosixPath(extends).name
    return f"@{name}" if name not in ("", "..") else "@base"


def is_schema(path: str) -> bool:
    """Whether a document is a schema, of the site itself or of one of its bases."""
    return PurePosixPath(path).parent.name == "schemas"


def type_files(names: Iterable[str]) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """{record type: document}, and what is wrong with the names of the others."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for name in sorted(names):
        path = PurePosixPath(name)
        sentence = _refusal(path, found)
        if sentence:
            problems.append(Problem("", "file_name", sentence, place=Place(name)))
        elif path.parts[0] == "schemas":
            found[path.stem] = name
    return found, tuple(problems)


def workflow_files(names: Iterable[str]) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """The documents that are workflows, and what is wrong with the names of the others under workflows/."""
    found = [name for name in sorted(names) if PurePosixPath(name).parts[0] == "workflows"]
    refused = {name: sentence for name in found if (sentence := _refused_workflow(PurePosixPath(name)))}
    problems = (Problem("", "file_name", sentence, place=Place(name)) for name, sentence in refused.items())
    return tuple(name for name in found if name not in refused), tuple(problems)


def _refused_workflow(path: PurePosixPath) -> str:
    if len(path.parts) > 2:
        return "Workflow files stand in workflows/ itself, not in a folder below it."
    return "" if path.suffix == ".yaml" else f"A workflow file ends in .yaml. Rename it to {path.stem}.yaml."


def message_files(names: Iterable[str]) -> tuple[dict[str, str], tuple[Problem, ...]]:
    """{message template: document}, and what is wrong with the names of the others under templates/messages/."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for name in sorted(names):
        path = PurePosixPath(name)
        if path.parts[:2] != _MESSAGES:
            continue
        sentence = _refused_message(path)
        if sentence:
            problems.append(Problem("", "file_name", sentence, place=Place(name)))
        else:
            found[path.stem] = name
    return found, tuple(problems)


def _refused_message(path: PurePosixPath) -> str:
    if len(path.parts) > len(_MESSAGES) + 1:
        return "Message files stand in templates/messages/ itself, not in a folder below it."
    if path.suffix != ".yaml":
        return f"A message file ends in .yaml. Rename it to {path.stem}.yaml."
    if not TYPE_NAME.fullmatch(path.stem):
        return (
            f"'{path.stem}' cannot be the name of a message: it begins with a small letter and has only small letters, "
            "digits and underscores in it, 40 at most."
        )
    return ""


def _refusal(path: PurePosixPath, found: dict[str, str]) -> str:
    folder, stem = path.parts[0], path.stem
    if len(path.parts) == 1 and stem == "site" and path.name != SITE_FILE:
        return f"The settings of a site stand in {SITE_FILE}. Rename this file."
    if folder != "schemas":
        return ""
    if len(path.parts) > 2:
        return "Schema files stand in schemas/ itself, not in a folder below it."
    if path.suffix not in (".json", ".yaml"):
        return f"A schema file ends in .json or .yaml. Rename it to {stem}.yaml."
    return _refused_type(stem, found)


def _refused_type(stem: str, found: dict[str, str]) -> str:
    if not TYPE_NAME.fullmatch(stem) or "__" in stem:
        return (
            f"'{stem}' cannot be the name of a record type: it begins with a small letter and has only small letters, "
            "digits and single underscores in it, 40 at most."
        )
    if stem == USER:
        return f"'{USER}' is built in. Give the file another name."
    if stem.startswith(_RESERVED_STARTS):
        return f"Names that begin with {' or '.join(_RESERVED_STARTS)} are taken. Give the file another name."
    return f"{found[stem]} declares '{stem}' already." if stem in found else ""
