"""A site's own tests of rights: what they say, where they fail, and that nothing goes into service that fails them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from neutral_site import documents

from kartotek.cli import main
from kartotek.engine.engine import Engine
from kartotek.engine.policies import judged
from kartotek.model.actor import OWNER, Actor

BOSS = Actor(1, "Olive", frozenset({OWNER}))
FILE = "tests/access.yaml"


def told(text: str, **more: str) -> list[tuple[str, str]]:
    """(code, place) of all problems of a file of tests."""
    loaded = judged({**documents(), FILE: text, **more})
    errors = [one for one in loaded.problems if one.severity == "error"]
    assert bool(errors) == (loaded.catalog is None)
    return [(one.code, str(one.place).removeprefix(f"{FILE}:")) for one in errors]


HOLDS = {
    "a field that is hidden": "- role: helper\n  must_not: {read: person.mobile, filter: person.mobile}\n",
    "a field that is not": "- role: helper\n  must: {read: [person.name, person], filter: person.name, write: person.note}\n",
    "a type that nobody deletes": "- role: helper\n  must_not: {delete: person, create: person, write: item}\n",
    "an active person": "- role: helper\n  record: {type: person, fields: {active: true}}\n  must: {read: person.name, write: person.name}\n",
    "somebody who has left": "- role: helper\n  record: {type: person, fields: {active: false}}\n  must_not: {read: [person, person.name], write: person}\n",
    "two roles": "- role: [helper, clerk]\n  must: {read: person.mobile, delete: person}\n",
    "the owner": "- role: owner\n  must: {read: person.mobile, delete: item}\n  must_not: {write: person.spent}\n",
    "a file of comments": "# nothing yet\n",
}


@pytest.mark.parametrize("name", HOLDS)
def test_what_holds_is_passed_over(name: str) -> None:
    assert told(HOLDS[name]) == []


FAILS = {
    # name: (text, code, line:column)
    "a field that is seen": ("- role: clerk\n  must_not: {read: person.mobile}\n", "policy", "2:20"),
    "of several": ("- role: clerk\n  must_not:\n    read: [person.late, person.mobile]\n", "policy", "3:12 3:25"),
    "a field that is not seen": ("- role: helper\n  must: {filter: person.mobile}\n", "policy", "2:18"),
    "one that is seen of some": ("- role: helper\n  must_not: {read: person}\n", "policy", "2:20"),
    "a record": ("- role: helper\n  record: {type: person, fields: {active: true}}\n  must_not: {read: person.name}\n", "policy", "3:20"),
    "unknown role": ("- role: helpr\n  must: {read: person}\n", "unknown_role", "1:9"),
    "unknown type": ("- role: helper\n  must: {read: persn}\n", "unknown_type", "2:16"),
    "unknown field": ("- role: helper\n  must: {read: person.mobil}\n", "unknown_field", "2:16"),
    "unknown field of a record": ("- role: helper\n  record: {type: person, fields: {activ: true}}\n  must: {read: person}\n", "unknown_field", "2:42"),
    "a value that is none": ("- role: helper\n  record: {type: person, fields: {active: maybe}}\n  must: {read: person}\n", "policy_value", "2:43"),
    "unknown verb": ("- role: helper\n  must: {se: person}\n", "unknown_key", "2:10"),
    "no role": ("- must: {read: person}\n", "missing_key", "1:3"),
    "a field where types are asked": ("- role: helper\n  must: {delete: person.name}\n", "policy_target", "2:18"),
    "a type where fields are asked": ("- role: helper\n  must: {filter: person}\n", "policy_target", "2:18"),
    "a transition that is not there": ("- role: helper\n  must: {transition: person.go}\n", "unknown_transition", "2:22"),
    "a state that is not there": ("- role: helper\n  record: {type: person, state: gone}\n  must: {read: person}\n", "unknown_state", "2:33"),
    "another type than the record's": ("- role: helper\n  record: {type: person}\n  must: {read: item}\n", "policy_type", "3:16"),
    "a moment that is none": ("- role: helper\n  now: soon\n  must: {read: item}\n", "form", "2:8"),
    "no YAML": ("- role: [helper\n", "syntax", "2:1"),
}


@pytest.mark.parametrize("name", FAILS)
def test_what_fails_is_told_in_its_place(name: str) -> None:
    text, code, place = FAILS[name]
    assert told(text) == [(code, one) for one in place.split()]


def test_the_sentence_names_the_declaration_that_decides() -> None:
    loaded = judged({**documents(), FILE: "- role: clerk\n  why: Phones are private.\n  must_not: {read: person.mobile}\n"})
    (problem,) = loaded.problems
    assert problem.message.startswith("'clerk' must not see person.mobile, and can. Phones are private. clerk may read every record")
    assert "schemas/person.json:" in problem.message


def test_formulas_find_the_other_records_of_a_test() -> None:
    types = {name: json.loads(text) for name, text in documents().items() if name == "schemas/person.json"}
    person = types["schemas/person.json"]
    person["x-record"]["permissions"]["helper"] = {"read": "record.orders.exists(o, o.paid) && user.id == 7"}
    edited = {"schemas/person.json": json.dumps(person)}
    text = (
        "- role: helper\n  user: {id: 7}\n  record: {type: person, id: 3, fields: {name: A}}\n"
        "  others: [{type: order, fields: {person: 3, paid: PAID}}]\n  KEY: {read: person.name}\n"
    )
    outcomes = {}
    for paid in ("true", "false"):
        loaded = judged({**documents(), **edited, FILE: text.replace("PAID", paid).replace("KEY", "must")})
        outcomes[paid] = [one.code for one in loaded.problems if one.place and one.place.file == FILE]
    assert outcomes == {"true": [], "false": ["policy"]}


def test_nothing_goes_into_service_that_fails(engine: Engine) -> None:
    before = engine.catalog()
    text = documents()["schemas/person.json"].replace('"Mobile"', '"Telephone"')
    wanted = {**documents(), "schemas/person.json": text, FILE: "- role: clerk\n  must_not: {read: person.mobile}\n"}
    report = engine.apply_documents(wanted, by=BOSS, reason="test")
    assert not report.applied and [one.code for one in report.problems] == ["policy"] and engine.catalog().hash == before.hash
    plan = engine.plans.plan(BOSS, wanted)
    assert [one.code for one in plan.problems] == ["policy"] and not plan.steps
    mended = {**wanted, FILE: "- role: helper\n  must_not: {read: person.mobile}\n"}
    assert engine.apply_documents(mended, by=BOSS, reason="test").applied


def test_what_must_not_be_in_a_base_must_not_be_in_a_site_on_it() -> None:
    base = {f"@base/{name}": text for name, text in documents().items()}
    site = {"site.yaml": "extends: ../base\nname: Branch\n"}
    for text, found in (
        ("- role: clerk\n  must_not: {read: person.mobile}\n", ["policy"]), ("- role: helper\n  must: {read: person.mobile}\n", []),
        ("- role: clerk\n  must: {read: person.mobile}\n", []),
    ):  # fmt: skip
        loaded = judged({**site, **base, f"@base/{FILE}": text})
        assert [one.code for one in loaded.problems if one.severity == "error"] == found


def test_the_check_reads_the_file_of_the_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in {**documents(), FILE: "- role: clerk\n  must_not: {read: person.mobile}\n"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "tests" / "other.yaml").write_text("nothing of ours", encoding="utf-8")
    assert main(["check", "--site", str(tmp_path)]) == 1
    assert "tests/access.yaml:2:20: error [policy]" in capsys.readouterr().out
