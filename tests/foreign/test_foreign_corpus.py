"""Every schema of the collection is a record type: jsonschema's verdict on every instance, and exact values back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import pairwise

from corpus import REFUSED, Foreign, accepted, all_schemas, judge
from lengths import rounds
from serving import documents
from verdicts import disagreements, patched

from kartotek.declaration.load import load
from kartotek.engine.engine import Engine

Declared = Callable[[Mapping[str, str]], Engine]


def test_every_instance_is_judged_as_jsonschema_judges_it_and_comes_back_exactly(declared: Declared, database_url: str) -> None:
    known = _taken(rounds(24 if database_url.startswith("sqlite") else 8, 1000))
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


def test_what_can_be_no_type_is_refused_with_its_place_and_its_neighbours_work_on() -> None:
    some = [one for one in all_schemas()[1:4] + all_schemas()[-1:] if one.name not in REFUSED]
    refused = [one for one in all_schemas() if one.name in REFUSED]
    loaded = load(documents({one.name: one.text for one in some + refused}))
    errors = {one.place.file: (one.code, one.place.line > 1) for one in loaded.problems if one.severity == "error" and one.place}
    assert errors == {f"schemas/{name}.json": (code, name != "ss_hawkconfig") for name, code in REFUSED.items()}
    assert {one.name for one in some} <= loaded.catalog.types.keys()
    assert not REFUSED.keys() & loaded.catalog.types.keys()


def test_the_drawn_instances_are_the_same_at_every_run() -> None:
    one = all_schemas()[0]
    assert json.dumps(list(one.instances(3, 5))) == json.dumps(list(one.instances(3, 5)))


def _taken(most: int) -> list[Foreign]:
    """Every so-manyth schema, so that each source is among them."""
    known = accepted()
    return list(known[:: max(1, len(known) // most)])
