"""JSON Schema and our own reading over values nobody thought of: both take the same, but for known reasons."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from kind_samples import SAMPLES, Sample

from kartotek.kinds.formats import format_checker
from kartotek.kinds.registry import kind_of
from kartotek.kinds.schema import loader

# What JSON Schema has no words for: characters that cannot be stored, a phone's numbering plan, schemes that run code,
# bounds of decimals, moments that only exist in UTC.
_BEYOND = {"text_nul", "precision"}
_KNOWN = {
    "phone": {"format"},
    "url": {"format"},
    "decimal": {"minimum", "maximum"},
    "duration": {"format"},
    "json": {"type"},
}
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
_STRUCTURED = ("array", "object")


def _texts(sample: Sample) -> list[str]:
    wires = [*sample.good, *(one for one, _ in (*sample.turned, *sample.bad))]
    return [one for one in wires if isinstance(one, str) and len(one) < 200]


def _near(sample: Sample) -> st.SearchStrategy[Any]:
    """Values like the samples: one with a character changed, or just another of the same sort."""
    texts = _texts(sample)
    if not texts:
        return st.sampled_from([*sample.good, *(one for one, _ in sample.bad)])
    alphabet = sorted({*"".join(texts), *"0159-+:.TZPtz \n", "٣", "０", "é"})
    return st.builds(
        _changed,
        st.sampled_from(texts),
        st.integers(0, 40),
        st.sampled_from(alphabet),
        st.sampled_from(("put", "drop", "swap")),
    )


def _changed(text: str, place: int, character: str, how: str) -> str:
    place %= len(text) + 1
    return text[:place] + (character if how != "drop" else "") + text[place + (how != "put") :]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_json_schema_and_we_agree(sample: Sample) -> None:
    field, kind = sample.field, kind_of(sample.field)
    judge = Draft202012Validator(kind.json_schema(field), format_checker=format_checker())
    load = loader([field], kind_of)

    @settings(max_examples=25)
    @given(_near(sample) | _JSON)
    def agree(wire: Any) -> None:
        if wire is None:
            return
        values, problems = load({field.name: wire})
        accepted = judge.is_valid(wire)
        if not accepted:
            assert problems, wire
        if accepted and problems:
            assert {one.code for one in problems} <= _BEYOND | _KNOWN.get(sample.kind, set()) | _infinite(wire), (
                wire,
                problems,
            )

    agree()


def _infinite(wire: Any) -> set[str]:
    """To jsonschema NaN and the infinities are numbers."""
    return {"type"} if wire != wire or wire in (float("inf"), -float("inf")) else set()
