"""SVG of a diagram: no script, no style, no font of its own; it takes the colour of the text around it, light or dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from kartotek.rules.diagram import Picture, ShownState, ShownTransition
from kartotek.rules.diagram_boxes import BETWEEN_LOOPS, LABEL, LINE, LOOP_GAP, MARK, NOTE, Box, Line
from kartotek.rules.diagram_text import width
from kartotek.rules.diagram_layout import Drawn, Layout, Placed, laid_out

_FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK SC', sans-serif"
# Only a file that stands alone may say colours of its own: pages refuse styles that stand in them.
_ALONE = (
    "<style>svg{color:#182433;background:#fff}"
    "@media (prefers-color-scheme:dark){svg{color:#e5e7eb;background:#151f2c}}</style>"
)


def svg(picture: Picture) -> str:
    """The diagram as an element for a page."""
    return _svg(picture, laid_out(picture), "")


def svg_file(picture: Picture) -> str:
    """The diagram as a file of its own."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_svg(picture, laid_out(picture), _ALONE)}\n'


def _svg(picture: Picture, layout: Layout, style: str) -> str:
    legend = _legend(picture, layout)
    wide = round(max(layout.width, *(one.end for one in legend), 0)) if legend else round(layout.width)
    tall = round(layout.height) + (26 if legend else 4)
    present = next((one for one in picture.states if one.present), None)
    title = f"{picture.title}: {present.title}" if present else picture.title
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="kartotek-diagram" role="img" width="{wide}" height="{tall}" '
        f'viewBox="0 0 {wide} {tall}" font-family="{escape(_FONT)}" text-anchor="middle" fill="currentColor">',
        f"<title>{escape(title)}</title>", f"<desc>{escape(_told(picture))}</desc>", style,
        *_lines(layout.lines),
        *(part for one in layout.boxes for part in _placed(one)),
        *(part for one in legend for part in one.drawn(round(layout.height) + 6)),
        "</svg>",
    ]
    return "\n".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One sign of the legend, what it means, and from where to where the two stand."""

    sign: str
    words: str
    start: float
    end: float

    def drawn(self, y: float) -> Iterator[str]:
        yield self.sign.format(x=f"{self.start + 9:.1f}", y=f"{y:.1f}")
        yield (
            f'<text x="{self.start + 24:.1f}" y="{y + 4:.1f}" font-size="{NOTE:g}" text-anchor="start" '
            f'fill-opacity="0.8">{escape(self.words)}</text>'
        )


def _legend(picture: Picture, layout: Layout) -> list[_Entry]:
    """What the signs mean that stand in this diagram."""
    signs = (
        (_GUARD, "guarded", any(one.guarded for one in picture.transitions)),
        (_CLOCK, "timed", any(one.timed for one in picture.transitions)),
        (_DASH, "back", any(one.back for one in layout.lines)),
    )
    found: list[_Entry] = []
    x = 14.0
    for sign, word, holds in signs:
        if holds:
            words = picture.words[word]
            end = x + 24 + width(words, NOTE) + 14
            found.append(_Entry(sign, words, x, end))
            x = end
    return found


def _told(picture: Picture) -> str:
    """The whole diagram in words, for those who do not see it."""
    titles = {one.name: one.title for one in picture.states}
    sentences = []
    for one in picture.transitions:
        sources = picture.words["and"].join(titles[name] for name in one.sources)
        notes = [*one.notes, *([picture.words["guarded"]] if one.guarded else [])]
        noted = f" ({'; '.join(notes)})" if notes else ""
        sentences.append(f"{sources} → {one.title}{noted} → {titles[one.target]}.")
    return " ".join(sentences)


def _lines(lines: Sequence[Drawn]) -> Iterator[str]:
    yield '<g fill="none" stroke="currentColor" stroke-opacity="0.55" stroke-width="1.6">'
    for one in lines:
        yield f'<path d="{_path(one)}"{_BACK if one.back else ""}/>'
    yield "</g>"
    yield '<g fill-opacity="0.75">'
    for one in lines:
        if one.arrow:
            yield _arrow(*one.points[-1], up=one.back)
    yield "</g>"


_BACK = ' stroke-dasharray="6 4"'
_DASH = '<path transform="translate({x} {y})" d="M-9 0 H9" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="6 4"/>'
# Signs of 10 by 10 around (x, y): runs under a condition; runs by itself.
_GUARD = '<path transform="translate({x} {y})" d="M-5 0 L0 -5 L5 0 L0 5 Z" fill="none" stroke="currentColor" stroke-width="1.4"/>'
_CLOCK = (
    '<path transform="translate({x} {y})" d="M-5 0 A5 5 0 1 1 5 0 A5 5 0 1 1 -5 0 M0 -3 V0 L2 1.5" fill="none" '
    'stroke="currentColor" stroke-width="1.3"/>'
)


def _path(one: Drawn) -> str:
    """Straight through the layers, bending between them; the last bit is left to the arrow."""
    points = list(one.points)
    if one.arrow:
        x, y = points[-1]
        points[-1] = (x, y + (7 if one.back else -7))
    (x, y), *rest = points
    path = [f"M{x:.1f} {y:.1f}"]
    for at, (to_x, to_y) in enumerate(rest):
        if at % 2 == 0 or abs(to_x - x) < 0.5:
            path.append(f"L{to_x:.1f} {to_y:.1f}" if abs(to_x - x) < 0.5 else _bend((x, y), (to_x, to_y)))
        else:
            path.append(_bend((x, y), (to_x, to_y)))
        x, y = to_x, to_y
    return " ".join(path)


def _bend(start: tuple[float, float], end: tuple[float, float]) -> str:
    middle = (start[1] + end[1]) / 2
    return f"C{start[0]:.1f} {middle:.1f} {end[0]:.1f} {middle:.1f} {end[0]:.1f} {end[1]:.1f}"


def _arrow(x: float, y: float, *, up: bool) -> str:
    base = y + 9 if up else y - 9
    return f'<path d="M{x:.1f} {y:.1f} L{x - 5:.1f} {base:.1f} L{x + 5:.1f} {base:.1f} Z"/>'


def _placed(one: Placed) -> Iterator[str]:
    if one.box.is_state:
        yield from _state(one)
        yield from _loops(one)
    else:
        yield from _transition(one.box, one.x, one.y)


def _state(one: Placed) -> Iterator[str]:
    about, box = one.box.about, one.box
    assert isinstance(about, ShownState)
    left, top = one.x - box.width / 2, one.y - box.height / 2
    yield f'<g data-state="{escape(about.name)}"><title>{escape(about.title)}</title>'
    if about.initial:
        yield f'<circle cx="{one.x:.1f}" cy="{top - 24:.1f}" r="5"/>'
        yield f'<path d="M{one.x:.1f} {top - 24:.1f} V{top - 8:.1f}" stroke="currentColor" stroke-width="1.6"/>'
        yield _arrow(one.x, top, up=False)
    fill, ink = (f'fill="{about.color}"', _ink(about.color)) if about.present else (
        f'fill="{about.color}" fill-opacity="0.16"', "currentColor"
    )
    yield (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="12" {fill} '
        f'stroke="{about.color}" stroke-width="{3 if about.present else 2}"/>'
    )
    if about.final:
        yield (
            f'<rect x="{left + 4:.1f}" y="{top + 4:.1f}" width="{box.width - 8:.1f}" height="{box.height - 8:.1f}" rx="9" '
            f'fill="none" stroke="{ink if about.present else about.color}" stroke-width="1.3"/>'
        )
    yield from _text(box.lines, one.x, one.y, ink)
    yield "</g>"


def _transition(box: Box, x: float, y: float) -> Iterator[str]:
    about = box.about
    assert isinstance(about, ShownTransition)
    left, top = x - box.width / 2, y - box.height / 2
    yield f'<g data-transition="{escape(about.name)}"><title>{escape("; ".join([about.title, *about.notes]))}</title>'
    yield (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" height="{box.height:.1f}" rx="{min(box.height / 2, 9):.1f}" '
        f'fill="currentColor" fill-opacity="0.06" stroke="currentColor" stroke-opacity="0.45"/>'
    )
    wide = max(width(line.text, line.size) for line in box.lines if line.size == LABEL)
    marks = [sign for sign, holds in ((_GUARD, about.guarded), (_CLOCK, about.timed)) if holds]
    at = x - (wide + MARK * len(marks)) / 2
    middle = top + 6 + LABEL * LINE / 2
    for sign in marks:
        yield sign.format(x=f"{at + 5:.1f}", y=f"{middle:.1f}")
        at += MARK
    yield from _text(box.lines, x, y, "currentColor", aside=MARK * len(marks) / 2)
    yield "</g>"


def _loops(one: Placed) -> Iterator[str]:
    """The transitions that stay where they are, at the right of the state, each with its line there and back."""
    total = sum(box.height for box in one.box.loops) + BETWEEN_LOOPS * (len(one.box.loops) - 1)
    edge, y = one.x + one.box.width / 2, one.y - total / 2
    for box in one.box.loops:
        middle = y + box.height / 2
        near = max(min(middle, one.y + one.box.height / 2 - 14), one.y - one.box.height / 2 + 14)
        start = edge + LOOP_GAP
        yield '<g fill="none" stroke="currentColor" stroke-opacity="0.55" stroke-width="1.6">'
        yield f'<path d="M{edge:.1f} {near - 6:.1f} C{edge + 15:.1f} {near - 6:.1f} {start - 15:.1f} {middle - 6:.1f} {start:.1f} {middle - 6:.1f}"/>'
        yield f'<path d="M{start:.1f} {middle + 6:.1f} C{start - 12:.1f} {middle + 6:.1f} {edge + 18:.1f} {near + 6:.1f} {edge + 7:.1f} {near + 6:.1f}"/></g>'
        yield f'<path d="M{edge:.1f} {near + 6:.1f} l9 -5 v10 Z" fill-opacity="0.75"/>'
        yield from _transition(box, start + box.width / 2, middle)
        y += box.height + BETWEEN_LOOPS


def _text(lines: Sequence[Line], x: float, y: float, ink: str, *, aside: float = 0.0) -> Iterator[str]:
    top = y - sum(line.size * LINE for line in lines) / 2
    for line in lines:
        base = top + line.size * LINE / 2 + line.size * 0.35
        weight = ' font-weight="600"' if line.strong else ""
        shift = aside if line.size == LABEL else 0.0
        yield f'<text x="{x + shift:.1f}" y="{base:.1f}" font-size="{line.size:g}"{weight} fill="{ink}">{escape(line.text)}</text>'
        top += line.size * LINE


def _ink(color: str) -> str:
    """White or near black, whichever is read better on the colour (WCAG's relative luminance)."""
    red, green, blue = (_linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return "#111827" if (light + 0.05) / 0.06 > 1.05 / (light + 0.05) else "#ffffff"


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
