"""Random declarations one after the other: nothing goes without a step, nothing comes without one, and no number is given twice."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lengths import rounds

from kartotek.declaration.load import load
from kartotek.migration.identities import carried, key_of
from kartotek.migration.lineage import Lineage, Path, lineage
from kartotek.migration.questions import questions
from kartotek.migration.steps import steps
from kartotek.migration.touched import touched
from kartotek.model.catalog import Catalog
from kartotek.model.field import Field

NAMES = ("a", "b", "c", "d")
PLAIN = st.sampled_from([
    {"type": "string"}, {"type": "string", "maxLength": 9}, {"type": "integer"}, {"type": "integer", "minimum": 1}, {"type": "boolean"},
    {"type": "string", "format": "date"}, {"oneOf": [{"const": "x", "title": "X"}, {"const": "y", "title": "Y"}]},
    {"type": "integer", "x-field": {"references": "one"}}, {"type": "string", "format": "decimal", "x-field": {"scale": 2}},
])  # fmt: skip


@st.composite
def members(draw: Any, kinds: st.SearchStrategy[Any]) -> dict[str, Any]:
    """{name: fragment}, some with a former name that is nobody's name."""
    names = draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1))
    found = {name: json.loads(json.dumps(draw(kinds))) for name in names}
    free = [name for name in NAMES if name not in names]
    for name in names if free else ():
        if draw(st.booleans()):
            found[name].setdefault("x-field", {})["aliases"] = [free.pop()]
            if not free:
                break
    return found


HOLDERS = st.one_of(
    members(PLAIN).map(lambda inner: {"type": "array", "items": {"type": "object", "properties": inner}}),
    members(PLAIN).map(lambda inner: {"type": "object", "properties": inner}),
)


@st.composite
def sites(draw: Any) -> Catalog:
    """A type `one` that is always there, and another under one of two names."""
    name, former = draw(st.sampled_from([("two", "other"), ("other", "two")]))
    own = {"aliases": [former]} if draw(st.booleans()) else {}
    types = {"one": {"n": {"type": "string"}}, name: draw(members(st.one_of(PLAIN, HOLDERS)))}
    texts = {
        f"schemas/{each}.json": json.dumps({
            "title": each, "type": "object", "properties": fields, "required": [next(iter(fields))] if draw(st.booleans()) else [],
            "x-record": own if each == name else {}})
        for each, fields in types.items()
    }
    loaded = load({"site.yaml": "name: x\ncurrency: EUR\n", **texts})
    assert loaded.catalog is not None, [one.message for one in loaded.problems]
    return loaded.catalog


def paths(fields: Sequence[Field], above: Path = ()) -> Iterator[Path]:
    for one in fields:
        yield (*above, one.name)
        yield from paths(one.fields, (*above, one.name))


def told(found: set[Path], path: Path) -> bool:
    """Whether the path, or what it stands in, is among those found."""
    return any(path[: length + 1] in found for length in range(len(path)))


def check_fields(old: Catalog, new: Catalog, descent: Lineage) -> None:
    found = steps(old, new)
    for name, was in descent.types.items():
        own = [one for one in found if one.type == name]
        gone = {one.former or one.path for one in own if one.action == "remove_field"}
        come = {one.path for one in own if one.action in ("add_field", "restore_field")}
        forward = {former: path for path, former in descent.fields[name].items()}
        assert len(forward) == len(descent.fields[name])
        into = {one.path for one in own if one.action == "retype" and one.path}
        for path in paths(old.types[was].fields):
            assert path in forward or told(gone, path) or forward.get(path[:-1]) in into, (path, own)
        for path in paths(new.types[name].fields):
            assert path in descent.fields[name] or told(come, path) or told(into, path), (path, own)
        for path, former in descent.fields[name].items():
            assert path == former or path[-1] == former[-1] or any(one.action == "rename_field" and one.path == path for one in own)
    gone_types = {one.type for one in found if one.action == "remove_type"}
    assert gone_types == {name for name in old.types if name not in descent.types.values() and name != "user"}


@settings(max_examples=rounds(40, 3_000), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(sites(), min_size=2, max_size=4))
def test_everything_that_differs_is_told_and_numbers_stay(chain: list[Catalog]) -> None:
    ids = carried({}, None, chain[0], None)
    for old, new in zip(chain, chain[1:], strict=False):
        descent = lineage(old, new)
        check_fields(old, new, descent)
        found = steps(old, new)
        assert bool(found) == (old.hash != new.hash) and steps(new, new) == ()
        assert len(touched(old, new, found)) == len(found)
        for one in questions(old, new, descent):
            assert one.old and one.params["alias"] == one.old[-1]
        after = carried(ids, old, new, descent)
        for name, was in descent.types.items():
            assert after["types"][name]["id"] == ids["types"][was]["id"]
            for path, former in descent.fields[name].items():
                assert after["types"][name]["fields"][key_of(path)] == ids["types"][was]["fields"][key_of(former)]
        numbers = [number for each in after["types"].values() for number in (each["id"], *each["fields"].values())]
        assert len(numbers) == len(set(numbers)) and all(number < after["next"] for number in numbers)
        fresh = set(numbers) - {number for each in ids["types"].values() for number in (each["id"], *each["fields"].values())}
        assert all(number >= ids["next"] for number in fresh)
        ids = after
