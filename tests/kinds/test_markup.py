"""Formatted text: nothing runs, nothing is lost that a reader sees, and what is kept is kept as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kartotek.kinds.markup import clean_html, excerpt, render, without_html

HARMLESS = (
    "",
    "plain",
    "a < b && c > d",
    "`<b>` and ``<i>` x``",
    "```\n<script>\n```",
    "    <b>indented code\n",
    "# T\n\n* a\n* b\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "<https://example.com>",
    "[a](https://example.com)",
    "\\<b>",
    "&lt;b&gt;",
    "王芳 <3",
    "a\r\nb",
)
HOSTILE = (
    "<script>alert(1)</script>",
    "<ScRiPt >alert(1)</sCrIpT>",
    "<<b>script>alert(1)<</b>/script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "> <div onclick=x>\n> a",
    "- <b>\n  x",
    "<a href='javascript:alert(1)'>x</a>",
    "<!-- a --><b>",
    "<![CDATA[<b>]]>",
    "<?php x ?>",
    "<iframe src=//x>",
    "a <b\nonclick=x> c",
    "<style>*{}</style>",
    "<b",
    "<b\n\n>",
    "<table background=x>",
    "`a` <b> `<i>`",
    "<scr<script>ipt>alert(1)</script>",
    "<x:y>",
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
)
RUNS = (
    "<script",
    "<img",
    "<svg",
    "<iframe",
    "onerror=",
    "onclick=",
    "onload=",
    "javascript:",
    "data:",
    "<style",
    "<object",
    "<b>",
    "<!--",
)


@pytest.mark.parametrize("source", HARMLESS)
def test_source_without_html_is_kept_to_the_letter(source: str) -> None:
    assert without_html(source) == source


@pytest.mark.parametrize("source", HOSTILE)
def test_html_is_taken_out_of_a_source(source: str) -> None:
    kept = without_html(source)
    assert without_html(kept) == kept


@pytest.mark.parametrize(
    "source",
    (
        *HOSTILE,
        "[x](javascript:alert(1))",
        "[x](data:text/html,1)",
        "![x](https://example.com/a.png)",
        "[x]: javascript:alert(1)\n\n[x]",
    ),
)
def test_rendering_holds_nothing_that_runs(source: str) -> None:
    for rendered in (render(source), render(without_html(source)), clean_html(source)):
        tags = [part.split(">")[0] for part in rendered.split("<")[1:]]
        assert not any(mark.strip("<>") in f"{tag} ".lower() for tag in tags for mark in RUNS if mark not in ("<b>",))


def test_words_inside_html_are_kept() -> None:
    assert without_html("a <b>bold</b> word").split() == ["a", "bold", "word"]
    assert without_html("<div>\nhello *you*\n</div>\n").split() == ["hello", "*you*"]


def test_rendering_and_excerpt() -> None:
    assert render("**a** ~~b~~") == "<p><strong>a</strong> <s>b</s></p>\n"
    assert 'rel="noopener noreferrer nofollow"' in render("[a](https://example.com)")
    assert excerpt(render("# A\n\nb & `<c>`")) == "A b & <c>"
    assert len(excerpt(render("word " * 200))) <= 300


@given(st.text(alphabet="<>/!-`ab =\n\"'[]()&;#*>", max_size=60))
def test_taking_html_out_twice_changes_nothing_more(source: str) -> None:
    once = without_html(source)
    assert without_html(once) == once


@given(st.text(alphabet="<>/!-`ab =\n\"'&;", max_size=60))
def test_cleaning_html_twice_changes_nothing_more(source: str) -> None:
    once = clean_html(source)
    assert clean_html(once) == once
