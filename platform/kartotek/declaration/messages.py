"""templates/messages/*.yaml → message templates, every value in them a checked formula."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType
from typing import Any

from kartotek.declaration.document import Document, Path
from kartotek.declaration.formulas import scope_of
from kartotek.declaration.message_texts import TextError, pieces_of
from kartotek.declaration.metafiles import MESSAGE
from kartotek.declaration.problems import Problems
from kartotek.declaration.shape import check_shape
from kartotek.declaration.suggest import did_you_mean
from kartotek.formula.scope import Scope
from kartotek.formula.types import DATE, INSTANT
from kartotek.model.catalog import RecordType
from kartotek.model.formula import Type
from kartotek.model.problem import Problem
from kartotek.model.process import Each, LinkTo, MessageTemplate, Piece, When
from kartotek.model.workflow import LinkEffect, Workflow


@dataclass(frozen=True, slots=True)
class Around:
    """What messages are checked against; `broken` are the types of which not all is known, `doubtful` names gone with that.

    `flawed` are types whose workflow has problems, so that links may be missing.
    """

    types: Mapping[str, RecordType]
    languages: Sequence[str]
    doubtful: frozenset[str]
    broken: frozenset[str]
    flawed: frozenset[str] = frozenset()


def templates_of(documents: Mapping[str, Document], around: Around) -> tuple[Mapping[str, MessageTemplate], list[Problem]]:
    """{name: template} of {name: document}, and all that is wrong."""
    scope = scope_of(around.types)
    found: dict[str, MessageTemplate] = {}
    problems: list[Problem] = []
    for name, document in documents.items():
        reader = _Reader(Problems(document), around, scope)
        template = reader.template(name)
        problems += reader.problems.found
        if template is not None:
            found[name] = template
    return MappingProxyType(found), problems


@dataclass(frozen=True, slots=True)
class _Reader:
    problems: Problems
    around: Around
    scope: Scope

    def template(self, name: str) -> MessageTemplate | None:
        check_shape(self.problems, MESSAGE)
        if self.problems.found:
            return None
        declared: Mapping[str, Any] = self.problems.document.value
        record = declared["record"]
        if record not in self.around.types:
            hint = did_you_mean(record, self.around.types)
            self.problems.error(("record",), "unknown_type", f"There is no record type '{record}'.{hint}")
            return None
        if record in self.around.broken:
            return None
        subject, body = self._texts("subject", record), self._texts("body", record)
        if record not in self.around.flawed:
            self._check_links(record, {"subject": subject, "body": body})
        self._note_languages(declared)
        purpose = declared.get("purpose", "service")
        file = self.problems.document.file
        return MessageTemplate(name=name, record=record, body=body, subject=subject, purpose=purpose, file=file)

    def _texts(self, key: str, record: str) -> Mapping[str, tuple[Piece, ...]]:
        declared = self.problems.document.value.get(key, {})
        if isinstance(declared, str):
            return MappingProxyType({self.around.languages[0]: self._pieces((key,), declared, record)})
        return MappingProxyType({tag: self._pieces((key, tag), text, record) for tag, text in declared.items()})

    def _pieces(self, path: Path, text: str, record: str) -> tuple[Piece, ...]:
        names = {"record": Type("record", record=record), "meta": Type("meta"), "now": INSTANT, "today": DATE}
        tell = self._told(path, text)
        try:
            return pieces_of(text, Scope(names, self.scope.members), tell)
        except TextError as error:
            tell(error.offset, error.code, error.sentence)
            return ()

    def _told(self, path: Path, text: str) -> Callable[[int, str, str], None]:
        def tell(offset: int, code: str, sentence: str) -> None:
            around = re.findall(r"\w+", text[max(0, text.rfind("{", 0, offset)) : text.find("}", offset)])
            if not self.around.doubtful & set(around):
                self.problems.error_inside(path, offset, code, sentence)

        return tell

    def _check_links(self, record: str, texts: Mapping[str, Mapping[str, tuple[Piece, ...]]]) -> None:
        known = sorted(_links_of(self.around.types[record].workflow))
        for key, by_language in texts.items():
            for tag, pieces in by_language.items():
                for link in _links_in(pieces):
                    if link.name not in known:
                        self._tell_link(key, tag, link.name, known)

    def _tell_link(self, key: str, tag: str, name: str, known: Sequence[str]) -> None:
        declared = self.problems.document.value[key]
        path: Path = (key,) if isinstance(declared, str) else (key, tag)
        text = declared if isinstance(declared, str) else declared[tag]
        sentence = f"No effect of the workflow makes a link '{name}'.{did_you_mean(name, known)}"
        self.problems.error_inside(path, max(0, text.find(f"link.{name}")), "unknown_link", sentence)

    def _note_languages(self, declared: Mapping[str, Any]) -> None:
        for key in ("subject", "body"):
            texts = declared.get(key)
            missing = [tag for tag in self.around.languages if isinstance(texts, Mapping) and tag not in texts]
            if missing:
                first = next(iter(texts)) if isinstance(texts, Mapping) else ""
                sentence = f"There is no text in {', '.join(missing)}; people who read that get it in {first}."
                self.problems.note((key,), "untranslated", sentence)


def _links_in(pieces: Sequence[Piece]) -> Iterator[LinkTo]:
    for piece in pieces:
        if isinstance(piece, LinkTo):
            yield piece
        elif isinstance(piece, When):
            yield from _links_in((*piece.then, *piece.otherwise))
        elif isinstance(piece, Each):
            yield from _links_in(piece.pieces)


def _links_of(workflow: Workflow | None) -> set[str]:
    """The names of the links that effects of the workflow make."""
    if workflow is None:
        return set()
    of_transitions = (one.effects for one in workflow.transitions.values())
    of_schedules = (one.effects for one in workflow.schedules.values())
    of_clocks = (limit.effects for one in workflow.clocks.values() for limit in one.limits)
    effects = chain.from_iterable(chain(of_transitions, of_schedules, of_clocks))
    return {one.name for one in effects if isinstance(one, LinkEffect)}
