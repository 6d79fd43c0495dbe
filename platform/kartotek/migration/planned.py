"""Planned: a step as it is told to somebody who decides about it."""

from __future__ import annotations

from typing import Any

from kartotek.migration.step import Step
from kartotek.model.plan import PlannedStep


def planned(number: int, step: Step, **more: Any) -> PlannedStep:
    """The step under its number; `more` is what the records there are say to it."""
    return PlannedStep(
        number=number, type=step.type, action=step.action, verdict=step.verdict, words=step.words, path=step.path,
        former=step.former, rule=step.rule, file=step.file, code=step.code, params=step.params, confirm=_to_type(step), **more,
    )


def _to_type(step: Step) -> str:
    """What has to be typed for a step: the name of what it is about, so that nobody confirms what he has not read."""
    if step.verdict != "confirm":
        return ""
    return ".".join((step.type or "site", *(step.path or ([step.rule] if step.rule else ()))))
