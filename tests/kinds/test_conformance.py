"""What every kind must do, over a table of samples: JSON Schema and we agree, and nothing is lost on any way."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from kind_samples import SAMPLES, Sample

from kartotek.kinds.formats import format_checker
from kartotek.kinds.kind import ColumnSpec, Kind, Refused
from kartotek.kinds.registry import KINDS, claim, kind_of
from kartotek.kinds.schema import Load, loader
from kartotek.model.field import Field
from kartotek.model.missing import MISSING
from kartotek.model.query import Operator

LANGUAGES = ("en", "zh-CN", "zh", "de", "xx")
STRANGE: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    10**50,
    1.5,
    float("nan"),
    "",
    "x",
    "\0",
    "\ud800",
    [],
    [[]],
    [{}],
    {},
    {"a": 1},
    "9" * 5000,
    "-",
)
TYPED = (
    "x",
    "\0",
    "1e400",
    "9" * 5000,
    "￥",
    "[",
    "[" * 5000,
    "-",
    " ",
    "２０２６-11-21",
    "1,5",
    "\ud800",
    "true",
    "1e",
    "--1",
    "0x1",
)
CHECKER = format_checker()
_LOADERS: dict[str, Load] = {}


def _each(*attributes: str) -> list[Any]:
    """(sample, value) for all values under the attributes."""
    return [
        pytest.param(sample, value, id=f"{sample.name}-{name}{index}")
        for sample in SAMPLES
        for name in attributes
        for index, value in enumerate(getattr(sample, name))
    ]


def _load(field: Field, wire: Any) -> tuple[dict[str, Any], Any]:
    if field.name not in _LOADERS:
        _LOADERS[field.name] = loader([field], kind_of)
    return _LOADERS[field.name]({field.name: wire})


def _to_wire(kind: Kind, field: Field, value: Any) -> Any:
    convert = kind.wire(field)
    return convert(value) if convert else value


def _is_same(left: Any, right: Any) -> bool:
    """JSON equality: true is not 1, 1.0 is."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_is_same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_is_same, left, right))
    return (
        bool(left == right)
        and isinstance(left, bool) == isinstance(right, bool)
        and isinstance(left, str) == isinstance(right, str)
    )


def test_every_kind_has_a_sample() -> None:
    assert {sample.kind for sample in SAMPLES} == set(KINDS)


def test_every_kind_stands_under_its_name() -> None:
    assert all(kind.name == name for name, kind in KINDS.items())


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_fragment_is_claimed_by_its_kind(sample: Sample) -> None:
    kind = claim(sample.fragment)
    assert kind is not None and kind.name == sample.kind


@pytest.mark.parametrize(("sample", "wire"), _each("good", "formless"))
def test_good_value_is_accepted_by_json_schema_and_by_us(sample: Sample, wire: Any) -> None:
    field = sample.field
    assert list(_validator(field).iter_errors(wire)) == []
    assert _load(field, wire)[1] == ()


@pytest.mark.parametrize(("sample", "pair"), _each("turned"))
def test_normalised_value_is_accepted_by_json_schema_and_by_us(sample: Sample, pair: tuple[Any, Any]) -> None:
    sent, canonical = pair
    field, kind = sample.field, kind_of(sample.field)
    assert _validator(field).is_valid(sent)
    values, problems = _load(field, sent)
    assert problems == ()
    assert _is_same(_to_wire(kind, field, values[field.name]), canonical)


@pytest.mark.parametrize(("sample", "pair"), _each("bad"))
def test_bad_value_is_refused_by_json_schema_and_by_us(sample: Sample, pair: tuple[Any, str]) -> None:
    wire, code = pair
    field = sample.field
    assert not _validator(field).is_valid(wire)
    _assert_refused(field, wire, code)


@pytest.mark.parametrize(("sample", "pair"), _each("beyond"))
def test_value_that_json_schema_cannot_judge_is_refused_by_us(sample: Sample, pair: tuple[Any, str]) -> None:
    _assert_refused(sample.field, *pair)


def _assert_refused(field: Field, wire: Any, code: str) -> None:
    values, problems = _load(field, wire)
    assert values == {}
    assert code in [one.code for one in problems]
    assert all(one.path.startswith(f"/{field.name}") for one in problems)


def _validator(field: Field) -> Draft202012Validator:
    schema = kind_of(field).json_schema(field)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=CHECKER)


@pytest.mark.parametrize(("sample", "wire"), _each("good", "formless"))
def test_value_survives_the_way_to_the_column_and_back(sample: Sample, wire: Any) -> None:
    field, kind = sample.field, kind_of(sample.field)
    value = kind.parse(field)(wire)
    assert _is_same(_to_wire(kind, field, value), wire)
    if kind.column(field) is None:
        return
    to_column, from_column = kind.to_column(field), kind.from_column(field)
    held = to_column(value) if to_column else value
    if held is None:  # kept as JSON
        return
    read = from_column(held) if from_column else held
    assert read == value
    assert _is_same(_to_wire(kind, field, read), wire)


@pytest.mark.parametrize(("sample", "wire"), _each("good"))
def test_value_survives_a_form_in_every_language(sample: Sample, wire: Any) -> None:
    field, kind = sample.field, kind_of(sample.field)
    for language in LANGUAGES:
        strings = kind.to_form(field, wire, language)
        assert all(isinstance(one, str) for one in strings)
        again = kind.from_form(field, strings, language)
        assert _is_same(again, wire)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_empty_control_is_no_value(sample: Sample) -> None:
    kind = kind_of(sample.field)
    for strings in ([], [""]):
        assert kind.from_form(sample.field, strings, "en") is MISSING


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_text_never_raises(sample: Sample) -> None:
    field, kind = sample.field, kind_of(sample.field)
    for wire in (*sample.good, *sample.formless, *(one for one, _ in sample.bad + sample.beyond), *STRANGE):
        if wire is not None:
            assert all(isinstance(kind.text(field, wire, language), str) for language in LANGUAGES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_operators_and_column_are_of_the_known_sorts(sample: Sample) -> None:
    field, kind = sample.field, kind_of(sample.field)
    assert set(kind.operators(field)) <= set(get_args(Operator)) and "empty" in kind.operators(field)
    assert isinstance(kind.column(field), ColumnSpec | None)
    assert kind.formula_type(field).name


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_strange_value_is_refused_or_read_but_never_an_error(sample: Sample) -> None:
    for wire in STRANGE:
        _load(sample.field, wire)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_what_is_typed_is_refused_or_read_but_never_an_error(sample: Sample) -> None:
    for typed in TYPED:
        with suppress(Refused):
            wire = kind_of(sample.field).from_form(sample.field, [typed], "zh-CN")
            if wire is not MISSING:
                _load(sample.field, wire)
