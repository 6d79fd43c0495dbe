"""Every schema of the collection is a record type: jsonschema's verdict on every instance, and exact values back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import pairwise

from corpus import REFUSED, Foreign, accepted, all_schemas, judge
from lengths import rounds
from verdicts import disagreements, patched

from kartotek.engine.engine import Engine

Declared = Callable[[Mapping[str, str]], Engine]


def test_every_instance_is_judged_as_jsonschema_judges_it_and_comes_back_exactly(declared: Declared) -> None:
    known = _taken(rounds(40, 1000))
    engine = declared({one.name: one.text for one in known})
    wrong, verdicts = list[str](), list[bool]()
    for one in known:
        says, instances = judge(one.schema), list(one.instances(7, rounds(3, 60)))
        verdicts += [says(fields) for fields in instances]
        wrong += disagreements(engine, one.name, says, instances)
        for first, second in pairwise(instances[: rounds(4, 20)]):
            wrong += patched(engine, one.name, says, first, second)
    assert not wrong, "\n".join(wrong)
    assert verdicts.count(True) > len(known) and verdicts.count(False) > len(known) / 2, "too little was asked"


def test_the_drawn_instances_are_the_same_at_every_run() -> None:
    one = all_schemas()[0]
    assert json.dumps(list(one.instances(3, 5))) == json.dumps(list(one.instances(3, 5)))


def _taken(most: int) -> list[Foreign]:
    """Every so-manyth schema, so that each source is among them."""
    known = accepted()
    return list(known[:: max(1, len(known) // most)])
