"""Documents → a checked, linked Catalog, or all that is wrong with them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from kartotek.declaration.aliases import check_aliases
from kartotek.declaration.attach import with_formulas
from kartotek.declaration.bases import Layers, layers_of
from kartotek.declaration.derived import check_derived
from kartotek.declaration.document import Document
from kartotek.declaration.draft import Draft
from kartotek.declaration.encryption import check_encryption
from kartotek.declaration.exposure import check_exposure
from kartotek.declaration.folder_names import SITE_FILE, is_schema
from kartotek.declaration.flow import Beside, Noted
from kartotek.declaration.foreign import Foreign, draft_of_foreign, foreign_type, is_foreign, told
from kartotek.declaration.foreign_overlay import with_rights
from kartotek.declaration.formulas import scope_of
from kartotek.declaration.levels import check_states
from kartotek.declaration.link import linked
from kartotek.declaration.messages import Around, templates_of
from kartotek.declaration.outlets import Outlets, outlets_of
from kartotek.declaration.problems import Problems
from kartotek.declaration.process_checks import check_processes
from kartotek.declaration.record_file import draft_of, hollow
from kartotek.declaration.report import in_order
from kartotek.declaration.site_file import settings_of
from kartotek.declaration.state_names import check_compared
from kartotek.declaration.subjects import check_subjects
from kartotek.declaration.taint import with_readers
from kartotek.declaration.titles import check_titles
from kartotek.declaration.workflow_file import Outline, outline_of, unread_outline
from kartotek.declaration.workflows import bound, with_workflows
from kartotek.model.catalog import Catalog, RecordType
from kartotek.model.problem import Place, Problem
from kartotek.model.settings import SiteSettings

_OF_SITE = frozenset({"unknown_role", "unknown_channel", "unknown_endpoint"})
_NAMING = ("references", "record", "type", "create")  # the keys under which files name record types
_INVERSE = re.compile(r"""["']?inverse["']?\s*:\s*["']?(\w+)""")


@dataclass(frozen=True, slots=True)
class Loaded:
    """`catalog` is None where any problem is an error; warnings leave it standing.

    A foreign schema that cannot be a record type is an error too, but is only left out: the catalog does without it.
    """

    catalog: Catalog | None
    problems: tuple[Problem, ...]


def load(documents: Mapping[str, str], *, notes: bool = True) -> Loaded:
    """What {path within the site: text} declares. Pure; never raises for anything that can stand in a file.

    Without `notes` those about foreign schemas are left out, which are dear when there are many of them.
    """
    return _loaded(tuple(sorted(documents.items())), notes)


@lru_cache(maxsize=4)
def _loaded(items: tuple[tuple[str, str], ...], notes: bool) -> Loaded:
    """Kept, because what is applied is asked for again at once by whoever serves it."""
    documents = dict(items)
    layers = layers_of(documents)
    files, messages, flows, documents_read = layers.files, layers.messages, layers.flows.values(), layers.read
    site, unread_site = layers.site
    settings, of_settings = _settings(site, SITE_FILE in documents, files)
    if layers.adrift:
        adrift = [*unread_site, *of_settings, *layers.problems, *_unread(documents_read, ())]
        return Loaded(None, in_order(one for one in adrift if one.code != "unknown_type"))
    others = {name: file for name, file in files.items() if file not in layers.ours}
    foreign = _foreign(others, documents, documents_read, settings)
    aside = _aside(files, foreign, layers.named_badly, documents)
    needed = _needed({name for name, file in files.items() if file in aside}, documents_read, foreign)
    files = {name: file for name, file in files.items() if file not in aside or name in needed}
    problems = [*unread_site, *layers.named_badly]
    problems += _unread(documents_read, {one.file for one in foreign.values()})
    unread = site is None or any(one.severity == "error" for one in of_settings)
    outlets = outlets_of(site, settings) if site and not unread else Outlets()
    outlines = [_outline(file, documents, documents_read[file][0], settings) for file in flows]
    by_type = bound(outlines, files, foreign)
    drafts = _drafts(files, documents, layers, settings, flows=(by_type, outlines), foreign=foreign)
    unbound = frozenset(drafts.keys() - by_type.keys() if len(by_type) < len(outlines) else ())
    types = _types(drafts, by_type, _beside(messages, documents_read, outlets), unbound=unbound)
    texts = {name: document for name, file in messages.items() if (document := documents_read[file][0])}
    templates, of_texts = templates_of(texts, _around(drafts, types, settings, flawed=unbound | _flawed(by_type)))
    all_drafts = [*drafts.values(), *(one.draft for one in outlines)]
    problems += [*of_settings, *outlets.problems, *of_texts, *(one for draft in all_drafts for one in draft.problems.found)]
    for each in foreign.values():
        problems += told(each, documents_read[each.file][0]) if notes else each.problems
    problems = _with(layers.problems, problems)
    if unread:
        problems = [one for one in problems if one.code not in _OF_SITE]  # they may be what could not be read
    if needed or any(one.severity == "error" and (one.place is None or one.place.file not in aside) for one in problems):
        return Loaded(None, in_order(problems))
    kept = {name: text for name, text in documents.items() if name not in aside}
    catalog = Catalog(
        settings=settings,
        types=MappingProxyType(types),
        hash=_hash(document for document in layers.meaning if document.file in kept),
        templates=templates,
        channels=outlets.channels,
        endpoints=outlets.endpoints,
        documents=MappingProxyType(kept),
    )
    return Loaded(catalog, in_order(problems))


Read = Mapping[str, tuple[Document | None, tuple[Problem, ...]]]


def _foreign(
    files: Mapping[str, str], documents: Mapping[str, str], read: Read, settings: SiteSettings
) -> dict[str, Foreign]:
    """{record type: what it comes to} of the schemas that other people wrote."""
    return {
        name: foreign_type(file, name, documents[file], settings.timezone)
        for name, file in files.items() if is_foreign(read[file][0], documents[file])
    }


def _aside(
    files: Mapping[str, str], foreign: Mapping[str, Foreign], named_badly: Iterable[Problem], documents: Mapping[str, str]
) -> frozenset[str]:
    """The foreign schemas that cannot be record types; all others go on without them."""
    refused = {files[name] for name, one in foreign.items() if one.record_type is None}
    misnamed = {one.place.file for one in named_badly if one.place is not None}
    return frozenset(refused | {file for file in misnamed if is_schema(file) and is_foreign(None, documents[file])})


def _with(of_layers: Sequence[Problem], problems: Sequence[Problem]) -> list[Problem]:
    """All of both: what is wrong within an overlay is found in it, and again in what it makes of its base."""
    told = {(one.place, one.code) for one in of_layers}
    return [*of_layers, *(one for one in problems if (one.place, one.code) not in told)]


def _needed(refused: Set[str], read: Read, foreign: Mapping[str, Foreign]) -> set[str]:
    """Those of the types that cannot be one which other files name: without them the others cannot go on either."""
    ours = (document.value for document, _ in read.values() if document and document.file not in {one.file for one in foreign.values()})
    return {name for value in ours for name in _named_types(value)} & refused if refused else set()


def _named_types(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (one for key in _NAMING if isinstance(one := value.get(key), str))
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _named_types(one)


def _unread(read: Read, foreign: Collection[str]) -> list[Problem]:
    return [one for file, (_, found) in read.items() if file not in foreign for one in found]


def _drafts(
    files: Mapping[str, str], documents: Mapping[str, str], layers: Layers, settings: SiteSettings,
    *, flows: tuple[Mapping[str, Outline], Sequence[Outline]], foreign: Mapping[str, Foreign],
) -> dict[str, Draft]:
    by_type, outlines = flows
    lost = frozenset(one.field for one in outlines if one.field and one not in by_type.values())
    drafts: dict[str, Draft] = {}
    for name, file in files.items():
        document = layers.read[file][0]
        if document is None or (name in foreign and foreign[name].record_type is None):
            drafts[name] = hollow(Problems(Document(file, documents[file])), name, settings)
        elif name in foreign:
            drafts[name] = draft_of_foreign(foreign[name], document, settings, rights=layers.rights.get(name))
        else:
            drafts[name] = draft_of(document, name, settings, outline=by_type.get(name), lost=lost)
    return drafts


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
    drafts: Mapping[str, Draft], types: Mapping[str, RecordType], settings: SiteSettings, *, flawed: frozenset[str],
) -> Around:
    broken = frozenset(name for name, draft in drafts.items() if draft.is_hollow)
    return Around(types, settings.languages, _doubtful(drafts), broken, flawed)


def _flawed(outlines: Mapping[str, Outline]) -> frozenset[str]:
    """The types whose workflow has errors, so that of it something may be missing."""
    return frozenset(name for name, one in outlines.items() if one.has_errors)


def _doubtful(drafts: Mapping[str, Draft]) -> frozenset[str]:
    """Every name that may be missing only because something else is wrong."""
    broken = {name for name, draft in drafts.items() if draft.doubtful}
    found = {one for draft in drafts.values() for one in draft.doubtful}
    for draft in drafts.values():
        if draft.name in broken:
            found |= set(_INVERSE.findall(draft.problems.document.text))
        found |= {spot.field.name for spot in draft.spots() if (link := spot.field.reference) and link.target in broken}
    return frozenset(found)


def _types(
    drafts: Mapping[str, Draft], outlines: Mapping[str, Outline], beside: Beside, *, unbound: frozenset[str],
) -> dict[str, RecordType]:
    types = linked(drafts)
    check_aliases(drafts)
    doubtful = _doubtful(drafts)
    scope = scope_of(types)
    foreign = {name: draft for name, draft in drafts.items() if types[name].foreign}
    drafts = {name: draft for name, draft in drafts.items() if name not in foreign}
    formulas = {name: Noted(draft, scope, doubtful) for name, draft in drafts.items()}
    for name, draft in drafts.items():
        types[name] = draft.record_type = with_formulas(formulas[name], types[name], types)
    for name, draft in foreign.items():
        types[name] = with_rights(Noted(draft, scope, doubtful), types[name])
    check_subjects(drafts, types)
    check_encryption(drafts, types)
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
    check_states(drafts, types, unbound | _flawed(outlines))
    check_processes(drafts, types, unbound | _flawed(outlines))
    return types


def _hash(documents: Iterable[Document]) -> str:
    """Of what the documents mean; blanks and comments do not count, the order of fields does."""
    meaning = sorted((document.file, json.dumps(document.value)) for document in documents)
    return hashlib.sha256(json.dumps(meaning).encode()).hexdigest()
