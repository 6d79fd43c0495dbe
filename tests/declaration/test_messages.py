"""Message templates: every value is a checked formula, every mistake is told at its very character."""

from __future__ import annotations

import pytest
from tests.declaration.conftest import Declared, catalog_of

from kartotek.declaration.load import Loaded, load
from kartotek.model.process import Each, Placeholder, When

FILE = "templates/messages/hello.yaml"


def loaded(declared: Declared, text: str, file: str = FILE) -> Loaded:
    return load(declared.documents() | {file: text})


def of_body(body: str) -> str:
    return f"record: visit\nbody: |\n  {body}\n"


WRONG: dict[str, tuple[str, str, tuple[int, int], str]] = {
    # name: (text of the file, code, (line, column), part of the sentence)
    "no such type": ("record: vist\nbody: Hi\n", "unknown_type", (1, 9), "'visit'"),
    "no body": ("record: visit\n", "missing_key", (1, 1), "'body'"),
    "unknown key": ("record: visit\nbody: Hi\nbcc: x\n", "unknown_key", (3, 1), "bcc"),
    "unknown field": (of_body("Dear {record.persn.name}"), "formula_unknown_field", (3, 16), "person"),
    "unknown field in the second line": (
        "record: visit\nbody:\n  en: |\n    Hi\n    {record.person.nme}\n", "formula_unknown_field", (5, 20), "name"),
    "unknown field in quotes": ('record: visit\nbody: "Dear\\n{record.nmber}"\n', "formula_unknown_field", (2, 22), "number"),
    "whoever acts": (of_body("{user.name}"), "formula_unknown_name", (3, 4), "user"),
    "a record": (of_body("{record.person}"), "text_value", (3, 4), "{record.person.name}"),
    "a list": (of_body("{record.lines}"), "text_value", (3, 4), "#each"),
    "an object": (of_body("{record.place}"), "text_value", (3, 4), "cannot stand"),
    "money of a text": (of_body("{record.person.name | money}"), "text_style", (3, 4), "money"),
    "unknown style": (of_body("{record.total | cash}"), "text_style", (3, 18), "money"),
    "condition that is none": (of_body("{#if record.number}x{/if}"), "formula_type", (3, 8), "true/false"),
    "each of no list": (of_body("{#each record.number}x{/each}"), "text_value", (3, 9), "list"),
    "item outside": (of_body("{item.qty}"), "formula_unknown_name", (3, 4), "item"),
    "block that never ends": (of_body("{#if record.number > 1}x"), "text_block", (3, 4), "{/if}"),
    "block that never began": (of_body("x{/if}"), "text_block", (3, 5), "/if"),
    "blocks that cross": (of_body("{#if true}{#each record.lines}{/if}{/each}"), "text_block", (3, 34), "{/each}"),
    "else twice": (of_body("{#if true}a{#else}b{#else}c{/if}"), "text_block", (3, 23), "{/if}"),
    "unknown block": (of_body("{#for x}{/for}"), "text_block", (3, 4), "#for"),
    "brace that never closes": (of_body("{record.number"), "text_brace", (3, 3), "twice"),
    "brace that closes nothing": (of_body("a } b"), "text_brace", (3, 5), "twice"),
    "nothing in braces": (of_body("a {} b"), "text_brace", (3, 5), "{record.name}"),
    "link that nobody makes": (of_body("{link.confirm}"), "unknown_link", (3, 4), "confirm"),
    "purpose of two words": ("record: visit\npurpose: Big sale\nbody: x\n", "form", (2, 10), "marketing"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_a_mistake_in_a_message_is_told_at_its_character(declared: Declared, case: tuple[str, str, tuple[int, int], str]) -> None:
    text, code, place, part = case
    found = loaded(declared, text)
    (problem,) = [one for one in found.problems if one.severity == "error"]
    assert found.catalog is None
    assert problem.place is not None
    assert (problem.code, problem.place.file, (problem.place.line, problem.place.column)) == (code, FILE, place), problem
    assert part in problem.message


@pytest.mark.parametrize("file", ["templates/messages/Hello.yaml", "templates/messages/a/b.yaml", "templates/messages/hello.json"])
def test_files_that_cannot_be_messages_are_told(declared: Declared, file: str) -> None:
    (problem,) = loaded(declared, "record: visit\nbody: Hi\n", file).problems
    assert problem.code == "file_name"


def test_a_message_keeps_its_pieces_in_every_language(declared: Declared) -> None:
    text = """record: visit
purpose: marketing
subject: {en: "No. {record.number}", zh: "第{record.number}号"}
body:
  en: |
    Dear {record.person.name}, {{on}} {record.starts_at | datetime}:
    {#each record.lines}{item.qty} × {item.item.name}{#if item.amount > 100}!{#else}.{/if}
    {/each}Total {record.total | money} {record.person.name == '}' || record.number > 1 ? 'a|b' : 'c'}
  zh: 您好
"""
    template = catalog_of(loaded(declared, text)).templates["hello"]
    assert (template.record, template.purpose, template.body["zh"]) == ("visit", "marketing", ("您好",))
    dear, name, on, at, colon, lines, total, money, blank, last, end = template.body["en"]
    assert (dear, on, colon, blank, end) == ("Dear ", ", {on} ", ":\n", " ", "\n")
    assert isinstance(name, Placeholder) and name.formula.source == "record.person.name"
    assert isinstance(at, Placeholder) and at.style == "datetime"
    assert isinstance(money, Placeholder) and (total, money.style) == ("Total ", "money")
    assert isinstance(last, Placeholder) and last.style == ""
    assert isinstance(lines, Each) and lines.formula.source == "record.lines"
    quantity, times, _, condition, newline = lines.pieces
    assert isinstance(quantity, Placeholder) and ("item", "qty") in quantity.formula.paths
    assert (times, newline) == (" × ", "\n")
    assert isinstance(condition, When) and (condition.then, condition.otherwise) == (("!",), (".",))


def test_another_text_makes_another_catalog(declared: Declared) -> None:
    one, other = (catalog_of(loaded(declared, f"record: visit\nbody: {text}\n")) for text in ("Hi", "Hello"))
    assert one.hash != other.hash


def test_a_mistake_in_a_type_is_told_once_and_not_again_in_its_messages(declared: Declared) -> None:
    declared.at("visit/properties/number", {"type": "integr"})
    found = loaded(declared, of_body("{record.number} {record.person.name}"))
    assert {one.place.file for one in found.problems if one.place} == {"schemas/visit.json"}


def test_a_text_of_braces_alone_is_read_in_time(declared: Declared) -> None:
    for text in ("{" * 9000, "{{" * 4000, "{#if true}" * 900, "{record.number}" * 600, "{'" * 3000):
        assert loaded(declared, f"record: visit\nbody: '{text.replace(chr(39), chr(39) * 2)}'\n").problems is not None
