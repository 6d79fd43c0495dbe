"""Levels: what a broken rule comes to: a refusal, a question, an override whose reason is kept, or no more than a word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from kartotek.kinds.storable import is_storable
from kartotek.model.actor import Actor
from kartotek.model.catalog import Validation
from kartotek.model.problem import Problem, pointer, problem
from kartotek.rules.ruleset import Ruleset

LONGEST_REASON = 500


def weighed(
    broken: Iterable[Validation], reasons: Mapping[str, str], actor: Actor
) -> tuple[tuple[Problem, ...], dict[str, Any]]:
    """(what keeps the record from being saved, what history is to say of the rules that do not)."""
    problems: list[Problem] = []
    confirmed: dict[str, str] = {}
    warnings: list[str] = []
    for one in broken:
        if one.level == "warning":
            warnings.append(one.name)
        elif one.level == "error" or not may_override(one, actor, reasons):
            problems.append(sentence_of(one, "validation", actor.language))
        elif not reasons.get(one.name, "").strip():
            problems.append(sentence_of(one, "confirm_needed", actor.language))
        else:
            confirmed[one.name] = reasons[one.name].strip()
    note: dict[str, Any] = {"confirmed": confirmed} if confirmed else {}
    return tuple(problems), note | ({"warnings": warnings} if warnings else {})


def may_override(validation: Validation, actor: Actor, reasons: Mapping[str, str]) -> bool:
    """Whether the actor may save in spite of the rule, with a reason.

    Background work can ask nobody for one; only what it loads may bring reasons that somebody wrote down before.
    """
    if actor.via == "system":
        return bool(reasons.get(validation.name, "").strip())
    return validation.override is None or actor.owns_within or bool(validation.override & actor.roles)


def unfit_reasons(rules: Ruleset, reasons: Mapping[str, str]) -> tuple[Problem, ...]:
    """The problems of the reasons themselves: for a rule that asks for none, without words, or too many of them."""
    known = {one.name for one in rules.type.validations if one.level == "confirm"}
    found: list[Problem] = []
    for name, reason in reasons.items():
        path = pointer("confirm", name)
        if name not in known:
            found.append(problem(path, "unknown_key", name=name))
        elif not reason.strip():
            found.append(problem(path, "required"))
        elif len(reason) > LONGEST_REASON:
            found.append(problem(path, "max_length", limit=LONGEST_REASON))
        elif not is_storable(reason):
            found.append(problem(path, "text_nul"))
    return tuple(found)


def sentence_of(validation: Validation, code: str, language: str) -> Problem:
    """The rule's sentence in the language, as a problem beside its field."""
    path = pointer("fields", validation.field) if validation.field else ""
    sentence = validation.sentence(language)
    return replace(problem(path, code, sentence=sentence, name=validation.name), message=sentence)
