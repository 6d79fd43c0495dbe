"""Reported: what went wrong in what follows from a change, told to whoever caused it as far as it is for him to know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from kartotek.engine.moment import Moment
from kartotek.errors import Conflict, Forbidden, Invalid, NotFound
from kartotek.model.problem import Problem, anonymous


@contextmanager
def reported(moment: Moment, record_type: str, prefix: str = "") -> Iterator[None]:
    """Puts the prefix before the paths of problems, and leaves out what the actor may not know of the type; "" is hidden."""
    try:
        yield
    except Invalid as error:
        raise Invalid(_told(moment, record_type, prefix, error.problems), error.sentence) from error
    except (Conflict, Forbidden) as error:
        problems = _told(moment, record_type, prefix, error.problems)
        raise type(error)(error.sentence, problems=problems) from error
    except NotFound as error:
        raise Conflict("A record that this would change is gone.") from error


def _told(moment: Moment, record_type: str, prefix: str, problems: tuple[Problem, ...]) -> list[Problem]:
    if moment.actor.is_owner and record_type:
        return [one.under(prefix) for one in problems]
    known = [bool(record_type) and _is_known(moment, record_type, one) for one in problems]
    return [_without_times(one).under(prefix) if told else anonymous(one, prefix) for one, told in zip(problems, known, strict=True)]


def _without_times(one: Problem) -> Problem:
    """Whom and when another record would have taken is not for somebody who may not know that record."""
    return replace(one, params={"name": one.params["name"]}) if one.code == "occupied" and "key" in one.params else one


def _is_known(moment: Moment, record_type: str, found: Problem) -> bool:
    """Whether it is about a field that the actor may read in all records of the type."""
    steps = found.path.split("/")
    if len(steps) < 3 or steps[1] != "fields":
        return False
    name = steps[2].replace("~1", "/").replace("~0", "~")
    seen = moment.view.of(record_type)
    return seen.fields.get(name) is True and not any(outer == name for outer, _ in seen.inner)
