"""Editing a file's text: it says afterwards what was asked for, and everything else in it is what it was, byte for byte."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kartotek.declaration.reading import read
from kartotek.declaration.writing import edited
from kartotek.declaration.writing_values import changed, same
from kartotek.errors import DeclarationInvalid
from kartotek.model.edit import Edit, Insert, Move, Put, Remove, Rename
from tests.declaration import layouts
from tests.lengths import rounds

ROOT = Path(__file__).resolve().parent.parent.parent

JSON = """\
{
  "title": "Person",
  "required": ["name"],
  "properties": {
    "name": {"type": "string", "maxLength": 80},
    "phone":   {"type": "string", "x-i18n": {"zh": {"title": "电话"}}},

    "born": {
      "type": "string",
      "format": "date"
    }
  },
  "x-record": {}
}
"""

YAML = """\
# yaml-language-server: $schema=../meta/workflow.v1.json
# How an order goes.
record: order   # one of ours
initial: new

states:
  new:   {title: {en: New, zh: 新}, color: orange}   # where all begin
  # what was paid
  paid:  {title: {en: Paid, zh: 已付}, final: true}

transitions:
  pay:
    from: new
    to: paid
    roles: [clerk, 'manager']
    guard: "record.total > 0"
    message: >-
      Nothing
      to pay.
    do:
      - set: {paid_at: =now}
      # tell them
      - notify:
          to: =record.person
          template: paid

  # a way back
  undo:
    from: paid
    to: new
    help: |
      First ask.

      Then do.
