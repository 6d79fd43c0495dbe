"""Diagrams: everything is shown once, nothing touches anything else, no title becomes markup, both languages are measured."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from drawn_workflows import ROLES, WORKSHOP, arrows
from hypothesis import given
from hypothesis import strategies as st

from kartotek.model.workflow import State, Transition, Workflow
from kartotek.rules.diagram import Picture, pictured, spoken
from kartotek.rules.diagram_boxes import LOOP_GAP
from kartotek.rules.diagram_layout import Layout, Placed, laid_out
from kartotek.rules.diagram_notation import dot, mermaid
from kartotek.rules.diagram_svg import svg, svg_file
from kartotek.rules.diagram_text import width

SVG = "{http://www.w3.org/2000/svg}"
LANGUAGES = ["en", "zh"]


def picture(language: str = "en", present: str | None = None) -> Picture:
    return pictured(WORKSHOP, language, roles=ROLES, present=present)


def edges(one: Placed) -> tuple[float, float, float, float]:
    """Left, top, right, bottom, with what stands beside the box."""
    box = one.box
    return one.x - box.width / 2, one.y - box.tall / 2, one.x + box.right, one.y + box.tall / 2


def assert_apart(layout: Layout) -> None:
    for first, second in itertools.combinations(layout.boxes, 2):
        a, b = edges(first), edges(second)
        assert a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1], (first.box.about, second.box.about)
    for one in layout.boxes:
        assert edges(one)[0] >= 0 and edges(one)[2] <= layout.width, one.box.about
        assert all(width(line.text, line.size) <= one.box.width - 8 for line in one.box.lines), one.box.lines


def assert_lines_pass_between(layout: Layout) -> None:
    """No line runs through a box: each straight piece keeps clear of all boxes but those at its ends."""
    for line in layout.lines:
        for (x, y), (to_x, to_y) in zip(line.points[2:-2:2], line.points[3:-2:2], strict=False):
            for one in layout.boxes:
                left, top, right, bottom = edges(one)
                inside = left < x < right and min(y, to_y) < bottom and max(y, to_y) > top
                assert not inside, (line, one.box.about, to_x)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_overlaps_in_a_workflow_of_fifteen_states(language: str) -> None:
    layout = laid_out(picture(language))
    assert_apart(layout)
    assert_lines_pass_between(layout)
    assert layout.width < 820, "too wide for a tablet"


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    count = draw(st.integers(1, 9))
    names = [f"s{at}" for at in range(count)]
    titles = st.text("ab 预约已确认Wi,-", min_size=1, max_size=40)
    states = {name: State(name, {"en": draw(titles)}, draw(st.sampled_from(["", "#ff0000"]))) for name in names}
    transitions = {}
    for at in range(draw(st.integers(0, 14))):
        sources = draw(st.lists(st.sampled_from(names), min_size=1, max_size=4, unique=True))
        transitions[f"t{at}"] = Transition(
            name=f"t{at}", sources=tuple(sources), target=draw(st.sampled_from(names)), titles={"en": draw(titles)},
            roles=frozenset(draw(st.sets(st.sampled_from(["clerk", "helper", "manager", "unknown"])))),
        )
    return Workflow(record="thing", initial=draw(st.sampled_from(names)), states=states, transitions=transitions)


@given(workflows())
def test_nothing_overlaps_in_any_workflow_and_each_thing_is_drawn_once(workflow: Workflow) -> None:
    shown = pictured(workflow, "en", roles=ROLES)
    layout = laid_out(shown)
    assert_apart(layout)
    assert_lines_pass_between(layout)
    root = ElementTree.fromstring(svg(shown))
    for attribute, expected in (("data-state", workflow.states), ("data-transition", workflow.transitions)):
        assert sorted(one.get(attribute, "") for one in root.iter() if one.get(attribute)) == sorted(expected)
    ends = sum(len(one.sources) + 1 for one in workflow.transitions.values() if set(one.sources) != {one.target})
    assert len(layout.lines) == ends


def test_the_same_workflow_gives_the_same_picture() -> None:
    assert svg(picture()) == svg(picture())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_element_is_accessible_and_needs_no_script_style_or_address(language: str) -> None:
    text = svg(picture(language, "in_work"))
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img" and root.get("viewBox")
    assert root.findtext(f"{SVG}title") == {"en": "Repair: In work", "zh": "维修: 进行中"}[language]
    assert {"en": "Start (Helper, Manager; only under a condition)", "zh": "开工 (助手、经理; 须满足条件)"}[language] in str(
        root.findtext(f"{SVG}desc")
    )
    assert not any(word in text for word in ("<script", "<style", "style=", "href", "url(", "@import"))
    tags = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert tags <= {"svg", "title", "desc", "g", "rect", "path", "circle", "text"}


def test_a_file_of_its_own_has_colours_for_light_and_dark() -> None:
    assert "prefers-color-scheme:dark" in svg_file(picture()) and svg_file(picture()).startswith("<?xml")


def test_titles_never_become_markup() -> None:
    hostile = '<script>alert("x")</script>&amp;\x00\n\ud800"]; --> [*]'
    workflow = replace(
        arrows("go: a -> b"), titles={"en": hostile}, states={name: State(name, {"en": hostile}) for name in "ab"},
    )
    shown = pictured(workflow, "en")
    root = ElementTree.fromstring(svg(shown).encode())
    assert not list(root.iter(f"{SVG}script"))
    assert len(mermaid(shown).splitlines()) == 8 and "<script" not in mermaid(shown) and '"]' not in mermaid(shown)
    assert len(dot(shown).splitlines()) == 10 and dot(shown).count('\\"x\\"') == 3


@pytest.mark.parametrize(("present", "marked"), [("b", "b"), ("old_b", "b"), ("gone", "a"), (None, None), ("unknown", None)])
def test_the_present_state_is_marked_also_under_a_former_name(present: str | None, marked: str | None) -> None:
    workflow = replace(
        arrows("go: a -> b"), states={"a": State("a"), "b": State("b", aliases=("old_b",))}, removed={"gone": "a"}
    )
    assert [one.name for one in pictured(workflow, "en", present=present).states if one.present] == ([marked] if marked else [])


def test_wide_characters_are_measured_as_wide() -> None:
    assert width("预约", 10) > 20 > width("ab", 10)


@pytest.mark.parametrize(("delay", "words"), [
    (timedelta(hours=24), "1 day"), (timedelta(hours=25), "1 day 1 h"), (timedelta(minutes=90), "1 h 30 min"),
    (timedelta(seconds=45), "45 s"), (timedelta(0), "0 s"), (timedelta(days=14), "14 days"),
])
def test_delays_are_told_in_the_largest_units(delay: timedelta, words: str) -> None:
    assert spoken(delay, picture().words) == words


def test_only_an_owner_sees_the_formula_of_a_timer() -> None:
    assert "duration" not in svg(picture()) and "at a set time" in svg(picture())
    assert "at now + duration" in svg(pictured(WORKSHOP, "en", formulas=True))


def test_most_lines_lead_down() -> None:
    layout = laid_out(picture())
    assert sum(one.back for one in layout.lines) == 10  # revise, broken, resume, again, settled: two each


def test_two_hundred_states_are_drawn_in_reasonable_time() -> None:
    moves = [f"t{at}: s{at} -> s{at + 1}" for at in range(199)] + [f"b{at}: s{at} s{at - 3} -> s{at % 17}" for at in range(20, 199, 2)]
    begun = time.process_time()
    assert svg(pictured(arrows(*moves), "en"))
    assert time.process_time() - begun < 10
