"""Whatever stands in the files, `load` answers with problems that have a place, never with an exception."""

from __future__ import annotations

import json
import time
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.declaration.conftest import SITE, TYPES, Declared

from kartotek.declaration.load import Loaded, load

JSON = {name: json.dumps(one) for name, one in TYPES.items()}
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "name", "person", "record.name", "x-field", "user", "string", "object", "{name}", "#/$defs/a"]
    ),
    st.text(max_size=8),
    st.just([]),
    st.just({}),
    st.just(["name", "name"]),
    st.just({"type": "array", "items": {"type": "object"}}),
    st.just({"compute": "record.name", "rollup": {"from": "visits", "fn": "count"}, "references": "person"}),
)
QUICK = settings(
    max_examples=50, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def answers(documents: dict[str, str]) -> Loaded:
    loaded = load(documents)
    for problem in loaded.problems:
        assert problem.place is not None
        assert problem.place.file in documents or problem.code == "missing_file"
        lines = documents[problem.place.file].split("\n")
        assert 1 <= problem.place.line <= len(lines)
        assert 1 <= problem.place.column <= len(lines[problem.place.line - 1]) + 1
        assert problem.message and "Traceback" not in problem.message
        json.dumps(problem.wire())
    assert (loaded.catalog is None) == any(one.severity == "error" for one in loaded.problems)
    return loaded


def places(value: Any) -> list[tuple[Any, Any]]:
    """(container, key) of everything in the value."""
    if isinstance(value, dict):
        return [(value, key) for key in value] + [one for inner in value.values() for one in places(inner)]
    if isinstance(value, list):
        return [(value, index) for index in range(len(value))] + [one for inner in value for one in places(inner)]
    return []


def any_of(data: st.DataObject, choices: list[Any]) -> Any:
    return choices[data.draw(st.integers(0, len(choices) - 1))]


@QUICK
@given(data=st.data())
def test_declaration_with_a_value_exchanged_is_answered(data: st.DataObject) -> None:
    declared = Declared()
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = any_of(data, places(declared.types))
        container[key] = deepcopy(data.draw(VALUES))
    answers(declared.documents())


@QUICK
@given(data=st.data())
def test_declaration_with_a_key_taken_out_or_put_in_is_answered(data: st.DataObject) -> None:
    declared = Declared()
    declared_type = declared.types[data.draw(st.sampled_from(sorted(TYPES)))]
    container, key = any_of(data, [one for one in places(declared_type) if isinstance(one[0], dict)])
    value = deepcopy(container.pop(key))
    if data.draw(st.booleans()):
        other = any_of(data, [one for one, _ in places(declared_type) if isinstance(one, dict)] or [declared_type])
        other[data.draw(st.sampled_from([key, "x-field", "properties", "items", "$ref"]))] = value
    answers(declared.documents())


@QUICK
@given(name=st.sampled_from(sorted(JSON)), at=st.integers(0, 3000), cut=st.integers(0, 6), put=st.text(max_size=3))
def test_text_with_characters_exchanged_is_answered(name: str, at: int, cut: int, put: str) -> None:
    text = JSON[name]
    at %= len(text)
    for suffix in ("json", "yaml"):
        others = {f"schemas/{other}.json": one for other, one in JSON.items() if other != name}
        answers({"site.yaml": SITE, **others, f"schemas/{name}.{suffix}": text[:at] + put + text[at + cut :]})


@QUICK
@given(text=st.text(max_size=60))
def test_any_text_is_answered(text: str) -> None:
    answers({"site.yaml": text, "schemas/a.json": text, "schemas/b.yaml": text})


@QUICK
@given(
    at=st.integers(0, 300),
    cut=st.integers(0, 6),
    put=st.sampled_from(["", ":", "- ", "{", "\t", "\n", "#", "'", "~", "é", "&a ", "*a"]),
)
def test_broken_site_file_is_answered(at: int, cut: int, put: str) -> None:
    at %= len(SITE)
    answers({"site.yaml": SITE[:at] + put + SITE[at + cut :], "schemas/item.json": JSON["item"]})


FORMULAS = [
    "record.name",
    "record.person.name",
    "user.person",
    "size(record.lines) + 1",
    "now",
    "item.qty",
    "row.qty",
    "old.number",
    "(",
    "'",
    "1/0",
    "record",
    "meta.id",
    "record.visits",
]


@QUICK
@given(data=st.data())
def test_any_formula_anywhere_is_answered(data: st.DataObject) -> None:
    declared = Declared()
    own = {
        key: data.draw(st.one_of(st.sampled_from(FORMULAS), st.text(max_size=12)))
        for key in data.draw(
            st.sets(st.sampled_from(["compute", "showIf", "requiredIf", "readOnlyIf", "defaultExpr", "filter"]))
        )
    }
    spot = data.draw(
        st.sampled_from(["visit/properties/x", "person/properties/x", "visit/properties/lines/items/properties/x"])
    )
    kind = data.draw(
        st.sampled_from(
            [{"type": "integer"}, {"type": "string"}, {"type": "object"}, {"type": "string", "format": "date"}]
        )
    )
    stored = {"stored": True} if data.draw(st.booleans()) else {}
    answers(declared.at(spot, {**kind, "x-field": {**own, **stored}}).documents())


def test_problems_of_all_files_are_told_at_once() -> None:
    declared = Declared().at("person/properties/name/maxLenght", 3).at("visit/x-record/list", ["numbr"])
    documents = {**declared.documents(), "schemas/broken.json": "{", "schemas/Bad.json": "{}"}
    loaded = answers({**documents, "site.yaml": SITE + "colour: red\n"})
    assert {(one.place.file, one.code) for one in loaded.problems if one.place} == {
        ("site.yaml", "unknown_key"),
        ("schemas/broken.json", "syntax"),
        ("schemas/Bad.json", "file_name"),
        ("schemas/person.json", "unknown_key"),
        ("schemas/visit.json", "unknown_field"),
    }


BROKEN = {
    # name: what is done to the type person, on which other types depend
    "unreadable": "{",
    "a list": "[]",
    "without fields": '{"title": "Person", "type": "object", "x-record": {}}',
    "a field of no kind": json.dumps({**TYPES["person"], "properties": {**TYPES["person"]["properties"], "name": {}}}),
    "a field that is a text": json.dumps(
        {**TYPES["person"], "properties": {**TYPES["person"]["properties"], "name": "x"}}
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_problem_of_one_file_is_not_told_of_others(name: str) -> None:
    documents = Declared().at("visit/properties/who", {"type": "string", "x-field": {"compute": "record.person.name"}})
    loaded = answers({**documents.documents(), "schemas/person.json": BROKEN[name]})
    assert {one.place.file for one in loaded.problems if one.place} == {"schemas/person.json"}


def test_definitions_that_refer_to_each_other_are_refused() -> None:
    declared = Declared().at(
        "item/$defs", {"a": {"$ref": "#/$defs/b"}, "b": {"type": "object", "properties": {"c": {"$ref": "#/$defs/a"}}}}
    )
    loaded = answers(declared.at("item/properties/x", {"$ref": "#/$defs/a"}).documents())
    assert [one.code for one in loaded.problems] == ["reference"]
    assert "a → b → a" in loaded.problems[0].message


def test_definitions_that_multiply_are_refused_in_time() -> None:
    definitions: dict[str, Any] = {"d0": {"type": "string"}}
    for level in range(1, 9):
        inner = {"$ref": f"#/$defs/d{level - 1}"}
        definitions[f"d{level}"] = {"type": "object", "properties": {f"m{index}": inner for index in range(20)}}
    declared = Declared().at("item/$defs", definitions).at("item/properties/x", {"$ref": "#/$defs/d8"})
    start = time.perf_counter()
    loaded = answers(declared.documents())
    assert loaded.catalog is None
    assert time.perf_counter() - start < 5


def test_sixty_small_types_load_within_a_second() -> None:
    documents = {"site.yaml": SITE}
    for number in range(60):
        other = {"type": "integer", "x-field": {"references": f"type_{(number + 1) % 60}", "inverse": f"list_{number}"}}
        fields = {
            f"field_{index}": {"type": "string", "title": f"Field {index}", "maxLength": 80} for index in range(12)
        }
        rules = [{"rule": "record.field_1 != record.field_2", "message": "No."}]
        schema = {
            "title": "T",
            "type": "object",
            "properties": {**fields, "other": other},
            "x-record": {"validations": rules},
        }
        documents[f"schemas/type_{number}.json"] = json.dumps(schema)
    start = time.process_time()
    loaded = load(documents)
    elapsed = time.process_time() - start
    assert loaded.problems == ()
    assert elapsed < 1


YAML_FORMULAS = {
    # name: (how the formula is written, problem codes)
    "double quotes": ("\"record.name == 'x #y'\"", []),
    "block": (">-\n        record.name ==\n        'x'", []),
    "plain and harmless": ("record.active", []),
    "plain with quotes": ("record.name == 'x'", ["quotes"]),
    "cut at a number sign": ("record.active #y", ["quotes"]),
    "looks like a tag": ("!record.active", ["tag"]),
    "looks like a list": ("[record.active]", ["type"]),
    "wrong inside quotes": ('"record.nmae"', ["formula_unknown_field"]),
}


@pytest.mark.parametrize("name", YAML_FORMULAS)
def test_formula_in_yaml_stands_in_quotes_where_it_could_be_misread(name: str) -> None:
    written, codes = YAML_FORMULAS[name]
    text = (
        "title: Person\ntype: object\nproperties:\n  name:\n    type: string\n    x-field:\n"
        f"      showIf: {written}\n  active: {{type: boolean}}\nx-record: {{}}\n"
    )
    loaded = answers({"site.yaml": SITE, "schemas/person.yaml": text})
    assert [one.code for one in loaded.problems] == codes


def test_problem_in_a_formula_is_told_at_its_character() -> None:
    own = '{"showIf": "isSet(record.n) && record.m"}'
    fields = '{"n": {"type": "string",\n "x-field": %s}}' % own
    text = '{"title": "A", "type": "object", "properties": %s, "x-record": {}}' % fields
    loaded = answers({"site.yaml": SITE, "schemas/a.json": text})
    place = loaded.problems[0].place
    assert place is not None
    assert text.split("\n")[place.line - 1][place.column - 1 :].startswith(("record.m", "m"))
