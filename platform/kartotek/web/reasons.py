"""Reasons: rules that may be overridden ask for one, in a box of the form; what was written there is sent back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request

from kartotek.model.catalog import RecordType
from kartotek.model.problem import Problem, pointer
from kartotek.web.sentences import rule_sentence, told

PREFIX = "~confirm/"
_CODE = "confirm_needed"


@dataclass(frozen=True, slots=True)
class Question:
    """One broken rule, and the reason for which it shall not count this time."""

    name: str
    sentence: str
    reason: str
    problems: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """An id that is safe in HTML."""
        return "confirm-" + "".join(one if one.isalnum() and one.isascii() else f"-{ord(one):x}" for one in self.name)


def given_reasons(record_type: RecordType) -> dict[str, str]:
    """{rule: reason} of the form that was sent, of the rules that ask for one, without the empty ones."""
    sent = {name: request.form.get(PREFIX + name, "").strip() for name in _rules(record_type)}
    return {name: text for name, text in sent.items() if text}


def questions(
    record_type: RecordType, problems: Sequence[Problem], reasons: Mapping[str, str]
) -> tuple[list[Question], list[Problem]]:
    """What has to be confirmed, and the problems that remain; a reason once given keeps its box."""
    asked = {str(one.params.get("name", "")): told(one, record_type) for one in problems if one.code == _CODE}
    asked |= {name: rule_sentence(record_type, name) for name in reasons if name not in asked}
    wrong = {one.path: told(one, record_type) for one in problems if one.path.startswith("/confirm/")}
    found = [
        Question(name, sentence, reasons.get(name, ""), tuple(text for path, text in wrong.items() if path == pointer("confirm", name)))
        for name, sentence in asked.items()
    ]
    return found, [one for one in problems if one.code != _CODE and one.path not in wrong]


def _rules(record_type: RecordType) -> list[str]:
    return [one.name for one in record_type.validations if one.level == "confirm"]
