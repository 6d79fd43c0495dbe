"""Reads one file's text into a Document, or says what keeps it from being read."""

from __future__ import annotations

import re
from functools import lru_cache

from kartotek.declaration.document import Document, line_starts
from kartotek.declaration.json_text import build_json
from kartotek.declaration.quick_json import quick_document
from kartotek.declaration.tree import TreeBuilder
from kartotek.declaration.yaml_text import build_yaml
from kartotek.errors import DeclarationInvalid
from kartotek.model.problem import Problem

MAX_BYTES = 256 * 1024
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NOT_UTF8 = re.compile("[\ud800-\udfff]")


@lru_cache(maxsize=512)
def read(file: str, text: str) -> tuple[Document | None, tuple[Problem, ...]]:
    """The document, or None and why. Bytes that were not UTF-8 stand in the text as lone surrogates.

    Answers are kept: saving one file of a site leaves all others as they were. Nobody may change a document's value.
    """
    refused = _refused_text(file, text)
    if refused:
        return None, (refused,)
    if file.endswith(".json") and (quick := quick_document(file, text, lambda: _careful(file, text))):
        return quick, ()
    builder = TreeBuilder(file, text)
    try:
        (build_json if file.endswith(".json") else build_yaml)(builder, text)
    except DeclarationInvalid as error:
        return None, (*builder.problems, *error.problems)
    return (None if builder.problems else builder.document()), tuple(builder.problems)


def _careful(file: str, text: str) -> Document:
    builder = TreeBuilder(file, text)
    build_json(builder, text)
    return builder.document()


def _refused_text(file: str, text: str) -> Problem | None:
    place = Document(file, text, lines=line_starts(text)).at
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return Problem("", "too_large", f"The file is larger than {MAX_BYTES // 1024} KB.", place=place(0))
    if match := _NOT_UTF8.search(text):
        return Problem("", "encoding", "This is not UTF-8 text. Save the file as UTF-8.", place=place(match.start()))
    if text.startswith("\ufeff"):
        sentence = "The file begins with a byte order mark. Save it as UTF-8 without BOM."
        return Problem("", "encoding", sentence, place=place(0))
    if match := _CONTROL.search(text):
        sentence = f"The control character U+{ord(match.group()):04X} cannot stand in this file."
        return Problem("", "encoding", sentence, place=place(match.start()))
    if not text.strip():
        return Problem("", "empty", "The file is empty.", place=place(0))
    return None
