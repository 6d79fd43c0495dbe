"""Reads YAML strictly: core-1.2 values only; anchors, tags, several documents and odd keys are refused with a place.

The parser's events are walked, not its tree: a bomb is refused before anything is built.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from kartotek.declaration.tree import TreeBuilder

_NULL = re.compile(r"(?:~|null|Null|NULL|)\Z")
_TRUE = re.compile(r"(?:true|True|TRUE)\Z")
_FALSE = re.compile(r"(?:false|False|FALSE)\Z")
_INTEGER = re.compile(r"(?:0|[-+]?[1-9][0-9]{0,399}|[-+]?0)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,200}|(?:0|[1-9][0-9]{0,200})(?:\.[0-9]{0,200})?)(?:[eE][-+]?[0-9]{1,4})?\Z")
_SENTENCES = (
    ("mapping values are not allowed", "A ':' cannot stand here. Put a text that contains ': ' in double quotes."),
    ("cannot start any token", "A text cannot begin like this. Put it in double quotes; indent with blanks, not tabs."),
    ("expected ',' or ']'", "Here ',' or ']' is expected."),
    ("expected ',' or '}'", "Here ',' or '}' is expected."),
    ("unexpected end of stream", "The text that begins here has no closing quote."),
    ("could not find expected ':'", "Here 'key: value' is expected."),
    ("expected <block end>", "The indentation does not fit what stands above."),
    ("expected the node content", "A value is expected here. Put a formula in double quotes."),
    (
        "unknown escape character",
        'After a backslash in double quotes only an escape such as \\n, \\t or \\" may stand.',
    ),
    ("undefined alias", "A text cannot begin with '*'. Put it in double quotes."),
)
_ANCHOR = "Anchors (&) and aliases (*) are not accepted. Write the value twice, or a text in double quotes."
_TAG = "Tags (!) are not accepted. Put a text that begins with '!' in double quotes."
_KEY = "A key is a text; a list or mapping cannot be one. Put a text with { or [ in double quotes."


def build_yaml(builder: TreeBuilder, text: str) -> None:
    """Tells the builder all that stands in the text. Raises DeclarationInvalid where it is not the YAML we accept."""
    walk = _Walk(builder)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            walk.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise builder.refusal(mark.index if mark else 0, "syntax", _sentence(str(error))) from error
    except yaml.reader.ReaderError as error:
        raise builder.refusal(0, "encoding", "A control character stands in this file.") from error
    walk.finish()


def _sentence(message: str) -> str:
    return next((sentence for part, sentence in _SENTENCES if part in message), "This is not YAML.")


class _Walk:
    """Turns events into calls of the builder."""

    def __init__(self, builder: TreeBuilder) -> None:
        self._builder = builder
        self._opened: list[bool] = []  # of each open container: is it a mapping
        self._expects_key = False
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        index = event.start_mark.index
        self._refuse_oddities(event, index)
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, index)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            self._begin(isinstance(event, yaml.MappingStartEvent), index)
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            self._builder.end()
            self._opened.pop()
            self._next()

    def finish(self) -> None:
        if not self._documents:
            raise self._builder.refusal(0, "empty", "The file is empty.")

    def _refuse_oddities(self, event: yaml.Event, index: int) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._builder.refusal(index, "anchor", _ANCHOR)
        if getattr(event, "tag", None):
            raise self._builder.refusal(index, "tag", _TAG)
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._builder.refusal(
                    index, "documents", "A second document (---) begins here; a file holds one."
                )

    def _scalar(self, event: yaml.ScalarEvent, index: int) -> None:
        if self._expects_key:
            if event.value == "<<" and not event.style:
                raise self._builder.refusal(index, "anchor", "Merging with '<<' is not accepted.")
            self._builder.key(event.value, index)
            self._expects_key = False
            return
        self._builder.scalar(self._value(event, index), index)
        self._next()

    def _value(self, event: yaml.ScalarEvent, index: int) -> Any:
        if "\0" in event.value or any("\ud800" <= character <= "\udfff" for character in event.value):
            raise self._builder.refusal(index, "encoding", "This text contains a character that cannot be stored.")
        value = event.value if event.style else core_value(event.value)
        if value in (float("inf"), float("-inf")):
            raise self._builder.refusal(index, "number", "This number is too large.")
        return value

    def _begin(self, is_mapping: bool, index: int) -> None:
        if self._expects_key:
            raise self._builder.refusal(index, "key", _KEY)
        self._builder.begin({} if is_mapping else [], index)
        self._opened.append(is_mapping)
        self._next()

    def _next(self) -> None:
        self._expects_key = bool(self._opened) and self._opened[-1]


def core_value(plain: str) -> Any:
    """The value of an unquoted text by YAML 1.2's core schema, without its octal, hexadecimal, .inf and .nan forms."""
    if _NULL.match(plain):
        return None
    if _TRUE.match(plain):
        return True
    if _FALSE.match(plain):
        return False
    if _INTEGER.match(plain):
        return int(plain)
    return float(plain) if _FLOAT.match(plain) else plain
