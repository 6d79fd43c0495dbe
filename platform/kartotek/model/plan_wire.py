"""Plans as plain JSON: for programs at every door, and for what is kept of them with the catalog that they led to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kartotek.model.plan import Answers, Finding, Plan, PlannedStep, Question
from kartotek.model.problem import Problem

Wire = dict[str, Any]


def plan_wire(plan: Plan) -> Wire:
    """All of a plan; `confirm` is what has to be typed for it, `blocks` how many seconds nobody can write."""
    return {
        "hash": plan.hash, "base": plan.base, "verdict": plan.verdict, "counted": plan.counted,
        "confirm": list(plan.to_confirm), "seconds": round(plan.seconds, 1), "blocks": round(plan.blocks, 3),
        "steps": [step_wire(one) for one in plan.steps],
        "questions": [_question(one) for one in plan.questions],
        "problems": [problem_wire(one) for one in plan.problems],
    }


def step_wire(step: PlannedStep) -> Wire:
    """One step, with what the records there are say to it; its SQL only where it was asked for."""
    made: Wire = {
        "number": step.number, "type": step.type, "action": step.action, "verdict": step.verdict, "words": step.words,
        "code": step.code, "params": dict(step.params), "path": list(step.path), "rule": step.rule, "former": list(step.former),
        "file": step.file, "finding": _finding(step.finding), "touches": [one.words for one in step.touches], "confirm": step.confirm,
        "seconds": round(step.seconds, 1), "blocks": round(step.blocks, 3),
    }
    return made | {"sql": list(step.sql)} if step.sql else made


def kept_wire(step: PlannedStep) -> Wire:
    """The same as it is kept: which records were given as examples, and not what stood in them, which would outlive them."""
    made = step_wire(step)
    if made["finding"] is not None:
        made["finding"] = discreet(made["finding"])
    return made


def discreet(finding: Mapping[str, Any]) -> Wire:
    """A finding without anything that stands in records."""
    sample = [{**one, "title": "", "value": "", "problem": ""} for one in finding.get("sample", ())]
    return {**finding, "sample": sample}


def problem_wire(one: Problem) -> Wire:
    """A problem of the declarations with its place in a file."""
    place = {"file": one.place.file, "line": one.place.line, "column": one.place.column} if one.place else None
    return {**one.wire(), "place": place, "severity": one.severity}


def answers_wire(answers: Answers) -> Wire:
    """What the owner has decided beforehand."""
    return {"options": {name: dict(each) for name, each in answers.options.items()}}


def answers_of(wire: Mapping[str, Any]) -> Answers:
    """The same read back."""
    return Answers(options=dict(wire.get("options", {})))


def _finding(finding: Finding | None) -> Wire | None:
    if finding is None:
        return None
    sample = [{"id": one.id, "title": one.title, "value": one.value, "problem": one.problem, "type": one.type} for one in finding.sample]
    return {
        "concerned": finding.concerned, "failing": finding.failing, "altered": finding.altered, "sample": sample,
        "broken": finding.broken, "returning": finding.returning,
    }


def _question(one: Question) -> Wire:
    return {"type": one.type, "old": list(one.old), "new": list(one.new), "words": one.words}
