"""The forms of foreign types: what nobody touches stays exactly as it is, and what is typed arrives."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from corpus import accepted, judge
from lengths import rounds
from serving import documents
from verdicts import are_same
from visitors import Pages, Visitor, open_pages, typed
from werkzeug.test import TestResponse

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
SOME = accepted()[:: rounds(15, 1)]
ODD: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Odd",
    "type": "object",
    "required": ["name", "place"],
    "properties": {
        "name": {"type": "string"},
        "when": {"type": "string", "format": "date-time"},
        "size": {"type": "number"},
        "count": {"type": "integer"},
        "agreed": {"type": "boolean"},
        "maybe": {"type": ["boolean", "null"]},
        "mixed": {"enum": ["1", 1, True, None]},
        "lines": {"type": "array", "items": {"type": "string"}},
        "free": {"type": ["object", "array", "string", "integer"]},
        "place": {
            "type": "object",
            "required": ["city"],
            "properties": {"city": {"type": "string"}, "seen": {"type": "string", "format": "date-time"}},
        },
        "people": {
            "type": "array",
            "items": {"type": "object", "properties": {"who": {"type": "string"}, "age": {"type": "integer"}}},
        },
    },
}
FULL: dict[str, Any] = {
    "name": "a\r\nb\rc", "when": "2026-11-21T10:30:00.123456789+05:30", "size": 1.0, "count": 2**70, "agreed": False, "maybe": None,
    "mixed": 1, "lines": ["x", "y z"], "free": {"deep": [2**64, 1e-7, None]}, "extra": {"": [None]}, "other": None,
    "place": {"city": "", "seen": "2026-11-21t10:30:00z", "more": {"a": 1}}, "people": [{"who": "张三", "age": 2**60}],
}  # fmt: skip


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Pages, Visitor]]:
    """The pages of some of the collection, and of one type with everything that a control shows otherwise than it is stored."""
    folder = tmp_path_factory.mktemp("foreign")
    urls = (f"sqlite:///{folder}/records.db", f"sqlite:///{folder}/auth.db")
    files = {"odd": json.dumps(ODD), **{one.name: one.text for one in SOME}}
    pages = open_pages(*urls, folder / "files", lambda: NOW, given=documents(files))
    yield pages, pages.visitor("owner")
    pages.close()


@pytest.fixture
def odd(opened: tuple[Pages, Visitor]) -> tuple[Pages, Visitor]:
    """The same, for tests of the odd type."""
    return opened


def test_untouched_forms_of_other_peoples_schemas_change_nothing(opened: tuple[Pages, Visitor]) -> None:
    (pages, owner), changed = opened, []
    for one in SOME:
        fits = [instance for instance in one.instances(5, rounds(4, 20)) if judge(one.schema)(instance)]
        for instance in fits[: rounds(2, 20)]:
            id = pages.made(one.name, **instance)
            before = pages.stored(one.name, id)
            for way in ("", "?~whole=1"):
                answer = owner.post(f"/r/{one.name}/{id}/edit", owner.form(f"/r/{one.name}/{id}/edit{way}"))
                if answer.status_code != 303 or not are_same(pages.stored(one.name, id), before):
                    changed.append((one.name, way, answer.status_code, before, pages.stored(one.name, id)))
    assert not changed, changed[:3]


def test_one_changed_field_leaves_all_others_exactly_as_stored(odd: tuple[Pages, Visitor]) -> None:
    pages, owner = odd
    id = pages.made("odd", **FULL)
    answer = _sent(owner, f"/r/odd/{id}/edit", {"/place/city": "Paris", "/people/0/age": "7"})
    assert answer.status_code == 303, answer.text
    wanted = {**FULL, "place": {**FULL["place"], "city": "Paris"}, "people": [{"who": "张三", "age": 7}]}
    assert are_same(pages.stored("odd", id), wanted)


@pytest.mark.parametrize(
    ("control", "text", "kept"),
    [
        ("/count", "1180591620717411303424", {"count": 2**70}),
        ("/agreed", "false", {"agreed": False}),
        ("/agreed", "", {}),
        ("/maybe", "null", {"maybe": None}),
        ("/maybe", "false", {"maybe": False}),
        ("/mixed", '"1"', {"mixed": "1"}),
        ("/mixed", "1", {"mixed": 1}),
        ("/mixed", "true", {"mixed": True}),
        ("/mixed", "null", {"mixed": None}),
        ("/lines", "one\r\ntwo\r\n", {"lines": ["one", "two"]}),
        ("/free", "[18446744073709551616, 1.0]", {"free": [2**64, 1.0]}),
        ("/\ue000", '{"x y": [1]}', {"x y": [1]}),
    ],
)
def test_what_is_typed_is_stored_with_its_very_type(odd: tuple[Pages, Visitor], control: str, text: str, kept: dict[str, Any]) -> None:
    pages, owner = odd
    answer = _sent(owner, "/r/odd/new", {"/name": "A", "/place/city": "B", control: text})
    assert answer.status_code == 303, answer.text
    assert are_same(pages.stored("odd", _id(answer)), {"name": "A", "place": {"city": "B"}, **kept})


def test_a_record_filled_in_as_json_is_that_json(odd: tuple[Pages, Visitor]) -> None:
    pages, owner = odd
    answer = _sent(owner, "/r/odd/new?~whole=1", {"/\ue000": json.dumps(FULL)})
    assert answer.status_code == 303, answer.text
    id = _id(answer)
    assert are_same(pages.stored("odd", id), FULL)
    less = {name: value for name, value in FULL.items() if name not in ("extra", "size")}
    assert _sent(owner, f"/r/odd/{id}/edit?~whole=1", {"/\ue000": json.dumps(less)}).status_code == 303
    assert are_same(pages.stored("odd", id), less)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{1}", "line 1, column 2"),
        ('{"a": 1, "a": 2}', "The key a stands twice."),
        ("NaN", "NaN is not a number in JSON."),
        ("1e999", "A number is too large"),
        ("true", "This fits none of the forms that are allowed here."),
    ],
)
def test_json_that_is_none_comes_back_with_what_is_wrong(odd: tuple[Pages, Visitor], text: str, said: str) -> None:
    _, owner = odd
    answer = _sent(owner, "/r/odd/new", {"/name": "A", "/place/city": "B", "/free": text})
    assert answer.status_code == 422
    assert said in answer.text.replace("&#39;", "'")
    assert text.replace('"', "&#34;") in answer.text


def test_a_value_that_its_controls_cannot_show_is_edited_as_json(odd: tuple[Pages, Visitor]) -> None:
    pages, owner = odd
    id = pages.made("odd", name="A", place={"city": "B"}, lines=["two\nlines", ""], people=[{}, {"who": "X", "more": 1}])
    form = owner.form(f"/r/odd/{id}/edit")
    assert json.loads(form["/lines"]) == ["two\nlines", ""]
    assert json.loads(form["/people"]) == [{}, {"who": "X", "more": 1}]


def _sent(owner: Visitor, path: str, values: dict[str, str]) -> TestResponse:
    form = owner.form(path)
    assert values.keys() <= form.keys() | {"/agreed", "/maybe", "/mixed"}, form.keys()
    typed(form, values)
    return owner.post(path.split("?")[0], form)


def _id(answer: TestResponse) -> int:
    return int(answer.headers["Location"].split("?")[0].rpartition("/")[2])
