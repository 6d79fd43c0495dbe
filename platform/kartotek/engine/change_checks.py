"""What keeps a plan from being applied: it has moved, a step is refused, something was not confirmed."""

from __future__ import annotations

from collections.abc import Collection

from kartotek.errors import Conflict, Invalid, KartotekError
from kartotek.kinds.storable import is_storable
from kartotek.model.plan import Plan
from kartotek.model.problem import problem

_LONGEST_REASON = 2000


def refuse(plan: Plan, hash: str, confirmed: Collection[str]) -> None:
    """Raises Invalid for files with mistakes, refused steps and what was not typed, Conflict where another plan was read."""
    if not plan.hash:
        errors = [one for one in plan.problems if one.severity == "error"]
        raise Invalid(errors, "The declarations have mistakes.")
    if not plan.steps:
        return  # what was wanted is in service already
    if plan.hash != hash:
        raise moved(plan)
    refused = [
        problem(f"/steps/{one.number}", "plan_refused", number=one.number, sentence=one.words)
        for one in plan.steps if one.verdict == "refused"
    ]
    if refused:
        raise Invalid(refused, "As the records stand, this cannot be done.")
    missing = [problem("/confirm", "plan_unconfirmed", name=name) for name in plan.to_confirm if name not in confirmed]
    if missing:
        raise Invalid(missing, "What is taken away or opened has to be confirmed by its name.")


def refuse_reason(reason: str) -> None:
    """Raises Invalid for one that not every database can keep, or that is no sentence but a file."""
    wrong = []
    if not is_storable(reason):
        wrong.append(problem("/reason", "text_nul"))
    if len(reason) > _LONGEST_REASON:
        wrong.append(problem("/reason", "max_length", limit=_LONGEST_REASON))
    if wrong:
        raise Invalid(wrong, "This reason cannot be kept.")


def moved(plan: Plan) -> Conflict:
    """The refusal of a plan that is not that of today any more."""
    wrong = problem("/plan", "plan_moved", plan=plan.hash)
    return Conflict("The files or the records have changed since this plan was made: look at it again.", problems=[wrong])


def is_moved(error: KartotekError) -> bool:
    """Whether that is why something was refused."""
    return any(one.code == "plan_moved" for one in error.problems)
