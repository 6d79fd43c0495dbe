"""Foreign schemas: files that other people wrote, each a record type of its own as far as it can be one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from kartotek.declaration.document import Document
from kartotek.declaration.draft import Draft
from kartotek.declaration.folder_names import is_schema
from kartotek.declaration.foreign_check import check_foreign
from kartotek.declaration.foreign_fields import Note, extras_of, fields_of
from kartotek.declaration.foreign_schema import Schema
from kartotek.declaration.problems import Problems
from kartotek.declaration.reading import read
from kartotek.kinds.verdict import Verdict
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.naming import titles_of_names
from kartotek.model.problem import Problem
from kartotek.model.settings import SiteSettings

_OURS = frozenset({"x-record", "x-extends"})
_OURS_IN_TEXT = re.compile(r"\bx-(?:record|extends)\b")
_TITLES = ("name", "title", "label", "subject", "fullName", "code")
_TITLED = frozenset({"text", "choice", "email", "url", "uuid", "longtext", "integer", "date"})
_SEARCHED = frozenset({"text", "longtext", "email", "url", "uuid", "choice"})
_MOST_SEARCHED = 8
_LISTED = 6


@dataclass(frozen=True, slots=True)
class Foreign:
    """`record_type` is None for a file that cannot be one; then the problems say why."""

    file: str
    record_type: RecordType | None
    problems: tuple[Problem, ...]
    notes: tuple[Note, ...] = ()


def is_foreign(document: Document | None, text: str) -> bool:
    """Whether the file was written for other purposes; of one that cannot be read, by what stands in its text."""
    if document is None:
        return _OURS_IN_TEXT.search(text) is None
    return not (isinstance(document.value, dict) and _OURS & document.value.keys())


@dataclass(slots=True)
class _Soundness:
    """Whether a text has passed all checks before."""

    is_known: bool = False


@lru_cache(maxsize=512)
def _soundness(text: str) -> _Soundness:
    return _Soundness()


def take_as_sound(documents: Mapping[str, str]) -> None:
    """Spares the foreign schemas among documents that are in service the checks that they have passed before they were."""
    for file, text in documents.items():
        if is_schema(file) and is_foreign(None, text):
            _soundness(text).is_known = True


@lru_cache(maxsize=512)
def foreign_type(file: str, name: str, text: str, timezone: str) -> Foreign:
    """What the file comes to; moments are shown in the zone. Kept: most files of a site are looked at again as they were."""
    document, found = read(file, text)
    if document is None:
        return Foreign(file, None, found)
    problems = Problems(document)
    schema = check_foreign(problems, is_sound=_soundness(text).is_known)
    notes: list[Note] = []
    record_type = _record_type(schema, name, file, (notes, timezone)) if schema is not None else None
    return Foreign(file, record_type, tuple(problems.found), tuple(notes))


def told(found: Foreign, document: Document | None) -> tuple[Problem, ...]:
    """The problems with the notes. Looking for the places of these takes longer than all else, and only checking tells them."""
    problems = Problems(document) if document is not None else None
    for name, sentence, is_default in found.notes if problems is not None else ():
        if is_default:
            problems.note(("properties", name), "default", sentence)
        else:
            problems.note(("properties", name), "kept_as_json", sentence)
    return (*found.problems, *(problems.found if problems is not None else ()))


def draft_of_foreign(found: Foreign, document: Document, site: SiteSettings, *, rights: Document | None = None) -> Draft:
    """A draft like those of our own files, so that others may refer to the type. Only an overlay declares something by our keys."""
    assert found.record_type is not None
    problems = Problems(rights or document)
    properties = {one.name: {} for one in found.record_type.fields}
    declared: dict[str, Any] = {"title": found.record_type.title, "properties": properties}
    if rights is not None:
        declared["x-record"] = rights.value.get("x-record", {})
    return Draft(found.record_type.name, site, problems, declared, record_type=found.record_type)


def _record_type(schema: Schema, name: str, file: str, beside: tuple[list[Note], str]) -> RecordType:
    value: Mapping[str, Any] = schema.root.keys
    fields = fields_of(schema, Verdict(value), *beside)
    parts = [one.keys for one in schema.conjuncts(schema.root)]
    return RecordType(
        name=name, title=_said(parts, "title") or titles_of_names([name])[name], description=_said(parts, "description"), fields=fields,
        title_template=_title_template(fields), list=_listed(fields),
        search=tuple(one.name for one in fields if one.kind in _SEARCHED)[:_MOST_SEARCHED],
        file=file, foreign=True, schema=MappingProxyType(dict(value)), extras=extras_of(schema),
    )


def _said(parts: Sequence[Mapping[str, Any]], keyword: str) -> str:
    return next((one[keyword] for one in parts if isinstance(one.get(keyword), str) and one[keyword]), "")


def _title_template(fields: Sequence[Field]) -> tuple[str, ...]:
    """By a field that is named like a title, else by the first that is short text."""
    fit = [one.name for one in fields if one.kind in _TITLED and one.name and "." not in one.name]
    names = [one for one in _TITLES if one in fit] or [one.name for one in fields if one.name in fit and one.kind in ("text", "choice")]
    return ("", (names or fit)[0], "") if fit else ()


def _listed(fields: Sequence[Field]) -> tuple[str, ...]:
    plain = [one.name for one in fields if one.kind != "json"]
    return tuple((plain or [one.name for one in fields])[:_LISTED])
