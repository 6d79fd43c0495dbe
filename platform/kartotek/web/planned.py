"""Planned: the steps of a plan as a page shows them, in the visitor's language and grouped by type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from kartotek.model.conversion_texts import WAYS
from kartotek.model.finding_texts import FOUND, found_code, found_words
from kartotek.model.plan import Plan, PlannedStep, Question, Touch
from kartotek.model.plan_texts import QUESTIONS, STEPS, TOUCHES, UNTIL_NOW
from kartotek.web.current import engine


@dataclass(frozen=True, slots=True)
class Group:
    """The steps of one type; `name` is "" for the site's own."""

    name: str
    title: str
    steps: tuple[PlannedStep, ...]


def grouped(plan: Plan, language: str) -> list[Group]:
    """The steps by their types, in the order in which each comes first; their numbers stay."""
    types = engine().catalog().types
    found: dict[str, list[PlannedStep]] = {}
    for step in plan.steps:
        found.setdefault(step.type, []).append(step)
    return [
        Group(name, types[name].plural_label(language) if name in types else name, tuple(steps))
        for name, steps in found.items()
    ]


def step_words(step: PlannedStep | Mapping[str, Any]) -> str:
    """The sentence of a step, or of one as it was kept, in the current language."""
    if isinstance(step, PlannedStep):
        return _said(STEPS, step.code, step.params, step.words)
    return _said(STEPS, step.get("code", ""), step.get("params", {}), step.get("words", ""))


def step_alone(step: PlannedStep) -> str:
    """The same under the heading of its type, whose name it need not begin with."""
    words = step_words(step).removeprefix(step.type).lstrip(":： ")
    return words[:1].upper() + words[1:]


def reason_words(reason: str) -> str:
    """Why a version came into service: what somebody wrote, or one of our own sentences in the current language."""
    ours = {
        "The files were changed.": gettext("The files were changed."), "The site was started.": gettext("The site was started."),
    }  # fmt: skip
    return ours.get(reason, reason)


def finding_words(step: PlannedStep) -> str:
    """What the records there are say to a step, "" where it is not about them."""
    told = found_code(step)
    return _said(FOUND, *told, found_words(step)) if told is not None else ""


def touch_words(touch: Touch) -> str:
    """The sentence about something else that a step has to do with."""
    sentence = _said(TOUCHES, touch.code, touch.params, touch.words)
    return gettext(UNTIL_NOW).format(sentence=sentence) if touch.past else sentence


def question_words(question: Question) -> str:
    """What the owner is asked."""
    return _said(QUESTIONS, question.code, question.params, question.words)


def _said(known: Mapping[str, str], code: str, params: Mapping[str, Any], words: str) -> str:
    if code not in known:
        return words
    try:
        if params.get("way"):
            params = {**params, "how": f" ({gettext(WAYS[params['way']]).format(name=params['name'])})"}
        return str(gettext(known[code])).format_map(params)
    except (KeyError, IndexError, ValueError):
        return words
