"""What a plan says at a terminal: its steps in words, by type, what they touch, what is asked, and the command that applies it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from kartotek.model.finding_texts import found_words
from kartotek.model.plan import Finding, Plan, PlannedStep, Question, Sample, Verdict

_WORDS: dict[Verdict, str] = {
    "safe": "safe", "ratcheted": "for new values", "confirm": "TO CONFIRM", "refused": "REFUSED",
}
_WIDTH = max(map(len, _WORDS.values()))
_INDENT = " " * (6 + _WIDTH)
_SHOWN = 5
_LONG = 2.0  # seconds


def plan_lines(plan: Plan, *, sql: bool = False) -> Iterator[str]:
    """The steps in the order they are made, numbered; each type under its name."""
    for name, steps in groupby(plan.steps, key=lambda one: one.type):
        yield name or "the site"
        for one in steps:
            yield f"{one.number:>4}  {_WORDS[one.verdict]:<{_WIDTH}}{_sentence(one)}"
            yield from _about(one, sql)
    for question in plan.questions:
        yield f"Question: {question.words}"
        yield f"  If so: kartotek plan --rename {_renamed(question)}"
    if plan.steps:
        yield summary(plan)


def _renamed(one: Question) -> str:
    """The answer yes, as the command takes it."""
    return f"{'.'.join((one.type, *one.new[:-1], one.old[-1]))}={one.new[-1]}" if one.new else f"{one.old[0]}={one.type}"


def summary(plan: Plan) -> str:
    """How many steps of which sort, and how long they will take."""
    counts = {verdict: sum(1 for one in plan.steps if one.verdict == verdict) for verdict in _WORDS}
    sorts = {
        "safe": "safe", "ratcheted": "for new and changed values only", "confirm": "to confirm", "refused": "refused",
    }
    told = ", ".join(f"{count} {sorts[verdict]}" for verdict, count in counts.items() if count)
    steps = "1 step" if len(plan.steps) == 1 else f"{len(plan.steps)} steps"
    return f"{steps}: {told}." + (f" {_duration(plan)}" if plan.counted else "") + (
        " A backup is made before it." if plan.counted and plan.to_confirm else ""
    )


def _duration(plan: Plan) -> str:
    waiting = f"writers wait for {_seconds(plan.blocks)}" if plan.blocks >= 0.5 else "nobody has to wait for it"
    return f"It takes {_seconds(plan.seconds)}; {waiting}."


def _pace(one: PlannedStep) -> str:
    """What a step that takes long means for those who work."""
    if one.blocks >= 1:
        return f"Nobody can write for {_seconds(one.blocks)}."
    if one.action in ("recompute", "add_field"):
        return f"The values follow once it is in service, within {_seconds(one.seconds)}."
    return f"It takes {_seconds(one.seconds)}, while everybody goes on working."


def _seconds(value: float) -> str:
    if value < 1:
        return "less than a second"
    if value < 90:
        return f"about {value:.0f} s"
    return f"about {value / 60:.0f} min"


def _sentence(one: PlannedStep) -> str:
    """Under the type's name it need not be said again."""
    head = f"{one.type}: "
    words = one.words.removeprefix(head)
    return "  " + words[:1].upper() + words[1:]


def _about(one: PlannedStep, sql: bool) -> Iterator[str]:
    if one.finding is not None:
        yield f"{_INDENT}  {found_words(one)}"
        yield from (f"{_INDENT}  {text}" for text in _found(one, one.finding))
    yield from (f"{_INDENT}  also: {each.words}" for each in one.touches)
    if one.seconds >= _LONG:
        yield f"{_INDENT}  {_pace(one)}"
    if one.confirm:
        yield f"{_INDENT}  to confirm it, type: {one.confirm}"
    if sql:
        yield from (f"{_INDENT}  {statement};" for statement in one.sql)


def _found(one: PlannedStep, finding: Finding) -> Iterator[str]:
    shown = finding.sample[:_SHOWN] if finding.failing or finding.altered else ()
    yield from (f"- {_sample(each)}" for each in shown)
    more = (finding.failing or finding.altered) - len(shown)
    if shown and more > 0:
        yield f"- … and {more:,} more"
    if one.verdict == "ratcheted" and finding.broken and finding.failing:
        yield f"Once this is applied, they are listed under /r/{one.type}/?broken={finding.broken}"
    if one.action == "options" and one.verdict == "refused":
        yield from (f"Say what they become: --map {one.type}.{'.'.join(one.path)}:{old}=…" for old in one.params.get("gone", ()))


def _sample(one: Sample) -> str:
    value = f": {one.value}" if one.value and one.value != one.title else ""
    problem = f" – {one.problem}" if one.problem else ""
    return f"{one.title} (#{one.id}){value}{problem}"


def problem_counts(errors: Sequence[object]) -> str:
    """How many mistakes keep the plan from being made."""
    return "1 mistake keeps" if len(errors) == 1 else f"{len(errors)} mistakes keep"
