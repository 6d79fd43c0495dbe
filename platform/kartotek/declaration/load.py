"""Documents → a checked, linked Catalog, or all that is wrong with them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from kartotek.declaration.attach import with_formulas
from kartotek.declaration.derived import check_derived
from kartotek.declaration.document import Document
from kartotek.declaration.draft import Draft
from kartotek.declaration.exposure import check_exposure
from kartotek.declaration.folder_names import SITE_FILE, message_files, type_files, workflow_files
from kartotek.declaration.flow import Beside, Noted
from kartotek.declaration.formulas import scope_of
from kartotek.declaration.link import linked
from kartotek.declaration.messages import Around, templates_of
from kartotek.declaration.outlets import Outlets, outlets_of
from kartotek.declaration.problems import Problems
from kartotek.declaration.process_checks import check_processes
from kartotek.declaration.reading import read
from kartotek.declaration.record_file import draft_of, hollow
from kartotek.declaration.report import in_order
from kartotek.declaration.site_file import settings_of
from kartotek.declaration.state_names import check_compared
from kartotek.declaration.taint import with_readers
from kartotek.declaration.titles import check_titles
from kartotek.declaration.workflow_file import Outline, outline_of, unread_outline
from kartotek.declaration.workflows import bound, with_workflows
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.problem import Place, Problem
from kartotek.model.settings import SiteSettings

_OF_SITE = frozenset({"unknown_role", "unknown_channel", "unknown_endpoint"})
_INVERSE = re.compile(r"""["']?inverse["']?\s*:\s*["']?(\w+)""")


@dataclass(frozen=True, slots=True)
class Loaded:
    """`catalog` is None where any problem is an error; warnings leave it standing."""

    catalog: Catalog | None
    problems: tuple[Problem, ...]


def load(documents: Mapping[str, str]) -> Loaded:
    """What {path within the site: text} declares. Pure; never raises for anything that can stand in a file."""
    return _loaded(tuple(sorted(documents.items())))


@lru_cache(maxsize=4)
def _loaded(items: tuple[tuple[str, str], ...]) -> Loaded:
    """Kept, because what is applied is asked for again at once by whoever serves it."""
    documents = dict(items)
    files, named_badly = type_files(documents)
    messages, misnamed = message_files(documents)
    flows, of_flows = workflow_files(documents)
    named = {SITE_FILE, *files.values(), *messages.values(), *flows}
    documents_read = {name: read(name, text) for name, text in documents.items() if name in named}
    problems = [*named_badly, *misnamed, *of_flows, *(one for _, found in documents_read.values() for one in found)]
    site = documents_read.get(SITE_FILE, (None, ()))[0]
    settings, of_settings = _settings(site, SITE_FILE in documents, files)
    unread = site is None or any(one.severity == "error" for one in of_settings)
    outlets = outlets_of(site, settings) if site and not unread else Outlets()
    outlines = [_outline(file, documents, documents_read[file][0], settings) for file in flows]
    by_type = bound(outlines, files)
    lost = frozenset(one.field for one in outlines if one.field and one not in by_type.values())
    drafts = {
        name: draft_of(document, name, settings, outline=by_type.get(name), lost=lost)
        if (document := documents_read[file][0]) is not None else hollow(Problems(Document(file, "")), name, settings)
        for name, file in files.items()
    }
    unbound = frozenset(drafts.keys() - by_type.keys() if len(by_type) < len(outlines) else ())
    types = _types(drafts, documents, by_type, _beside(messages, documents_read, outlets), unbound=unbound)
    texts = {name: document for name, file in messages.items() if (document := documents_read[file][0])}
    templates, of_texts = templates_of(texts, _around(drafts, types, documents, settings, flawed=unbound | _flawed(by_type)))
    all_drafts = [*drafts.values(), *(one.draft for one in outlines)]
    problems += [*of_settings, *outlets.problems, *of_texts, *(one for draft in all_drafts for one in draft.problems.found)]
    if unread:
        problems = [one for one in problems if one.code not in _OF_SITE]  # they may be what could not be read
    if any(problem.severity == "error" for problem in problems):
        return Loaded(None, in_order(problems))
    catalog = Catalog(
        settings=settings,
        types=MappingProxyType(types),
        hash=_hash(document for document, _ in documents_read.values() if document),
        templates=templates,
        channels=outlets.channels,
        endpoints=outlets.endpoints,
        documents=MappingProxyType(dict(documents)),
    )
    return Loaded(catalog, in_order(problems))


def _settings(document: Document | None, is_there: bool, types: Collection[str]) -> tuple[SiteSettings, tuple[Problem, ...]]:
    if document:
        return settings_of(document, types)
    missing = Problem(
        "",
        "missing_file",
        f"There is no {SITE_FILE}; it names the site, its languages and its roles.",
        place=Place(SITE_FILE),
    )
    return SiteSettings(), () if is_there else (missing,)


def _outline(file: str, documents: Mapping[str, str], document: Document | None, settings: SiteSettings) -> Outline:
    return outline_of(document, settings) if document else unread_outline(file, documents[file], settings)


def _beside(messages: Mapping[str, str], read: Mapping[str, Any], outlets: Outlets) -> Beside:
    values = {name: document.value if (document := read[file][0]) else None for name, file in messages.items()}
    templates = {name: str(value.get("record", "")) if isinstance(value, dict) else "" for name, value in values.items()}
    return Beside(templates, frozenset(outlets.channels), frozenset(outlets.endpoints))


def _around(
    drafts: Mapping[str, Draft], types: Mapping[str, RecordType], documents: Mapping[str, str], settings: SiteSettings,
    *, flawed: frozenset[str],
) -> Around:
    broken = frozenset(name for name, draft in drafts.items() if draft.is_hollow)
    return Around(types, settings.languages, _doubtful(drafts, documents), broken, flawed)


def _flawed(outlines: Mapping[str, Outline]) -> frozenset[str]:
    """The types whose workflow has errors, so that of it something may be missing."""
    return frozenset(name for name, one in outlines.items() if one.has_errors)


def _doubtful(drafts: Mapping[str, Draft], documents: Mapping[str, str]) -> frozenset[str]:
    """Every name that may be missing only because something else is wrong."""
    broken = {name for name, draft in drafts.items() if draft.doubtful}
    found = {one for draft in drafts.values() for one in draft.doubtful}
    for draft in drafts.values():
        if draft.name in broken:
            found |= set(_INVERSE.findall(documents[draft.problems.document.file]))
        found |= {spot.field.name for spot in draft.spots() if (link := spot.field.reference) and link.target in broken}
    return frozenset(found)


def _types(
    drafts: Mapping[str, Draft], documents: Mapping[str, str], outlines: Mapping[str, Outline], beside: Beside,
    *, unbound: frozenset[str],
) -> dict[str, RecordType]:
    types = linked(drafts)
    doubtful = _doubtful(drafts, documents)
    scope = scope_of(types)
    formulas = {name: Noted(draft, scope, doubtful) for name, draft in drafts.items()}
    for name, draft in drafts.items():
        types[name] = draft.record_type = with_formulas(formulas[name], types[name], types)
    check_titles(drafts, types, doubtful)
    is_ordered = check_derived(drafts, types)
    if is_ordered:
        types = with_readers(drafts, types)
        check_exposure(drafts, types)
    types = with_workflows(
        outlines, drafts, types, scope=scope, doubtful=doubtful, beside=beside, has_readers=is_ordered
    )
    for name, draft in drafts.items():
        check_compared(draft, formulas[name].checked, types, outlines)
    check_processes(drafts, types, unbound | _flawed(outlines))
    return types


def _hash(documents: Iterable[Document]) -> str:
    """Of what the documents mean; blanks and comments do not count, the order of fields does."""
    meaning = sorted((document.file, json.dumps(document.value)) for document in documents)
    return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()
