"""What a right workflow file becomes, and what a wrong one does to its neighbours."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import pytest
from tests.declaration.workflow_site import FILE, WORKFLOW, Site

from kartotek.declaration.load import load
from kartotek.model.field import Field
from kartotek.model.formula import Formula
from kartotek.model.workflow import (
    After,
    At,
    Auto,
    CreateEffect,
    LinkEffect,
    NotifyEffect,
    SetEffect,
    TransitionEffect,
    UpdateEffect,
    WebhookEffect,
    Workflow,
)


def workflow_of(site: Site) -> Workflow:
    loaded = site.load()
    assert loaded.catalog is not None, loaded.problems
    found = loaded.catalog.types["job"].workflow
    assert found is not None
    return found


def field_of(site: Site, name: str = "status") -> Field:
    loaded = site.load()
    assert loaded.catalog is not None, loaded.problems
    return loaded.catalog.types["job"].by_name[name]


def told(site: Site) -> list[tuple[str, str]]:
    """(file, code) of all that is not a note."""
    return [(one.place.file, one.code) for one in site.load().problems if one.place and one.severity != "note"]


# What it becomes


def test_states_keep_their_order_titles_colours_and_former_names() -> None:
    flow = workflow_of(Site())
    assert (flow.record, flow.initial, flow.field, flow.version, flow.file) == ("job", "open", "status", 2, FILE)
    assert list(flow.states) == ["open", "ready", "waiting", "done", "dropped"]
    assert flow.states["open"].titles == {"en": "Open", "zh": "待处理"}
    assert flow.states["open"].edit == {"boss", "clerk"}
    assert flow.states["ready"].edit is None
    assert [flow.states[one].color for one in ("open", "waiting")] == ["#f76707", "#aabbcc"]
    assert [one.final for one in flow.states.values()] == [False, False, False, True, True]
    assert flow.renamed == {"new": "open", "parked": "waiting"}
    assert isinstance(flow.assign, Formula)


def test_transitions_have_what_people_need() -> None:
    flow = workflow_of(Site())
    one = flow.transitions["prepare"]
    assert (one.sources, one.target, one.roles) == (("open",), "ready", {"boss", "clerk"})
    assert (one.require, one.ask, one.fields) == (("starts_at",), ("reason",), ("starts_at", "reason"))
    assert (one.comment, one.confirm, one.message("zh"), one.label("en")) == ("optional", False, "多久？", "Prepare")
    assert one.guard is not None and one.guard.type.name == "bool"
    assert (flow.transitions["hold"].sources, flow.transitions["hold"].confirm) == (("open", "ready"), True)
    assert [one.name for one in flow.leaving["open"]] == ["prepare", "hold", "expire"]


def test_timers_know_their_moment_and_what_to_do_when_it_was_missed() -> None:
    timers = {name: one.timer for name, one in workflow_of(Site()).transitions.items()}
    assert timers["expire"] == After(timedelta(hours=24), timedelta(hours=2))
    assert isinstance(timers["resume"], At) and timers["resume"].missed == "skip"
    assert timers["close"] == Auto()
    assert timers["prepare"] is None


def test_effects_stand_in_the_order_of_the_file() -> None:
    effects = workflow_of(Site()).transitions["prepare"].effects
    kinds = [SetEffect, CreateEffect, UpdateEffect, NotifyEffect, WebhookEffect, LinkEffect]
    assert [type(one) for one in effects] == kinds
    own, create, update, notify, webhook, link = effects
    assert isinstance(own, SetEffect) and own.values["limit"] == 4 and isinstance(own.values["stamp"], Formula)
    assert isinstance(create, CreateEffect) and create.type == "entry" and create.when is not None
    assert isinstance(update, UpdateEffect) and (update.type, dict(update.values)) == ("person", {"level": "gold"})
    assert isinstance(notify, NotifyEffect) and (notify.template, notify.via) == ("hello", ("email",))
    assert isinstance(webhook, WebhookEffect) and webhook == WebhookEffect("books", "job.ready")
    assert link == LinkEffect("answer", "refuse", timedelta(days=3), 2, ("number",))


def test_what_a_link_or_a_public_form_runs_is_public() -> None:
    site = Site().swap("- link: {name: answer, transition: refuse, expires: P3D, uses: 2, shows: [number]}\n", "- set: {limit: 5}\n")
    assert told(site) == [(FILE, "nobody_may")]
    site.types["person"]["properties"]["busy"] = {"type": "boolean"}
    site.swap("from: ready\n    to: dropped", "from: [open, ready]\n    to: dropped")
    form = {"title": "Ask", "fields": ["hours"], "set": {"person": 1}, "transition": "refuse"}
    site.types["job"]["x-record"]["publicForms"] = {"ask": form}
    flow = workflow_of(site)
    assert {name for name, one in flow.transitions.items() if one.public} == {"refuse"}


def test_text_that_begins_with_an_equals_sign_is_written_with_two() -> None:
    site = Site().swap("reason: \"=record.reason + '!'\"", "reason: ==x")
    own = workflow_of(site).transitions["prepare"].effects[0]
    assert isinstance(own, SetEffect) and own.values["reason"] == "=x"


def test_schedules_and_clocks_are_read() -> None:
    flow = workflow_of(Site())
    remind = flow.schedules["remind"]
    assert (remind.every, remind.on, remind.at, remind.once, remind.missed) == ("week", (1, 5), "09:00", "per-day", "run")
    assert flow.schedules["tidy"].cron == "0 3 * * *"
    assert flow.schedules["soon"].missed == "skip" and flow.schedules["soon"].moment is not None
    move = flow.schedules["tidy"].effects[0]
    assert isinstance(move, TransitionEffect) and (move.type, move.transition, move.skip) == ("job", "hold", True)
    clock = flow.clocks["answer"]
    assert (clock.states, clock.hours) == ({"open"}, ("opening",))
    assert clock.limits[0].after == timedelta(hours=4) and isinstance(clock.limits[1].after, Formula)


# The field that shows the state


def test_state_field_is_a_choice_among_the_states() -> None:
    field = field_of(Site())
    assert (field.kind, field.is_state, field.read_only, field.required) == ("choice", True, True, False)
    assert [one.value for one in field.options] == ["open", "ready", "waiting", "done", "dropped"]
    assert (field.options[0].title, dict(field.options[0].titles), field.options[0].color) == (
        "Open", {"en": "Open", "zh": "待处理"}, "#f76707")  # fmt: skip
    assert (field.label("en"), field.label("zh")) == ("State", "状态")


def test_state_field_may_be_declared_and_used_like_any_other() -> None:
    site = Site()
    job = site.types["job"]
    job["properties"]["status"] = {"type": "string", "title": "Where", "default": "open", "x-field": {"index": True}}
    job["required"].append("status")
    job["x-record"] |= {"list": ["number", "status"], "sort": ["status"], "form": [{"tab": "A", "sections": [{"fields": ["status"]}]}]}
    job["x-record"]["validations"] = [{"rule": "record.status != 'done' || record.paid", "message": "Pay"}]
    site.types["person"]["properties"]["open"] = {
        "type": "integer", "x-field": {"rollup": {"from": "jobs", "fn": "count", "where": "item.status == 'open'"}}}
    field = field_of(site)
    assert (field.title, field.index, field.is_state, field.required) == ("Where", True, True, False)
    assert list(job["properties"]).index("status") == [one.name for one in _fields(site)].index("status")


def _fields(site: Site) -> tuple[Field, ...]:
    catalog = site.load().catalog
    assert catalog is not None
    return catalog.types["job"].fields


def test_state_field_may_repeat_the_states_exactly() -> None:
    site = Site()
    states = ["open", "ready", "waiting", "done", "dropped"]
    site.types["job"]["properties"]["status"] = {"oneOf": [{"const": one, "title": one.upper()} for one in states]}
    assert field_of(site).options[0].title == "Open"


@pytest.mark.parametrize(("fragment", "place"), [
    ({"type": "integer"}, "/properties/status/type"),
    ({"type": "string", "maxLength": 5}, "/properties/status/maxLength"),
    ({"type": "string", "enum": ["open", "shut"]}, "/properties/status/enum"),
    ({"oneOf": [{"const": "open"}]}, "/properties/status/oneOf"),
    ({"type": "string", "default": "done"}, "/properties/status/default"),
    ({"type": "string", "x-field": {"read": ["boss"]}}, "/properties/status/x-field/read"),
    ({"type": "string", "x-field": {"write": ["boss"]}}, "/properties/status/x-field/write"),
    ({"type": "string", "x-field": {"unique": True}}, "/properties/status/x-field/unique"),
    ({"type": "string", "format": "email"}, "/properties/status/format"),
])  # fmt: skip
def test_state_field_that_says_something_else_is_refused(fragment: dict[str, Any], place: str) -> None:
    site = Site()
    site.types["job"]["properties"]["status"] = fragment
    site.types["job"]["x-record"]["list"] = ["number", "status"]
    loaded = site.load()
    assert [(one.path, one.code) for one in loaded.problems if one.severity != "note"] == [(place, "state_field")]


def test_workflow_without_a_field_adds_none() -> None:
    site = Site().swap("field: status\n", "")
    assert "status" not in {one.name for one in _fields(site)}
    assert workflow_of(site).field == ""


def test_name_of_the_state_field_may_be_any() -> None:
    site = Site().swap("field: status", "field: 订单 状态")
    assert field_of(site, "订单 状态").is_state


def test_everybody_who_reads_the_record_reads_its_state() -> None:
    assert field_of(Site()).read is None


@pytest.mark.parametrize("formula", ["record.status == 'redy'", "meta.state in ['open', 'redy']", "record.entries.all(e, meta(e.job).state != 'redy')"])
def test_schema_that_speaks_of_no_state_is_told(formula: str) -> None:
    site = Site()
    site.types["job"]["x-record"]["validations"] = [{"rule": formula, "message": "x"}]
    (problem,) = [one for one in site.load().problems if one.severity != "note"]
    assert (problem.code, problem.path) == ("unknown_state", "/x-record/validations/0/rule")
    assert "'ready'" in problem.message and problem.place is not None
    line = site.documents()["schemas/job.json"].splitlines()[problem.place.line - 1]
    assert line[problem.place.column - 1 :].startswith("'redy'")


def test_other_type_that_speaks_of_no_state_is_told() -> None:
    site = Site()
    site.types["person"]["properties"]["open"] = {
        "type": "integer", "x-field": {"rollup": {"from": "jobs", "fn": "count", "where": "item.status == 'opne'"}}}
    assert told(site) == [("schemas/person.json", "unknown_state")]


# Broken neighbours


def of_forms_and_links() -> dict[str, str]:
    """Documents in which a form runs a transition, a message names a link and a right asks for the state."""
    site = Site().swap("from: ready\n    to: dropped", "from: [open, ready]\n    to: dropped")
    job = site.types["job"]["x-record"]
    job["publicForms"] = {"ask": {"title": "Ask", "fields": ["hours"], "set": {"person": 1}, "transition": "refuse"}}
    job["permissions"]["clerk"] = {"read": True, "write": "record.status == 'open'", "transition": "record.status != 'done'"}
    message = 'record: job\nbody: {en: "{link.answer} {record.status}", zh: "{link.answer}"}\n'
    return site.documents() | {"templates/messages/hello.yaml": message}


@pytest.mark.parametrize(("old", "new"), [
    ("states:\n", "states: {\n"), ("initial: open", "initial: [open]"), ("transitions:\n", "transitions: 7\nno:\n"),
    ("expires: P3D", "expires: 3d"), ("from: [open, ready]\n    to: dropped", "from: [open, ready]\n    to: droped"), ("record: job\n", "record: 5\n"),
    ("record: job\n", "record: jbo\n"), ("record: job\n", ""),
])  # fmt: skip
def test_broken_workflow_makes_forms_and_messages_no_worse(old: str, new: str) -> None:
    documents = of_forms_and_links()
    assert load(documents).catalog is not None
    documents[FILE] = documents[FILE].replace(old, new, 1)
    found = {one.place.file for one in load(documents).problems if one.place and one.severity != "note"}
    assert found == {FILE}


@pytest.mark.parametrize("text", ["record: [job\n", "record: 4\nbody: x\n", "record: jbo\nbody: x\n"])
def test_broken_message_makes_workflows_no_worse(text: str) -> None:
    documents = Site().documents() | {"templates/messages/hello.yaml": text}
    assert {one.place.file for one in load(documents).problems if one.place and one.severity != "note"} == {"templates/messages/hello.yaml"}


def test_two_workflows_of_one_type_are_refused() -> None:
    site = Site()
    site.others["workflows/zoo.yaml"] = WORKFLOW.replace("title: {en: State, zh: 状态}\n", "")
    assert told(site) == [("workflows/zoo.yaml", "duplicate_workflow")]


def test_unreadable_workflow_is_the_only_problem() -> None:
    site = Site()
    site.types["job"]["x-record"]["list"] = ["number", "status"]
    site.types["person"]["properties"]["open"] = {
        "type": "integer", "x-field": {"rollup": {"from": "jobs", "fn": "count", "where": "item.status == 'open'"}}}
    site.workflow = WORKFLOW.replace("states:\n", "states: {\n")
    assert [code for _, code in told(site)] == ["syntax"]
    assert {file for file, _ in told(site)} == {FILE}


def test_workflow_with_broken_states_says_that_alone() -> None:
    site = Site()
    site.types["job"]["x-record"]["list"] = ["number", "status"]
    site.swap("field: status\ninitial: open\n", "field: status\ninitial: [open]\n")
    assert told(site) == [(FILE, "type")]


@pytest.mark.parametrize("broken", ["states", "transitions", "initial", "removed", "clocks", "schedules", "assign", "field"])
def test_part_of_a_wrong_type_says_that_alone(broken: str) -> None:
    site = Site()
    lines = WORKFLOW.splitlines(keepends=True)
    start = next(index for index, line in enumerate(lines) if line.startswith(f"{broken}:"))
    end = next((index for index in range(start + 1, len(lines)) if not lines[index].startswith(" ")), len(lines))
    site.workflow = "".join([*lines[:start], f"{broken}: 7\n", *lines[end:]])
    assert told(site) == [(FILE, "type")]


def test_broken_schema_is_the_only_problem() -> None:
    site = Site()
    site.types["job"]["properties"]["hours"] = {"type": "integr"}
    assert {file for file, _ in told(site)} == {"schemas/job.json"}
    for name in ("job", "entry", "person", "opening"):
        file = f"schemas/{name}.json"
        documents = Site().documents()
        documents[file] = documents[file].replace('"title"', '"title', 1)
        assert {one.place.file for one in load(documents).problems if one.place and one.severity != "note"} == {file}


def test_broken_site_file_does_not_make_roles_and_endpoints_wrong() -> None:
    site = Site()
    site.site = site.site.replace("languages: [en, zh]", "langages: [en, zh]")
    assert {file for file, _ in told(site)} == {"site.yaml"}


def test_good_workflow_beside_a_broken_one_is_not_criticised() -> None:
    site = Site()
    site.others["workflows/person.yaml"] = "record: person\ninitial: a\nstates: {a: {final: true}}\ntransitions: {go: {from: a, to: b}}\n"
    assert {file for file, _ in told(site)} == {"workflows/person.yaml"}


def test_hash_changes_with_the_workflow_and_not_with_its_comments() -> None:
    def hash_of(site: Site) -> str:
        catalog = site.load().catalog
        assert catalog is not None
        return catalog.hash

    before = hash_of(Site())
    assert hash_of(Site().swap("version: 2", "version: 2  # better")) == before
    assert hash_of(Site().swap("version: 2", "version: 3")) != before


# Values that may be known


def test_declassified_effect_may_show_what_is_secret() -> None:
    site = Site().swap("- set: {stamp: =now, limit: 4,", "- declassify: true\n        set: {stamp: =now, limit: =record.secret,")
    assert told(site) == []


def test_secret_may_be_written_where_as_few_can_read() -> None:
    site = Site().swap("limit: 4", "other: =record.secret")
    site.types["job"]["properties"]["other"] = {"type": "integer", "x-field": {"read": ["boss"]}}
    assert told(site) == []


# Size


def _line_of_states(count: int) -> str:
    """A workflow of so many states and twice as many transitions, with guards, dialogs, effects and timers."""
    last = count - 1
    lines = ["record: job", "field: status", "initial: s0", "states:"]
    lines += [f"  s{index}: {{title: {{en: A, zh: B}}{', final: true' if index == last else ''}}}" for index in range(count)]
    lines.append("transitions:")
    for index in range(last):
        lines += [
            f"  t{index}:", f"    from: s{index}", f"    to: s{index + 1}", "    roles: [boss, clerk]",
            "    guard: \"record.hours > 3 && (record.paid || record.reason == 'x') && record.person.level == 'gold'\"",
            "    require: [starts_at]", "    do:", "      - set: {limit: =record.hours, stamp: =now}",
        ]  # fmt: skip
        lines += [f"  e{index}:", f"    from: s{index}", f"    to: s{(index * 7) % count}", "    after: PT24H", "    guard: record.paid"]
    return "\n".join(lines) + "\n"


def _calls_to_check(count: int) -> int:
    """How many functions are called to check a workflow of so many states: its work, whoever else uses the machine."""
    site, calls = Site(), 0
    site.workflow = _line_of_states(count)

    def counted(frame: Any, event: str, argument: Any) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(counted)
    try:
        loaded = site.load()
    finally:
        sys.setprofile(None)
    assert loaded.catalog is not None
    assert len(loaded.catalog.types["job"].by_name["status"].options) == count
    return calls


def test_the_work_of_checking_grows_with_the_states_and_not_with_their_square() -> None:
    _calls_to_check(10)  # what is made once is made now
    assert _calls_to_check(200) < 6 * _calls_to_check(50)
