"""What the records there are say to a change: counts, samples and final verdicts, on both databases."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from neutral_site import OWNER
from two_catalogs import NOW, catalog_of, change_of, documents, group, money, rows, text, was, whole

from kartotek.engine.change import CatalogChange
from kartotek.engine.compiled import Compiled
from kartotek.engine.engine import Engine
from kartotek.engine.findings import found, settled_steps
from kartotek.engine.users import MirroredUser
from kartotek.kinds.kind import ColumnSpec
from kartotek.migration.keeping import declared_of
from kartotek.migration.steps import steps
from kartotek.model.kept import Kept, KeptPlace
from kartotek.model.plan import Finding, Progress
from kartotek.storage import kept
from kartotek.storage.database import Database
from kartotek.storage.ddl import add_column
from kartotek.storage.layout import Column

Fields = Mapping[str, Any]
BIG = 2**70


class Shed:
    """A site with some types and records, and what a change of it finds."""

    def __init__(self, engine: Engine, database_url: str) -> None:
        self.engine = engine
        self._url = database_url
        engine.users.mirror(MirroredUser(id=OWNER.id, username="olive", name=OWNER.name, roles=OWNER.roles))

    def put(self, record_type: str, *several: Fields) -> list[int]:
        """Creates records and answers their ids."""
        return [int(self.engine.create(OWNER, record_type, fields)["id"]) for fields in several]

    def change(self, options: Fields | None = None, **types: Fields) -> CatalogChange:
        """The change to these types."""
        made = change_of(self.engine.catalog(), catalog_of(documents(**types)), options or {})
        return _with(made, Compiled(self.engine.catalog(), "sqlite" if self._url.startswith("sqlite") else "postgresql"))

    def look(self, change: CatalogChange, told: list[Progress] | None = None) -> dict[int, Finding]:
        """The findings, read by a connection of its own, which must write nothing."""
        database = Database.open(self._url)
        try:
            with database.read() as conn:
                return found(conn, change, now=NOW, progress=told.append if told is not None else None)
        finally:
            database.close()

    def say(self, action: str, options: Fields | None = None, **types: Fields) -> tuple[str, Finding]:
        """(final verdict, finding) of the only step of that action."""
        change = self.change(options, **types)
        findings = self.look(change)
        final = settled_steps(change, findings)
        at = [index for index, step in enumerate(final) if step.action == action]
        assert len(at) == 1, [step.words for step in final]
        return final[at[0]].verdict, findings[at[0]]


def _with(change: CatalogChange, current: Compiled) -> CatalogChange:
    return replace(change, current=current, by=OWNER)


@pytest.fixture
def shed(open_engine: Callable[..., Engine], database_url: str) -> Callable[..., Shed]:
    """A function that makes a site with these types."""
    return lambda **types: Shed(open_engine(documents(**types)), database_url)


Make = Callable[..., Shed]


def told(finding: Finding) -> tuple[int, int, int]:
    return finding.concerned, finding.failing, finding.altered


def ids(finding: Finding) -> list[int]:
    return [one.id for one in finding.sample]


SHORT = text(maxLength=50)
TITLED = {"x-record": {"titleTemplate": "{name}"}}


def test_required_counts_who_lacks_it_and_names_them(shed: Make) -> None:
    it = shed(item={**TITLED, "name": text(), "a": text(), "n": text(type=["string", "null"])})
    one, two, three = it.put("item", {"name": "A", "a": "x"}, {"name": "B"}, {"name": "C", "n": None})
    it.engine.delete(OWNER, "item", it.put("item", {"name": "gone"})[0])
    verdict, finding = it.say("require", item={**TITLED, "name": text(), "a": text(), "n": text(type=["string", "null"]), "required": ["a"]})
    assert (verdict, told(finding), finding.broken) == ("ratcheted", (3, 2, 0), "a")
    assert [(one.id, one.title) for one in finding.sample] == [(two, "B"), (three, "C")]
    verdict, finding = it.say("require", item={**TITLED, "name": text(), "a": text(), "n": text(type=["string", "null"]), "required": ["n"]})
    assert (verdict, ids(finding)) == ("ratcheted", [one, two])  # a null is something where null may be
    verdict, finding = it.say("require", item={**TITLED, "name": text(), "a": text(), "n": text(type=["string", "null"]), "required": ["name"]})
    assert (verdict, told(finding), finding.sample, finding.broken) == ("safe", (3, 0, 0), (), "")


def test_a_new_required_field_is_lacked_by_all(shed: Make) -> None:
    it = shed(item={"a": text()})
    assert it.say("require", item={"a": text(), "b": text(), "required": ["b"]})[0] == "safe"
    it.put("item", {"a": "x"}, {})
    verdict, finding = it.say("require", item={"a": text(), "b": text(), "required": ["b"]})
    assert (verdict, told(finding)) == ("ratcheted", (2, 2, 0))


def test_required_within_rows_and_objects(shed: Make) -> None:
    it = shed(item={"l": rows(a=text(), b=text()), "o": group(a=text(), b=text())})
    one, _, three = it.put("item", {"l": [{"a": "x"}, {"b": "y"}], "o": {"a": "x"}}, {}, {"l": [{"a": "x"}], "o": {"b": "y"}})
    inner = rows(a=text(), b=text())
    inner["items"]["required"] = ["a"]
    verdict, finding = it.say("require", item={"l": inner, "o": group(a=text(), b=text())})
    assert (verdict, told(finding), ids(finding), finding.broken) == ("ratcheted", (2, 1, 0), [one], "l.a")
    verdict, finding = it.say("require", item={"l": rows(a=text(), b=text()), "o": {**group(a=text(), b=text()), "required": ["a"]}})
    assert (verdict, told(finding), ids(finding), finding.broken) == ("ratcheted", (2, 1, 0), [three], "o.a")
    new = rows(a=text(), b=text(), c=text())
    new["items"]["required"] = ["c"]
    verdict, finding = it.say("require", item={"l": new, "o": group(a=text(), b=text())})
    assert (verdict, told(finding), ids(finding)) == ("ratcheted", (2, 2, 0), [one, three])


def test_required_under_a_condition(shed: Make) -> None:
    it = shed(item={"kind": text(), "a": text()})
    one, _, _ = it.put("item", {"kind": "x"}, {"kind": "x", "a": "1"}, {"kind": "y"})
    condition = {"requiredIf": "record.kind == 'x'"}
    verdict, finding = it.say("require", item={"kind": text(), "a": text(**{"x-field": condition})})
    assert (verdict, told(finding), ids(finding)) == ("ratcheted", (3, 1, 0), [one])
    verdict, finding = it.say("require", item={"kind": text(), "a": text(), "b": text(**{"x-field": condition})})
    assert (verdict, told(finding)) == ("ratcheted", (3, 2, 0))


def test_each_narrower_limit_counts_its_own(shed: Make) -> None:
    it = shed(item={"a": text(), "n": whole(), "l": rows(n=whole())})
    one, two, three = it.put("item", {"a": "abcdef", "n": BIG}, {"a": "x", "n": 1}, {"n": -5, "l": [{"n": 1}, {"n": 500}]})
    change = it.change(item={"a": text(maxLength=3, pattern="^[a-f]*$"), "n": whole(minimum=0, maximum=100), "l": rows(n=whole(maximum=100))})
    findings = it.look(change)
    failing = {(step.field, step.params["setting"]): ids(findings[at]) for at, step in enumerate(change.steps)}
    assert failing == {
        ("a", "maxLength"): [one], ("a", "pattern"): [two], ("n", "minimum"): [three], ("n", "maximum"): [one], ("l.n", "maximum"): [three],
    }
    shown = [findings[at].sample[0] for at, step in enumerate(change.steps) if step.field == "a"]
    assert [(one.value, one.problem) for one in shown] == [
        ("abcdef", "Use at most 3 characters."), ("x", "This does not have the required form."),
    ]
    assert {one.verdict for one in settled_steps(change, findings)} == {"ratcheted"}


def test_files_that_would_not_be_taken_any_more(shed: Make) -> None:
    def papers(**more: Any) -> dict[str, Any]:
        return {"type": "array", "items": text(), "x-field": {"file": more}}

    it = shed(item={"f": papers()})
    sent = [it.engine.stage_file(OWNER, io.BytesIO(content), name=name)["id"] for name, content in (("a.pdf", b"%PDF-1.7 x"), ("b.txt", b"words" * 400))]
    _, two = it.put("item", {"f": [sent[0]]}, {"f": [sent[1]]})
    verdict, finding = it.say("narrow", item={"f": papers(accept=[".pdf"])})
    assert (verdict, told(finding), ids(finding), finding.sample[0].value) == ("ratcheted", (2, 1, 0), [two], "b.txt")
    verdict, finding = it.say("narrow", item={"f": papers(maxSize=1000)})
    assert (verdict, told(finding), ids(finding)) == ("ratcheted", (2, 1, 0), [two])
    assert it.say("narrow", item={"f": papers(maxSize=5000)})[0] == "safe"


def test_a_null_that_is_not_taken_any_more(shed: Make) -> None:
    it = shed(item={"a": text(type=["string", "null"])})
    one, _, _ = it.put("item", {"a": None}, {"a": "x"}, {})
    verdict, finding = it.say("narrow", item={"a": text()})
    assert (verdict, told(finding), ids(finding)) == ("ratcheted", (1, 1, 0), [one])


def test_a_retype_tells_what_cannot_go_and_what_reads_otherwise(shed: Make) -> None:
    it = shed(item={**TITLED, "name": text(), "a": text()})
    it.put("item", {"name": "A", "a": "7"})
    verdict, finding = it.say("retype", item={**TITLED, "name": text(), "a": whole()})
    assert (verdict, told(finding)) == ("safe", (1, 0, 0))
    _, two, three = it.put("item", {"name": "B"}, {"name": "C", "a": "007"}, {"name": "D", "a": "many"})
    verdict, finding = it.say("retype", item={**TITLED, "name": text(), "a": whole()})
    assert (verdict, told(finding)) == ("confirm", (3, 1, 1))
    assert [(one.id, one.title, one.value, one.problem) for one in finding.sample] == [(three, "D", "many", "This must be a whole number.")]
    assert [(one.type, one.why and one.why.code) for one in finding.sample] == [("item", "type")]
    it.engine.update(OWNER, "item", three, {"a": "8"})
    verdict, finding = it.say("retype", item={**TITLED, "name": text(), "a": whole()})
    assert (verdict, told(finding), ids(finding)) == ("confirm", (3, 0, 1), [two])


def test_a_retype_counts_those_in_the_trash_and_what_no_column_holds(shed: Make) -> None:
    it = shed(item={"a": whole(), "l": rows(n=text()), "o": group(n=text())})
    one, two = it.put("item", {"a": BIG, "l": [{"n": "1"}, {"n": "x"}]}, {"a": 5, "o": {"n": "y"}})
    it.engine.delete(OWNER, "item", one)
    change = it.change(item={"a": money(), "l": rows(n=whole()), "o": group(n=whole())})
    findings = it.look(change)
    retypes = [(at, step) for at, step in enumerate(change.steps) if step.action == "retype"]
    assert {step.field: (told(findings[at]), ids(findings[at])) for at, step in retypes} == {
        "a": ((2, 1, 0), [one]), "l.n": ((1, 1, 0), [one]), "o.n": ((1, 1, 0), [two]),
    }


def test_values_that_are_refused_are_lacked_and_limits_judge_what_goes_over(shed: Make) -> None:
    it = shed(item={"a": text()})
    one, two = it.put("item", {"a": "x"}, {"a": "700"})
    change = it.change(item={"b": was("a", whole(maximum=100)), "required": ["b"]})
    findings = it.look(change)
    by_action = {step.action: ids(findings[at]) for at, step in enumerate(change.steps) if at in findings}
    assert by_action["retype"] == by_action["require"] == [one]
    assert by_action["narrow"] == [two]


def test_many_to_one_counts_those_with_several(shed: Make) -> None:
    many = {"type": "array", "items": whole(), "x-field": {"references": "thing"}}
    it = shed(item={"a": many}, thing={"n": text()})
    x, y = it.put("thing", {"n": "x"}, {"n": "y"})
    two = it.put("item", {"a": [x]}, {"a": [x, y]}, {})[1]
    verdict, finding = it.say("retype", item={"a": whole(**{"x-field": {"references": "thing"}})}, thing={"n": text()})
    assert (verdict, told(finding), ids(finding)) == ("confirm", (2, 1, 0), [two])


def test_options_that_are_gone_are_refused_while_used_and_confirmed_once_answered(shed: Make) -> None:
    it = shed(item={"a": {"enum": ["x", "y", "z"]}, "m": {"type": "array", "items": {"enum": ["p", "q"]}}, "l": rows(n={"enum": [1, 2]})})
    fewer = {"a": {"enum": ["x"]}, "m": {"type": "array", "items": {"enum": ["p", "q"]}}, "l": rows(n={"enum": [1, 2]})}
    assert it.say("options", item=fewer)[0] == "safe"
    one, two, _ = it.put("item", {"a": "y"}, {"a": "z", "m": ["p", "q"], "l": [{"n": 1}, {"n": 2}]}, {"a": "x", "m": ["p"]})
    verdict, finding = it.say("options", item=fewer)
    assert (verdict, told(finding), ids(finding)) == ("refused", (2, 2, 0), [one, two])
    verdict, finding = it.say("options", {"item.a": {"y": "x"}}, item=fewer)
    assert (verdict, told(finding), ids(finding), finding.sample[0].value) == ("refused", (2, 1, 0), [two], "z")
    verdict, finding = it.say("options", {"item.a": {"y": "x", "z": None}}, item=fewer)
    assert (verdict, told(finding)) == ("confirm", (2, 0, 0))
    assert it.say("options", {"item.a": {"y": "nowhere", "z": None}}, item=fewer)[0] == "refused"
    fewer = {"a": {"enum": ["x", "y", "z"]}, "m": {"type": "array", "items": {"enum": ["p"]}}, "l": rows(n={"enum": [1, 2]})}
    assert told(it.say("options", item=fewer)[1]) == (1, 1, 0)
    assert it.say("options", {"item.m": {"q": "p"}}, item=fewer)[0] == "confirm"
    fewer = {"a": {"enum": ["x", "y", "z"]}, "m": {"type": "array", "items": {"enum": ["p", "q"]}}, "l": rows(n={"enum": [1]})}
    assert (it.say("options", item=fewer)[0], it.say("options", {"item.l.n": {"2": 1}}, item=fewer)[0]) == ("refused", "confirm")


def test_unique_is_refused_while_values_stand_twice_among_live_records(shed: Make) -> None:
    it = shed(item={"a": SHORT, "b": whole(), "c": text()})
    unique = {**SHORT, "x-field": {"unique": True}}
    one, two, three, _ = it.put("item", {"a": "x", "b": 1}, {"a": "x", "b": 2}, {"a": "y", "b": 1}, {})
    verdict, finding = it.say("unique", item={"a": unique, "b": whole(), "c": text()})
    assert (verdict, finding.failing, ids(finding)) == ("refused", 2, [one, two])
    together = {"a": SHORT, "b": whole(), "c": text(), "x-record": {"unique": [{"fields": ["a", "b"]}]}}
    assert it.say("unique", item=together)[0] == "safe"
    it.engine.delete(OWNER, "item", two)
    assert it.say("unique", item={"a": unique, "b": whole(), "c": text()})[0] == "safe"
    it.put("item", {"a": "x", "b": 1})
    verdict, finding = it.say("unique", item=together)
    assert (verdict, finding.failing, ids(finding)[0], finding.sample[0].value) == ("refused", 2, one, "x, 1")
    only = {"a": SHORT, "b": whole(), "c": text(), "x-record": {"unique": [{"fields": ["a", "b"], "where": "record.c == 'yes'"}]}}
    assert it.say("unique", item=only)[0] == "safe"
    it.engine.update(OWNER, "item", one, {"c": "yes"})
    assert it.say("unique", item=only)[0] == "safe"
    last = it.put("item", {"a": "x", "b": 1, "c": "yes"})[0]
    verdict, finding = it.say("unique", item=only)
    assert (verdict, finding.failing, ids(finding)) == ("refused", 2, [one, last])


def test_values_that_become_alike_are_not_unique(shed: Make) -> None:
    it = shed(item={"a": text()})
    one, two, _ = it.put("item", {"a": "7"}, {"a": "007"}, {"a": "8"})
    verdict, finding = it.say("unique", item={"a": whole(**{"x-field": {"unique": True}})})
    assert (verdict, finding.failing, ids(finding)) == ("refused", 2, [one, two])


def test_a_default_for_all_is_not_unique(shed: Make) -> None:
    it = shed(item={"a": text()})
    new = {"a": text(), "b": text(default="x", **{"x-field": {"unique": True}})}
    it.put("item", {})
    assert it.say("unique", item=new)[0] == "safe"
    it.put("item", {})
    assert (it.say("unique", item=new)[0], it.say("add_field", item=new)[1].concerned) == ("refused", 2)


def test_a_rule_counts_whoever_breaks_it_with_the_names_and_values_of_the_new_declaration(shed: Make) -> None:
    it = shed(item={**TITLED, "name": text(), "a": text()})
    one, _, _ = it.put("item", {"name": "A", "a": "5"}, {"name": "B", "a": "50"}, {"name": "C"})
    rule = {"name": "enough", "rule": "record.b >= record.least", "message": "Too little."}
    new = {"name": text(), "b": was("a", whole()), "least": whole(default=10), "x-record": {"titleTemplate": "{name}", "validations": [rule]}}
    verdict, finding = it.say("narrow", item=new)
    assert (verdict, told(finding), finding.broken) == ("ratcheted", (3, 1, 0), "enough")
    assert [(one.id, one.title, one.problem) for one in finding.sample] == [(one, "A", "Too little.")]


def test_a_rule_reaches_other_records_as_they_will_be(shed: Make) -> None:
    reference = whole(**{"x-field": {"references": "thing", "inverse": "items"}})
    it = shed(item={"t": reference, "n": text()}, thing={"size": text()})
    small, large = it.put("thing", {"size": "1"}, {"size": "99"})
    one, _ = it.put("item", {"t": small, "n": "5"}, {"t": large, "n": "7"})
    it.put("item", {"t": small, "n": "2"})
    rule = {"name": "fits", "rule": "record.m <= record.t.width", "message": "Too large."}
    of_many = {"name": "few", "rule": "record.count < 2", "message": "Too many."}
    part = {"width": was("size", whole()), "count": whole(readOnly=True, **{"x-field": {"rollup": {"from": "items", "fn": "count"}}}),
            "x-record": {"aliases": ["thing"], "validations": [of_many]}}
    new = whole(**{"x-field": {"references": "part", "inverse": "items"}})
    change = it.change(item={"t": new, "m": was("n", whole()), "x-record": {"validations": [rule]}}, part=part)
    findings = it.look(change)
    failing = {step.rule: ids(findings[at]) for at, step in enumerate(change.steps) if step.action == "narrow"}
    assert failing["fits"][0] == one and len(failing["fits"]) == 2 and failing["few"] == [small]


def test_new_times_taken_count_those_that_overlap(shed: Make) -> None:
    it = shed(item={"who": text(), "starts": text(format="date-time"), "ends": text(format="date-time")})
    day = "2026-11-21T"
    one, two, _, _ = it.put(
        "item", {"who": "a", "starts": f"{day}10:00:00Z", "ends": f"{day}11:00:00Z"}, {"who": "a", "starts": f"{day}10:30:00Z", "ends": f"{day}11:30:00Z"},
        {"who": "b", "starts": f"{day}10:30:00Z", "ends": f"{day}11:30:00Z"}, {"who": "a", "starts": f"{day}11:30:00Z", "ends": f"{day}12:00:00Z"},
    )
    new = {"who": text(), "starts": text(format="date-time"), "ends": text(format="date-time"),
           "x-record": {"occupancy": [{"name": "busy", "key": ["who"], "start": "starts", "end": "ends", "message": "Taken."}]}}
    verdict, finding = it.say("narrow", item=new)
    assert (verdict, told(finding), ids(finding)) == ("ratcheted", (4, 2, 0), [one, two])
    new["x-record"]["occupancy"][0]["capacity"] = 2  # type: ignore[index]
    assert it.say("narrow", item=new)[0] == "safe"


def test_what_a_removal_would_lose_is_counted_wherever_it_stands(shed: Make) -> None:
    many = {"type": "array", "items": whole(), "x-field": {"references": "thing"}}
    it = shed(item={**TITLED, "name": text(), "a": whole(), "l": rows(n=whole(), t=text()), "o": group(n=whole(), t=text()), "m": many}, thing={"n": text()})
    x = it.put("thing", {"n": "x"})[0]
    it.put("item", {"name": "A", "a": 1}, {"name": "B", "a": BIG, "l": [{"n": BIG, "t": "x"}], "o": {"n": BIG, "t": "x"}},
           {"name": "C", "l": [{"t": "x"}], "o": {"t": "y"}, "m": [x]}, {"name": "D", "m": []})
    change = it.change(item={**TITLED, "name": text(), "l": rows(t=text()), "o": group(t=text())}, thing={"n": text()})
    findings = it.look(change)
    lost = {step.field: [(one.title, one.value) for one in findings[at].sample] for at, step in enumerate(change.steps) if step.action == "remove_field"}
    assert lost == {"a": [("A", "1"), ("B", str(BIG))], "l.n": [("B", str(BIG))], "o.n": [("B", str(BIG))], "m": [("C", str(x)), ("D", "")]}
    assert {step.verdict for step in settled_steps(change, findings) if step.action == "remove_field"} == {"confirm"}


def test_odd_names_are_found_too(shed: Make) -> None:
    it = shed(item={"a.b": whole(), 'q"\'\\': whole(), "": whole(), "王": group(**{"x.y": whole()})})
    it.put("item", {"a.b": BIG, 'q"\'\\': BIG, "": BIG, "王": {"x.y": BIG}})
    change = it.change(item={"k": text(), "王": group(z=whole())})
    findings = it.look(change)
    assert [findings[at].concerned for at, step in enumerate(change.steps) if step.action == "remove_field"] == [1, 1, 1, 1]


def test_a_type_that_goes_with_the_links_to_it_is_confirmed_and_each_link_is_counted(shed: Make) -> None:
    reference = whole(**{"x-field": {"references": "thing"}})
    it = shed(item={**TITLED, "name": text(), "t": reference, "l": rows(t=reference)}, thing={"n": text()}, other={"t": reference})
    x = it.put("thing", {"n": "x"})[0]
    without = {"item": {**TITLED, "name": text(), "l": rows(k=text())}, "other": {"k": text()}}
    verdict, finding = it.say("remove_type", **without)
    assert (verdict, told(finding)) == ("confirm", (1, 0, 0))
    it.put("other", {"t": x})
    it.put("item", {"name": "A", "t": x}, {"name": "B", "l": [{"t": x}]})
    verdict, finding = it.say("remove_type", **without)
    assert (verdict, told(finding)) == ("confirm", (1, 0, 0))
    change = it.change(**without)
    looked = it.look(change)
    counted = {(one.type, one.path): told(looked[at]) for at, one in enumerate(change.steps) if one.action == "remove_field"}
    assert counted == {("item", ("t",)): (1, 0, 0), ("item", ("l", "t")): (1, 0, 0), ("other", ("t",)): (1, 0, 0)}


def test_progress_is_told_and_samples_end_at_twenty(shed: Make) -> None:
    it = shed(item={"a": text()}, thing={"a": text()})
    it.put("item", *({"a": "x"} for _ in range(30)))
    it.put("thing", *({"a": "1"} for _ in range(3)))
    progress: list[Progress] = []
    change = it.change(item={"a": whole()}, thing={"a": whole()})
    findings = it.look(change, progress)
    assert (findings[0].failing, len(findings[0].sample), findings[1].failing) == (30, 20, 0)
    assert (progress[0].done, progress[-1].done, {one.total for one in progress}) == (0, 33, {33})


def test_nothing_is_found_before_anything_was_applied_and_of_steps_without_records(shed: Make) -> None:
    it = shed(item={"a": text()})
    it.put("item", {"a": "x"})
    assert it.look(it.change(item={"a": text(), "b": text()}, thing={"n": text()})) == {}
    assert it.look(change_of(catalog_of(documents()), catalog_of(documents(item={"a": text()})))) == {}


def test_a_field_that_comes_back_is_looked_at_where_its_values_stand(shed: Make) -> None:
    it = shed(item={"a": SHORT})
    one, two, three = it.put("item", {"a": "1"}, {"a": "2"}, {"a": "3"})
    declared = catalog_of(documents(item={"b": SHORT})).types["item"].by_name["b"]
    aside = KeptPlace("item", "b", "item", "zz_b_20261101")
    gone = Kept(id=0, type="item", path=("b",), declared=declared_of(declared), since=NOW, until=NOW, places=(aside,), records=2)
    database = Database.open(it._url)
    try:
        with database.write() as conn:
            add_column(conn, "item", Column("zz_b_20261101", ColumnSpec("text")))
            for id in (one, three):
                conn.run('UPDATE "item" SET "zz_b_20261101" = ? WHERE "id" = ?', ("long", id))
            known = kept.everything(conn) if kept.add(conn, gone) else ()
    finally:
        database.close()
    new = {"a": SHORT, "b": {**text(maxLength=3), "x-field": {"unique": True}}, "required": ["b"]}
    change = it.change(item=new)
    change = replace(change, steps=steps(change.current.catalog, change.wanted, kept=known))
    findings = it.look(change)
    found_by = {step.action: (told(findings[at]), ids(findings[at])) for at, step in enumerate(change.steps) if at in findings}
    assert found_by == {
        "require": ((3, 1, 0), [two]), "unique": ((3, 2, 0), [one, three]), "restore_field": ((2, 0, 0), [one, three]),
        "narrow": ((2, 2, 0), [one, three]),
    }
