"""Layers: a site and the bases it extends, which of their documents count, and the types that both speak of put into one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from kartotek.declaration.document import Document, Path
from kartotek.declaration.folder_names import SITE_FILE, base_mark, message_files, type_files, workflow_files
from kartotek.declaration.foreign import is_foreign
from kartotek.declaration.foreign_overlay import checked_rights
from kartotek.declaration.overlay import EXTENDS, overlaid
from kartotek.declaration.problems import Problems
from kartotek.declaration.reading import read
from kartotek.declaration.site_layers import settled
from kartotek.declaration.suggest import did_you_mean
from kartotek.model.problem import Problem

Read = tuple[Document | None, tuple[Problem, ...]]
_EXTENDED = re.compile(r"""^["']?extends["']?\s*:""", re.MULTILINE)


@dataclass(slots=True)
class Layers:
    """What counts of a site: {type: document}, {message: document}, workflows, and all of them read, overlays put on their bases.

    `rights` are overlays of foreign types, which say who may do what with their records; `ours` are files that cannot be
    read and stand above a type of our own. A site that is `adrift` cannot be told without its base; the problems say why.
    """

    files: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    flows: dict[str, str] = field(default_factory=dict)
    site: Read = (None, ())
    read: dict[str, Read] = field(default_factory=dict)
    rights: dict[str, Document] = field(default_factory=dict)
    ours: set[str] = field(default_factory=set)
    named_badly: tuple[Problem, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    adrift: bool = False

    @property
    def meaning(self) -> Iterator[Document]:
        """All that counts, as read."""
        yield from (document for document, _ in (self.site, *self.read.values()) if document is not None)
        yield from self.rights.values()


def layers_of(documents: Mapping[str, str], prefix: str = "") -> Layers:
    """The layers of {path within the site: text}, in which a base's documents stand under its mark, as @base/site.yaml."""
    found = _own(documents, prefix)
    site = found.site[0]
    extends = site.value.get("extends") if site is not None and isinstance(site.value, dict) else None
    if site is None:
        found.adrift = _EXTENDED.search(documents.get(prefix + SITE_FILE, "")) is not None
    elif extends is not None:
        _extend(found, extends, documents, prefix)
    else:
        for name in found.files:
            _refuse_lone(found, name, prefix)
    return found


def _own(documents: Mapping[str, str], prefix: str) -> Layers:
    """One layer by itself."""
    texts = {name.removeprefix(prefix): text for name, text in documents.items() if name.startswith(prefix)}
    beside = _beside(texts, prefix)
    files, named_badly = type_files(texts.keys() - beside)
    messages, misnamed = message_files(texts)
    flows, of_flows = workflow_files(texts)
    found = Layers(
        {name: prefix + file for name, file in files.items()}, {name: prefix + file for name, file in messages.items()},
        {file: prefix + file for file in flows}, named_badly=_placed(named_badly, prefix),
        problems=[*_placed((*misnamed, *of_flows), prefix)],
    )
    wanted = {*found.files.values(), *found.messages.values(), *found.flows.values()}
    found.read = {name: read(name, text) for name, text in documents.items() if name in wanted}
    if SITE_FILE in texts:
        found.site = read(prefix + SITE_FILE, texts[SITE_FILE])
    for name in sorted(beside):
        _lay_beside(found, prefix + name, texts[name])
    return found


def _beside(texts: Mapping[str, str], prefix: str) -> set[str]:
    """The overlays that stand in one folder with what they extend: person.yaml beside a person.json that others wrote."""
    others = {name: f"{name.rpartition('.')[0]}{'.yaml' if name.endswith('.json') else '.json'}" for name in texts if name.startswith("schemas/")}
    paired = {name for name, other in others.items() if other in texts}
    read_now = {name: read(prefix + name, texts[name])[0] for name in paired}
    overlays = {name for name, document in read_now.items() if document is not None and _is_overlay(document)}
    return {name for name in overlays if others[name] not in overlays}


def _lay_beside(found: Layers, file: str, text: str) -> None:
    document = read(file, text)[0]
    assert document is not None
    told, name = Problems(document), PurePosixPath(file).stem
    below = found.files.get(name, "")
    if not below or not _is_named(told, document, name):
        found.problems += told.found
    elif found.read[below][0] is not None and is_foreign(found.read[below][0], ""):
        found.rights[name], refused = checked_rights(document, None)
        found.problems += refused
    else:
        sentence = f"'{name}' is declared in this folder itself, by {below}: change it there. An overlay changes types of a base."
        told.error((EXTENDS,), "extends", sentence)
        found.problems += told.found


def _placed(problems: tuple[Problem, ...], prefix: str) -> tuple[Problem, ...]:
    return tuple(
        replace(one, place=replace(one.place, file=prefix + one.place.file)) if one.place else one for one in problems
    )


def _extend(found: Layers, extends: Any, documents: Mapping[str, str], prefix: str) -> None:
    """Puts the layer on that of its base."""
    mark = prefix + base_mark(extends) if extends and isinstance(extends, str) else ""
    if not mark or f"{mark}/{SITE_FILE}" not in documents:
        found.adrift = True
        if mark:
            site = found.site[0]
            assert site is not None
            reason = documents.get(mark, f"The base '{extends}' was not read.")
            found.problems.append(Problem("/extends", "base", reason, place=site.value_place(("extends",))))
        return
    base = layers_of(documents, f"{mark}/")
    found.problems += base.problems
    found.named_badly += base.named_badly
    found.adrift = base.adrift or base.site[0] is None
    if found.adrift:
        found.problems += base.site[1]
        return
    _settle(found, base)
    for name in [*found.files]:
        _lay(found, base, name)
    _take_over(found, base)


def _settle(found: Layers, base: Layers) -> None:
    (site, problems), (below, of_base) = found.site, base.site
    if site is not None and below is not None:
        site, refused = settled(site, below)
        found.problems += refused
    found.site = site, (*problems, *of_base)


def _lay(found: Layers, base: Layers, name: str) -> None:
    """One type's document on that of the base."""
    file = found.files[name]
    document, problems = found.read[file]
    below = base.files.get(name, "")
    is_above_ours = below != "" and not _is_foreign(base, below)
    if document is None:
        found.ours |= {file} if is_above_ours else set()
        return
    told = Problems(document)
    if not _is_overlay(document):
        if below:
            sentence = (
                f"The base declares '{name}' already ({below}). Write \"{EXTENDS}\": \"{name}\" to change it, or give "
                "this type another name."
            )
            told.error((), "extends", sentence)
            found.files[name] = below
    elif _is_named(told, document, name) and not below:
        hint = did_you_mean(name, base.files)
        told.error((EXTENDS,), "extends", f"The base has no type '{name}'.{hint}")
    elif not told.found and not is_above_ours:
        found.files[name] = below
        found.rights[name], refused = checked_rights(document, base.rights.get(name))
        found.problems += refused
    elif not told.found:
        _overlay(found, base.read[below], file)
    found.problems += told.found
    if told.found and file in found.files.values():
        found.read[file] = None, problems  # nothing is known of its fields
    elif found.files[name] != file:
        del found.read[file]


def _is_foreign(base: Layers, below: str) -> bool:
    document = base.read[below][0]
    return document is not None and is_foreign(document, "")


def _overlay(found: Layers, below: Read, file: str) -> None:
    document, problems = found.read[file]
    base, of_base = below
    assert document is not None
    if base is None or not isinstance(base.value, dict):
        found.read[file] = base, (*problems, *of_base)
        return
    whole, refused = overlaid(document, base)
    found.problems += refused
    found.read[file] = whole, problems


def _refuse_lone(found: Layers, name: str, prefix: str) -> None:
    file = found.files[name]
    document, problems = found.read[file]
    if document is None or not _is_overlay(document):
        return
    told = Problems(document)
    sentence = f"There is nothing that this could extend: {prefix}{SITE_FILE} names no base. Add 'extends' to it."
    told.error((EXTENDS,), "extends", sentence)
    found.problems += told.found
    found.read[file] = None, problems


def _is_overlay(document: Document) -> bool:
    return isinstance(document.value, dict) and EXTENDS in document.value


def _is_named(told: Problems, document: Document, name: str) -> bool:
    """Whether the overlay extends the type that its file is named after."""
    extended = document.value[EXTENDS]
    if extended == name:
        return True
    path: Path = (EXTENDS,)
    if isinstance(extended, str):
        suffix = PurePosixPath(document.file).suffix
        told.error(path, "extends", f"This file extends '{name}', by its own name. Rename it to {extended}{suffix}, or write '{name}' here.")
    else:
        told.error(path, "extends", f"Write the name of the type that this extends: \"{name}\".")
    return False


def _take_over(found: Layers, base: Layers) -> None:
    """What the layer does not replace."""
    found.files = {**base.files, **found.files}
    found.messages = {**base.messages, **found.messages}
    found.flows = {**base.flows, **found.flows}
    found.rights = {**base.rights, **found.rights}
    found.ours |= base.ours
    counting = {*found.files.values(), *found.messages.values(), *found.flows.values()}
    found.read |= {name: one for name, one in base.read.items() if name in counting}
