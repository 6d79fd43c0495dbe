"""The official JSON-Schema-Test-Suite through the engine: each of its schemas as a record type with one field."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest
from corpus import judge
from jsonschema.exceptions import _WrappedReferencingError
from lengths import rounds
from referencing.exceptions import NoSuchResource, Unresolvable
from suite import DIALECTS, Group, groups
from verdicts import disagreements

from kartotek.engine.engine import Engine

Declared = Callable[[Mapping[str, str]], Engine]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_suite_is_judged_as_jsonschema_judges_it(declared: Declared, database_url: str, dialect: str) -> None:
    step = rounds(8 if database_url.startswith("sqlite") else 50, 1)
    known = {f"g{place}": group for place, group in enumerate(groups(dialect)) if place % step == 0 and _is_within_the_file(group)}
    engine = declared({name: json.dumps(group.schema) for name, group in known.items()})
    wrong = []
    for name, group in known.items():
        wrong += [f"{group.place}: {one}" for one in disagreements(engine, name, judge(dict(group.schema)), group.instances)]
    assert not wrong, "\n".join(wrong)
    assert len(known) > len(groups(dialect)) / step * 0.8


def _is_within_the_file(group: Group) -> bool:
    """Whether jsonschema can decide without other files, and a database can keep what the schema names."""
    if "\\u0000" in json.dumps(group.schema):
        return False
    says = judge(dict(group.schema))
    try:
        for instance in group.instances:
            says(instance)
    except (NoSuchResource, Unresolvable, _WrappedReferencingError):
        return False
    return True
