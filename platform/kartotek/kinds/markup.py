"""Markdown and HTML made safe: raw HTML taken out of a source, a source rendered, a rendering made plain."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt

_TAGS = frozenset(
    "a abbr b blockquote br code dd del div dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd li mark ol p pre s small span"
    " strong sub sup table tbody td th thead tr u ul".split()
)
_ATTRIBUTES = {"a": {"href", "title"}, "th": {"align"}, "td": {"align"}, "ol": {"start"}, "code": {"class"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_LONGEST_EXCERPT = 300
_LONGEST_KEPT = 10_000
_PASSES = 4

# What a browser would run or swallow goes with its content, any other tag goes alone.
_SCRIPTS = re.compile(
    r"<(script|style|iframe|object|embed|template)\b[^>]*>.*?(</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL
)
_MARKUP = re.compile(r"<!--.*?(-->|\Z)|<[!?][^>]*>?|</?[A-Za-z][^<>]*>?", re.DOTALL)
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)

# One parser sees raw HTML so that it can be found, the other takes it for text.
_finder = MarkdownIt("commonmark").enable("table").enable("strikethrough")
_renderer = (
    MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").enable("strikethrough").disable("image")
)


def without_html(source: str) -> str:
    """The Markdown source without raw HTML; one without any is given back as it is. Twice changes nothing more."""
    for _ in range(_PASSES):
        spans = _html_spans(source)
        if not spans:
            return source
        source = _replaced(source, spans, _stripped)
    # What is left was made to survive stripping; without its brackets it is no tag.
    while spans := _html_spans(source):
        source = _replaced(source, spans, lambda text: text.replace("<", "&lt;"))
    return source


def _html_spans(source: str) -> list[tuple[int, int]]:
    """(first line, line after the last) of the blocks that hold raw HTML."""
    if "<" not in source:
        return []
    found: list[tuple[int, int]] = []
    for token in _finder.parse(source):
        inline = any(child.type == "html_inline" for child in token.children or ())
        if (token.type == "html_block" or inline) and token.map is not None:
            found.append((token.map[0], token.map[1]))
    return found


def _replaced(source: str, spans: list[tuple[int, int]], change: object) -> str:
    assert callable(change)
    lines = re.split(r"(?<=\n)", source.replace("\r\n", "\n").replace("\r", "\n"))
    for first, last in reversed(spans):
        lines[first:last] = re.split(r"(?<=\n)", change("".join(lines[first:last])))
    return "".join(lines)


def _stripped(text: str) -> str:
    return "".join(part if is_code else _MARKUP.sub("", _SCRIPTS.sub("", part)) for part, is_code in _parts(text))


def _parts(text: str) -> Iterator[tuple[str, bool]]:
    end = 0
    for span in _CODE_SPAN.finditer(text):
        yield text[end : span.start()], False
        yield span[0], True
        end = span.end()
    yield text[end:], False


def clean_html(source: str) -> str:
    """HTML with the harmless tags alone; applied twice it changes nothing more."""
    return nh3.clean(
        source, tags=set(_TAGS), attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="noopener noreferrer nofollow"
    )


def render(source: str) -> str:
    """Markdown as HTML that is safe to show; raw HTML appears as the text it is, pictures as links."""
    return _rendered(source) if len(source) <= _LONGEST_KEPT else _rendered.__wrapped__(source)


@lru_cache(maxsize=256)
def _rendered(source: str) -> str:
    return clean_html(_renderer.render(source))


def excerpt(rendered: str) -> str:
    """The words of safe HTML in one line."""
    words = " ".join(html.unescape(nh3.clean(rendered, tags=set())).split())
    return words if len(words) <= _LONGEST_EXCERPT else words[: _LONGEST_EXCERPT - 1].rstrip() + "…"
