"""Whatever stands in a workflow file, `load` answers with problems that have a place, never with an exception."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.declaration.test_broken_files import answers
from tests.declaration.workflow_site import FILE, WORKFLOW, Site

from kartotek.declaration.reading import read

GOOD = read(FILE, WORKFLOW)[0]
assert GOOD is not None
JUNK: tuple[Any, ...] = (
    None, True, 0, -1, 3.5, "", "open", "=record", "==", "=", "record", "record.person", "=now", "[", "P1D", "user", "job",
    [], {}, [None], ["open"], [[]], [{}], {"set": {}}, {"a": None}, {"en": "x"}, "x" * 3000, 10**30, "\u202e", "订单",
)  # fmt: skip
QUICK = settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of everything in the value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*path, key)
        yield from nodes(one, (*path, key))


PATHS = list(nodes(GOOD.value))


def changed(path: tuple[Any, ...], junk: Any) -> dict[str, str]:
    value = deepcopy(GOOD.value)
    place = value
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = junk
    # JSON is YAML, but for a key that would be longer than a line's width.
    return Site().documents() | {FILE: json.dumps(value, ensure_ascii=False, indent=1)}


@pytest.mark.parametrize("chunk", range(8))
def test_every_place_of_a_good_file_takes_junk_without_an_exception(chunk: int) -> None:
    for index, path in list(enumerate(PATHS))[chunk::8]:
        answers(changed(path, JUNK[index % len(JUNK)]))


@QUICK
@given(path=st.sampled_from(PATHS), junk=st.sampled_from(JUNK))
def test_any_junk_anywhere_is_answered(path: tuple[Any, ...], junk: Any) -> None:
    answers(changed(path, junk))


@QUICK
@given(path=st.sampled_from(PATHS))
def test_file_with_a_part_taken_out_is_answered(path: tuple[Any, ...]) -> None:
    value = deepcopy(GOOD.value)
    place = value
    for part in path[:-1]:
        place = place[part]
    del place[path[-1]]
    answers(Site().documents() | {FILE: json.dumps(value, indent=1)})


@QUICK
@given(one=st.sampled_from(PATHS), other=st.sampled_from(PATHS))
def test_file_with_one_part_in_place_of_another_is_answered(one: tuple[Any, ...], other: tuple[Any, ...]) -> None:
    value: Any = GOOD.value
    for part in other:
        value = value[part]
    answers(changed(one, deepcopy(value)))


@QUICK
@given(at=st.integers(0, len(WORKFLOW) - 1), cut=st.integers(0, 6),
       put=st.sampled_from(["", ":", "- ", "{", "}", "\t", "\n", "#", "'", '"', "~", "é", "&a ", "*a", "!", "= ", "|", "  "]))  # fmt: skip
def test_text_with_characters_exchanged_is_answered(at: int, cut: int, put: str) -> None:
    answers(Site().documents() | {FILE: WORKFLOW[:at] + put + WORKFLOW[at + cut :]})


@QUICK
@given(text=st.text(max_size=80))
def test_any_text_is_answered(text: str) -> None:
    answers(Site().documents() | {FILE: text})


@pytest.mark.parametrize("text", [
    "a: &x [1]\nb: *x\n", "record: !!python/object:os.system x\n", "record: job\n---\nrecord: job\n", "? [a]\n: b\n", "[" * 60,
    "record: job\n" * 2, "\ufeffrecord: job\n", "record: \x07\n", "", "# nothing\n", "null\n", "- job\n", "job\n", "42\n",
    "states: {" + ", ".join(f"s{index}: {{}}" for index in range(25_000)) + "}\n",
])  # fmt: skip
def test_hostile_file_is_answered(text: str) -> None:
    loaded = answers(Site().documents() | {FILE: text})
    assert loaded.catalog is None


@QUICK
@given(name=st.sampled_from(["job", "person", "entry", "opening"]), junk=st.sampled_from(JUNK), data=st.data())
def test_workflow_beside_a_schema_with_junk_is_answered(name: str, junk: Any, data: st.DataObject) -> None:
    site = Site()
    path = data.draw(st.sampled_from(list(nodes(site.types[name]))))
    place: Any = site.types[name]
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = junk
    answers(site.documents())
