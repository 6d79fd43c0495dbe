"""Drawn: whatever a drawing says, the page shows shapes and texts and runs nothing."""

from __future__ import annotations

import pytest

from kartotek.web.drawn import drawn

_OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<g onload="alert(1)"/>',
        '<a xlink:href="javascript:alert(1)"><text>x</text></a>',
        '<use href="https://evil.example/x.svg#a"/>',
        '<image href="https://evil.example/x.png"/>',
        "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'><p>alert</p></body></foreignObject>",
        '<rect style="background:url(https://evil.example)"/>',
        '<rect fill="url(https://evil.example/x)"/>',
        '<rect fill="URL ( //evil.example )"/>',
        '<animate attributeName="href" to="javascript:alert(1)"/>',
        '<set attributeName="onload" to="alert(1)"/>',
        "<style>* { background: url(https://evil.example) }</style>",
    ],
)
def test_what_could_run_or_load_is_left_out(inside: str) -> None:
    made = str(drawn(f"{_OPEN}{inside}</svg>"))
    for word in ("alert", "evil", "href", "style", "script", "onload", "foreignObject", "animate"):
        assert word not in made, made


def test_texts_stay_texts() -> None:
    made = str(drawn(f'{_OPEN}<title>&lt;img src=x onerror=1&gt;</title><text x="&quot;&gt;&lt;b">a &amp; b</text></svg>'))
    assert "<img" not in made and "<b" not in made.replace("<b>", "<b")
    assert "&lt;img src=x onerror=1&gt;" in made and "a &amp; b" in made


def test_shapes_and_their_looks_are_kept() -> None:
    shape = '<g class="state" data-state="a"><rect x="1" y="2" width="3" height="4" rx="1" fill="#fff" stroke="currentColor"></rect></g>'
    made = str(drawn(f'{_OPEN}{shape}<path d="M0 0L1 1" marker-end="url(#tip)"></path></svg>'))
    assert shape in made and 'marker-end="url(#tip)"' in made and 'viewBox="0 0 9 9"' in made
