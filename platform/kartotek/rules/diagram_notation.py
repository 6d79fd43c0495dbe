"""Texts of a diagram for other tools: Mermaid, which many editors and wikis draw, and DOT, Graphviz's language."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kartotek.rules.diagram import Picture, ShownTransition

# What either notation would read as a sign of its own. Mermaid writes such a character as its number.
_SIGNS = re.compile(r"[^\w ,.!?()/、。，（）+-]")


def mermaid(picture: Picture) -> str:
    """A `stateDiagram-v2`. States are numbered, because their names may be words of the notation."""
    return "\n".join(_mermaid(picture)) + "\n"


def dot(picture: Picture) -> str:
    """A `digraph`."""
    return "\n".join(_dot(picture)) + "\n"


def _mermaid(picture: Picture) -> Iterator[str]:
    number = {one.name: f"s{at}" for at, one in enumerate(picture.states, 1)}
    yield "stateDiagram-v2"
    yield "  direction TB"
    for state in picture.states:
        yield f'  state "{_entities(state.title)}" as {number[state.name]}'
    for state in picture.states:
        if state.initial:
            yield f"  [*] --> {number[state.name]}"
    for one in picture.transitions:
        for source in one.sources:
            yield f"  {number[source]} --> {number[one.target]} : {_entities(' · '.join(_label(one, picture)))}"
    for state in picture.states:
        if state.final:
            yield f"  {number[state.name]} --> [*]"
    for color in dict.fromkeys(one.color for one in picture.states):
        named = ",".join(number[one.name] for one in picture.states if one.color == color)
        yield f"  classDef c{color[1:]} stroke:{color},stroke-width:2px"
        yield f"  class {named} c{color[1:]}"
    for state in picture.states:
        if state.present:
            yield f"  style {number[state.name]} fill:{state.color}"


def _dot(picture: Picture) -> Iterator[str]:
    number = {one.name: f"s{at}" for at, one in enumerate(picture.states, 1)}
    yield f"digraph {_quoted(picture.title)} {{"
    yield "  rankdir=TB"
    yield '  node [shape=box, style="rounded,filled", fontname="sans-serif"]'
    yield '  edge [fontname="sans-serif", fontsize=11]'
    yield "  start [shape=point, width=0.15]"
    for state in picture.states:
        border = ", peripheries=2" if state.final else ""
        fill = state.color if state.present else f"{state.color}29"
        yield f'  {number[state.name]} [label={_quoted(state.title)}, color="{state.color}", fillcolor="{fill}"{border}]'
    for state in picture.states:
        if state.initial:
            yield f"  start -> {number[state.name]}"
    for one in picture.transitions:
        label = "\\n".join(_escaped(line) for line in _label(one, picture))
        for source in one.sources:
            yield f'  {number[source]} -> {number[one.target]} [label="{label}"]'
    yield "}"


def _label(one: ShownTransition, picture: Picture) -> list[str]:
    return [one.title, *one.notes, *([picture.words["guarded"]] if one.guarded else [])]


def _entities(text: str) -> str:
    return _SIGNS.sub(lambda found: found[0] if found[0] == "·" else f"#{ord(found[0])};", text)


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