"""

CASES: list[tuple[str, str, Edit, str, str]] = [
    ("a text in JSON", "a.json", Put(("title",), "Human \"being\""), '"title": "Person"', '"title": "Human \\"being\\""'),
    ("a list that grows", "a.json", Put(("required",), ["name", "phone"]), '["name"]', '["name", "phone"]'),
    (
        "what is missing above is made", "a.json", Put(("properties", "phone", "x-field", "aliases"), ["tel"]),
        '"title": "电话"}}}', '"title": "电话"}}, "x-field": {"aliases": ["tel"]}}',
    ),
    (
        "a field after the last", "a.json", Put(("properties", "size"), {"type": "integer"}),
        '"format": "date"\n    }\n', '"format": "date"\n    },\n    "size": {"type": "integer"}\n',
    ),
    (
        "a field before another", "a.json", Put(("properties", "size"), {"type": "integer"}, "phone"),
        '    "phone":', '    "size": {"type": "integer"},\n    "phone":',
    ),
    (
        "the last field goes, with the comma and the empty line before it", "a.json", Remove(("properties", "born")),
        '"电话"}}},\n\n    "born": {\n      "type": "string",\n      "format": "date"\n    }\n', '"电话"}}}\n',
    ),
    ("the first field goes", "a.json", Remove(("properties", "name")), '    "name": {"type": "string", "maxLength": 80},\n', ""),
    ("a key inside a line goes", "a.json", Remove(("properties", "name", "maxLength")), ', "maxLength": 80', ""),
    ("a field is called otherwise", "a.json", Rename(("properties", "phone"), "mobile"), '"phone":   ', '"mobile":   '),
    (
        "fields change places", "a.json", Move(("properties", "phone"), "name"),
        '"name": {"type": "string", "maxLength": 80},\n    "phone":   {"type": "string", "x-i18n": {"zh": {"title": "电话"}}},',
        '"phone":   {"type": "string", "x-i18n": {"zh": {"title": "电话"}}},\n    "name": {"type": "string", "maxLength": 80},',
    ),
    ("what was empty", "a.json", Put(("x-record", "list"), ["name"]), '"x-record": {}', '"x-record": {"list": ["name"]}'),
    ("a plain text stays plain, with its comment", "a.yaml", Put(("record",), "bill"), "record: order   #", "record: bill   #"),
    ("what others read as true is quoted", "a.yaml", Put(("record",), "on"), "record: order ", 'record: "on" '),
    ("a formula is quoted", "a.yaml", Put(("transitions", "pay", "do", 0, "set", "paid_at"), "=now + duration('P1D')"), "=now", '"=now + duration(\'P1D\')"'),
    ("quotes stay", "a.yaml", Put(("transitions", "pay", "roles", 1), "owner's"), "'manager'", "'owner''s'"),
    ("an element more", "a.yaml", Insert(("transitions", "pay", "roles"), "boss", 1), "[clerk, 'm", "[clerk, boss, 'm"),
    ("a folded text stays folded", "a.yaml", Put(("transitions", "pay", "message"), "No, no."), "      Nothing\n      to pay.\n", "      No, no.\n"),
    (
        "a text over lines", "a.yaml", Put(("transitions", "undo", "help"), "First ask.\n\nThen do.\nThen tell.\n"),
        "      Then do.\n", "      Then do.\n      Then tell.\n",
    ),
    (
        "a state in line with the others", "a.yaml", Put(("states", "gone"), {"title": {"en": "Gone"}, "final": True}, "paid"),
        "where all begin\n", "where all begin\n  gone:  {title: {en: Gone}, final: true}\n",
    ),
    (
        "a transition apart like the others", "a.yaml", Put(("transitions", "stop"), {"from": "new", "to": "paid", "roles": ["clerk"], "do": [{"set": {"x": 1}}]}),
        "      Then do.\n", "      Then do.\n\n  stop:\n    from: new\n    to: paid\n    roles: [clerk]\n    do:\n      - set: {x: 1}\n",
    ),
    ("an effect goes, the comment above it stays", "a.yaml", Remove(("transitions", "pay", "do", 1)), "      - notify:\n          to: =record.person\n          template: paid\n", ""),
    (
        "transitions change places with their comments", "a.yaml", Move(("states", "paid"), "new"),
        "new:   {title: {en: New, zh: 新}, color: orange}   # where all begin\n  # what was paid\n  paid:  {title: {en: Paid, zh: 已付}, final: true}",
        "# what was paid\n  paid:  {title: {en: Paid, zh: 已付}, final: true}\n  new:   {title: {en: New, zh: 新}, color: orange}   # where all begin",
    ),
    ("a block becomes a value", "a.yaml", Put(("transitions", "undo"), None), "undo:\n    from: paid\n    to: new\n    help: |\n      First ask.\n\n      Then do.\n", "undo: null\n"),
]  # fmt: skip


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize(("name", "file", "edit", "old", "new"), CASES, ids=[one[0] for one in CASES])
def test_an_edit_changes_no_more_than_it_says(name: str, file: str, edit: Edit, old: str, new: str, newline: str) -> None:
    text = JSON if file == "a.json" else YAML
    assert text.count(old) == 1, name
    expected = text.replace(old, new).replace("\n", newline)
    assert edited(file, text.replace("\n", newline), [edit]) == expected


@settings(max_examples=rounds(400, 20_000), deadline=None)
@given(st.integers(0, 2**48))
def test_any_edit_of_any_text_says_what_it_should_and_keeps_all_other_lines(seed: int) -> None:
    random = Random(seed)
    file = random.choice(("a.yaml", "a.yaml", "a.json"))
    lines = (layouts.json_lines if file == "a.json" else layouts.yaml_lines)(random, layouts.mapping(random))
    newline = random.choice(("\n", "\r\n"))
    text = newline.join(line for _, line in lines) + newline
    before = _value(file, text)
    edit = layouts.edit(random, before)
    after = edited(file, text, [edit])
    assert same(_value(file, after), changed(file, before, edit))
    assert not after.replace(newline, "").count("\n"), "all lines end as the first does"
    assert not isinstance(edit, Move) or sorted(after) == sorted(text)
    rest = iter(after.split(newline))
    for line in layouts.untouched(lines, before, edit):
        wanted = line.rstrip(",") if file == "a.json" else line
        assert any(wanted == (one.rstrip(",") if file == "a.json" else one) for one in rest), f"{line!r} is gone"


@settings(max_examples=rounds(100, 5_000), deadline=None)
@given(st.integers(0, 2**48))
def test_a_file_becomes_any_other_by_the_value_it_is_to_have(seed: int) -> None:
    random = Random(seed)
    file = random.choice(("a.yaml", "a.json"))
    lines = (layouts.json_lines if file == "a.json" else layouts.yaml_lines)(random, layouts.mapping(random))
    text = "\n".join(line for _, line in lines) + "\n"
    wanted = layouts.mapping(random)
    assert same(_value(file, edited(file, text, [Put((), wanted)])), wanted)
    assert edited(file, text, [Put((), _value(file, text))]) == text


@pytest.mark.parametrize("path", sorted([*ROOT.glob("schemas/*.json"), *ROOT.glob("workflows/*.yaml"), ROOT / "site.yaml"]), ids=lambda one: one.name)
def test_every_value_of_the_shipped_files_can_be_changed_alone(path: Path) -> None:
    """Each text and number once: one line differs, two where a text was written over several."""
    text = path.read_text(encoding="utf-8")
    for at in layouts.scalars(_value(path.name, text))[:: rounds(15, 1)]:
        after = edited(path.name, text, [Put(at, "otherwise")])
        old, new = text.splitlines(), after.splitlines()
        front = next(number for number, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1])
        kept = len(new) - front - 1
        assert new[front + 1:] == old[len(old) - kept:] and "otherwise" in new[front]


def test_a_byte_order_mark_stays() -> None:
    assert edited("a.yaml", "\ufeffa: 1\r\n", [Put(("a",), 2)]) == "\ufeffa: 2\r\n"


def test_edits_follow_one_another() -> None:
    edits = [Rename(("a",), "b"), Put(("b", "c"), [1]), Insert(("b", "c"), 2), Remove(("b", "c", 0))]
    assert edited("a.yaml", "a:  # why\n  x: 1\n", edits) == "b:  # why\n  x: 1\n  c: [2]\n"


REFUSED: list[tuple[str, Edit, str]] = [
    ("a: 1\na: 2\n", Put(("a",), 1), "duplicate_key"),
    ("a: &x 1\n", Put(("a",), 1), "anchor"),
    ("a: [b: 1]\n", Put(("a", 0, "c"), 1), "not_editable"),
    ("a: 1\n", Remove(("b",)), "no_such_place"),
    ("a: 1\n", Put(("a", "b"), 1), "no_such_place"),
    ("a: [1]\n", Put(("a", 1), 1), "no_such_place"),
    ("a: [1]\n", Put(("a", -1), 1), "no_such_place"),
    ("a: [1]\n", Put(("a", True), 1), "no_such_place"),
    ("a: 1\nb: 2\n", Rename(("a",), "b"), "no_such_place"),
    ("a: 1\n", Insert((), 1), "no_such_place"),
    ("a: 1\n", Put(("a",), "\ud800"), "encoding"),
    ("a: 1\n", Put(("a",), "\0"), "encoding"),
    ("a: 1\n", Put(("a",), "x" * 300_000), "too_large"),
]


@pytest.mark.parametrize(("text", "edit", "code"), REFUSED, ids=[f"{one[2]}-{number}" for number, one in enumerate(REFUSED)])
def test_what_cannot_be_done_exactly_is_not_done(text: str, edit: Edit, code: str) -> None:
    with pytest.raises(DeclarationInvalid) as caught:
        edited("a.yaml", text, [edit])
    assert code in [one.code for one in caught.value.problems]


def _value(file: str, text: str) -> Any:
    document, problems = read(file, text)
    assert document is not None, (text, problems)
    return document.value
