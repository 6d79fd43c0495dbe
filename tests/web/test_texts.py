"""Texts: the translations are whole, in step with the pages, and compiled."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from kartotek.model.messages import MESSAGES
from kartotek.model.outcomes import OUTCOMES
from kartotek.web import texts

FILES = texts.files()


def _ids(catalog: object) -> set[object]:
    return {one.id for one in catalog if one.id}  # type: ignore[attr-defined]


def _read(po: Path) -> object:
    with po.open("rb") as stream:
        return read_po(stream)


def test_there_is_chinese() -> None:
    assert [po.parent.parent.name for po in FILES] == ["zh"]


@pytest.mark.parametrize("po", FILES, ids=lambda po: po.parent.parent.name)
def test_every_text_of_the_pages_is_translated(po: Path) -> None:
    kept = _read(po)
    assert _ids(kept) == _ids(texts.gathered()), "run: python -m kartotek.web.texts"
    empty = [one.id for one in kept if one.id and not (all(one.string) if isinstance(one.string, tuple | list) else one.string)]  # type: ignore[attr-defined]
    assert not empty


@pytest.mark.parametrize("po", FILES, ids=lambda po: po.parent.parent.name)
def test_every_problem_has_a_translated_sentence_with_the_same_parameters(po: Path) -> None:
    kept = _read(po)
    for code, sentence in (*MESSAGES.items(), *OUTCOMES.items()):
        if sentence != "{sentence}":
            translated = kept.get(sentence).string  # type: ignore[attr-defined]
            assert translated, code
            assert _braces(translated) <= _braces(sentence), code


@pytest.mark.parametrize("po", FILES, ids=lambda po: po.parent.parent.name)
def test_the_compiled_file_is_of_this_source(po: Path) -> None:
    assert po.with_suffix(".mo").read_bytes() == texts.compiled(texts.updated(po)), "run: python -m kartotek.web.texts"


def _braces(text: str) -> set[str]:
    return {part.split("}")[0] for part in text.split("{")[1:]}
