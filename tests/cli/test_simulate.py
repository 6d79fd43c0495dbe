"""The commands diagram and simulate: a workflow drawn and run from the folder alone, nothing of the site touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from running_site import kartotek
from workflow_documents import CLERK, documents, flow, without_waiting

from kartotek.site import Site

NOW = "2026-11-21T10:00"
LAMP = {"name": "Lamp", "size": 50, "due": {"$days": 2, "at": "09:00"}}
HELLO = {"record": "thing", "subject": {"en": "About {record.name}", "zh": "关于"},
         "body": {"en": "Look at {record.name}.", "zh": "看"}}


def timed(workflow: dict[str, Any]) -> None:
    workflow["transitions"] |= {
        "expire": {"title": {"en": "Expire", "zh": "过期"}, "from": "open", "to": "done", "after": "PT24H",
                   "guard": "record.size < 10", "message": {"en": "Not now", "zh": "不"}},
        "remind": {"title": {"en": "Remind", "zh": "提醒"}, "from": "waiting", "to": "waiting",
                   "at": "record.due - duration('1h')",
                   "do": [{"set": {"size": 7}}, {"notify": {"roles": ["clerk"], "template": "hello"}}]},
    }


@pytest.fixture
def site(tmp_path: Path) -> Path:
    found = documents(flow(timed)) | {"templates/messages/hello.yaml": json.dumps(HELLO, ensure_ascii=False)}
    for name, text in found.items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "site"


def steps(site: Path, *arguments: str, fields: Any = LAMP) -> tuple[int, list[dict[str, Any]]]:
    ended = kartotek("simulate", "thing", "--site", site, "--now", NOW, "--format", "json", "--fields", json.dumps(fields), *arguments)
    assert not ended.err, ended.err
    return ended.status, json.loads(ended.out)


def test_each_event_is_told_with_its_state(site: Path) -> None:
    status, found = steps(site, "--events", "wait,resume", "--events", '{"size": 3},finish', "--as", "clerk")
    assert (status, [(one["event"], one["state"]) for one in found]) == (0, [
        ("create", "open"), ("wait", "waiting"), ("resume", "open"), ("edit", "open"), ("finish", "done"),
    ])


def test_a_refused_event_tells_why_and_ends_with_one(site: Path) -> None:
    status, found = steps(site, "--events", "finish,wait", "--as", "clerk")
    assert status == 1
    assert [one["code"] for one in found[1]["problems"]] == ["guard"]
    assert (found[1]["state"], found[2]["state"]) == ("open", "waiting")


def test_the_clock_stops_at_what_happens_by_itself(site: Path) -> None:
    _, found = steps(site, "--events", "wait", "--after", "P3D")
    jump = found[2]
    assert (jump["at"], jump["event"]) == ("2026-11-23T08:00:00+08:00", "")
    assert [one["transition"] for one in jump["happened"]] == ["remind"] and jump["fields"]["size"] == 7
    assert [(one["name"], one["preview"]["text"]) for one in jump["messages"]] == [("clerk", "Look at Lamp.")]
    assert found[3]["at"] == "2026-11-24T18:00:00+08:00"


def test_a_timer_whose_guard_does_not_hold_is_told_as_skipped(site: Path) -> None:
    _, found = steps(site, "--events", "P2D")
    assert [one["action"] for one in found[1]["happened"]] == ["skipped"]
    _, found = steps(site, "--events", "P2D", fields={**LAMP, "size": 1})
    assert [one["state"] for one in found[1:]] == ["done", "done"]


def test_related_records_are_made_where_they_are_written_out(site: Path) -> None:
    _, found = steps(site, fields={**LAMP, "box": {"label": "A"}})
    assert found[0]["fields"]["box"] == 1


def test_who_may_not_make_records_may_take_them_further(site: Path) -> None:
    status, found = steps(site, "--events", "wait", "--as", "helper")
    assert status == 1 and found[0]["by_others"] and found[1]["problems"][0]["code"] == "transition_forbidden"


def test_people_read_it_in_lines(site: Path) -> None:
    ended = kartotek("simulate", "thing", "--site", site, "--now", NOW, "--fields", json.dumps(LAMP), "--events", "wait,P3D,finish", "--language", "zh")
    assert "2026-11-21 18:00  wait                     waiting (等待)" in ended.out
    assert "ran: remind" in ended.out and "Look at Lamp." in ended.out and "Possible now: nothing." in ended.out


def test_the_site_is_not_touched(site: Path) -> None:
    before = sorted(site.rglob("*"))
    steps(site, "--events", "wait")
    assert sorted(site.rglob("*")) == before


@pytest.mark.parametrize(("arguments", "status", "words"), [
    (("thing", "--events", "go"), 1, "thing has no transition go"),
    (("thing", "--events", "finish{x"), 2, "is not JSON"),
    (("thing", "--events", "finish wait"), 2, "a comma"),
    (("thing", "--events", "P1X"), 2, "is not a length of time"),
    (("thing", "--events", "PT0S"), 2, "is not a length of time"),
    (("thing", "--events", "?"), 2, "is no event"),
    (("thing", "--fields", "[]"), 2, "JSON object"),
    (("thing", "--as", "boss"), 1, "There is no role boss"),
    (("box",), 1, "box has no workflow. Types with a workflow: thing."),
    (("nothing",), 1, "There is no record type nothing"),
])
def test_a_wrong_call_is_told(site: Path, arguments: tuple[str, ...], status: int, words: str) -> None:
    ended = kartotek("simulate", "--site", site, *arguments)
    assert ended.status == status and words in ended.err


@pytest.mark.parametrize(("format", "begins"), [("svg", "<?xml"), ("mermaid", "stateDiagram-v2"), ("dot", 'digraph "')])
def test_a_diagram_comes_in_three_formats_and_the_language_asked_for(site: Path, format: str, begins: str) -> None:
    ended = kartotek("diagram", "thing", "--site", site, "--format", format, "--language", "zh", "--state", "waiting")
    assert ended.status == 0 and ended.out.startswith(begins)
    assert "等待" in ended.out and "文员" in ended.out and "1 天后" in ended.out
    if format == "svg":
        assert ElementTree.fromstring(ended.out.encode()).findtext("{http://www.w3.org/2000/svg}title", "").endswith("等待")


def test_a_diagram_of_what_is_not_there_is_told(site: Path) -> None:
    assert "has no state gone" in kartotek("diagram", "thing", "--site", site, "--state", "gone").err
    assert "box has no workflow" in kartotek("diagram", "box", "--site", site).err


def write(site: Path, workflow: dict[str, Any]) -> None:
    (site / "workflows" / "thing.yaml").write_text(json.dumps(workflow, ensure_ascii=False), encoding="utf-8")


def test_check_replays_the_histories_and_changes_nothing(site: Path) -> None:
    assert "never been started" in kartotek("check", "--replay", "--site", site).err
    opened = Site(site)
    opened.prepare(demo=False)
    id = opened.engine.create(CLERK, "thing", {"name": "x"})["id"]
    opened.engine.processes.run(CLERK, "thing", id, "wait")
    opened.close()
    same = kartotek("check", "--replay", "--site", site)
    assert same.status == 0 and same.out.endswith("thing: 1 record replayed, none would have gone another way.\n")
    write(site, flow(without_waiting))
    other = kartotek("check", "--replay", "--site", site)
    assert other.status == 1 and "  1 record: The transition wait does not exist any more.\n    1\n" in other.out
    found = json.loads(kartotek("check", "--replay", "--site", site, "--format", "json").out)
    assert [(one["type"], one["departing"], one["reasons"][0]["records"][0]["id"]) for one in found] == [("thing", 1, 1)]
    opened = Site(site)
    assert opened.engine.get(CLERK, "thing", id)["state"] == "waiting" and opened.engine.catalog().version == 1
    opened.close()


def test_check_replays_nothing_where_the_files_have_mistakes(site: Path) -> None:
    write(site, flow(lambda one: one.update(initial="nowhere")))
    ended = kartotek("check", "--replay", "--site", site)
    assert ended.status == 1 and "nowhere" in ended.out and "replayed" not in ended.out


def test_sample_records_can_be_referred_to_and_their_messages_are_not_told(site: Path) -> None:
    (site / "templates" / "sample").mkdir()
    for name, line in (
        ("1_box.jsonl", {"fields": {"label": "A"}}),
        ("2_thing.jsonl", {"fields": {"name": "Old", "due": {"$days": 2, "at": "09:00"}}, "state": "waiting"}),
    ):
        (site / "templates" / "sample" / name).write_text(json.dumps(line), encoding="utf-8")
    status, found = steps(site, "--sample", "--events", "wait,P3D", fields={**LAMP, "box": 1})
    assert status == 0 and found[0]["fields"]["box"] == 1
    assert [each["preview"]["text"] for one in found for each in one["messages"]] == ["Look at Lamp."]
