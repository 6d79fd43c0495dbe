"""Verdict: what one schema says of a whole instance, by one kept validator that asserts formats and reaches no network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from referencing import Registry

from kartotek.kinds.dialects import CHECKERS, JUDGES, Exhausted, allow_steps, dialect_of
from kartotek.kinds.pattern import longest_input
from kartotek.kinds.kind import Refused
from kartotek.kinds.storable import check_json
from kartotek.kinds.verdict_problems import problems_of
from kartotek.model.problem import Problem, problem

MOST_PROBLEMS = 20
_ALL = 2000  # told apart where two verdicts are compared: the same error must not fall out of one of them


class Verdict:
    """Of a schema that was checked when its file was. The validator is made when it is first needed; safe to share by threads."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = dict(schema)

    def problems(self, instance: Mapping[str, Any], most: int = MOST_PROBLEMS) -> tuple[Problem, ...]:
        """All that is wrong with the instance, at most so many problems; () where it is valid. Paths begin at its root."""
        try:
            check_json(dict(instance))
        except Refused as refused:
            return refused.problems
        if any(len(name) > self._longest_name for name in _names(instance)):
            return (problem("", "long_name", limit=self._longest_name),)
        return self.judged(dict(instance), most=most)

    def every(self, instance: Mapping[str, Any]) -> tuple[Problem, ...]:
        """The same without that bound."""
        return self.problems(instance, _ALL)

    def takes(self, instance: Mapping[str, Any]) -> bool:
        """Whether it is valid."""
        return not self.problems(instance)

    def takes_at(self, schema: Any, resolver: Any, value: Any) -> bool:
        """Whether a part of the schema takes a value; the resolver is of the part's references."""
        allow_steps(_size(value))
        try:
            return bool(self._validator.evolve(schema=schema, _resolver=resolver).is_valid(value))
        except (Exhausted, RecursionError):
            return False

    def judged(self, instance: Any, patience: float = 1.0, most: int = MOST_PROBLEMS) -> tuple[Problem, ...]:
        """The same of any JSON value that can be stored."""
        allow_steps(_size(instance), patience)
        try:
            errors = list(islice(self._validator.iter_errors(instance), most))
            return tuple(islice(problems_of(errors), most)) if errors else ()
        except Exhausted:
            return (problem("", "too_intricate"),)
        except RecursionError:
            return (problem("", "nested_too_deeply"),)

    @cached_property
    def _validator(self) -> Any:
        dialect = dialect_of(self._schema)
        return JUDGES[dialect](self._schema, registry=Registry(), format_checker=CHECKERS[dialect])

    @cached_property
    def _longest_name(self) -> int:
        """How long names may be, so that the patterns they are compared with come to an end in time."""
        return min((longest_input(one) for one in _name_patterns(self._schema)), default=10_000)


def _names(value: Any) -> Iterator[str]:
    level = [value]
    while level:
        inner: list[Any] = []
        for one in level:
            if isinstance(one, Mapping):
                yield from one
                inner += one.values()
            elif isinstance(one, list):
                inner += one
        level = [one for one in inner if isinstance(one, Mapping | list)]


def _size(value: Any) -> int:
    """How many values stand in it, itself included."""
    count, level = 0, [value]
    while level:
        count += len(level)
        level = [child for one in level if isinstance(one, Mapping | list) for child in _children(one)]
    return count


def _children(value: Any) -> Any:
    return value.values() if isinstance(value, Mapping) else value


def _name_patterns(schema: Any) -> Iterator[str]:
    level = [schema]
    while level:
        for one in level:
            if isinstance(one, Mapping) and isinstance(patterns := one.get("patternProperties"), Mapping):
                yield from patterns
        level = [child for one in level if isinstance(one, Mapping | list) for child in _children(one)]
