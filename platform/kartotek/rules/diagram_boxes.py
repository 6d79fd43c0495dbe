"""Boxes of a diagram: what is written in each, and how large it is therefore."""

from __future__ import annotations

from dataclasses import dataclass

from kartotek.rules.diagram import Picture, ShownState, ShownTransition
from kartotek.rules.diagram_ranks import is_loop
from kartotek.rules.diagram_text import width, wrapped

TITLE, LABEL, NOTE = 16.0, 14.0, 12.0  # font sizes
LINE = 1.3  # of a font's size from one line to the next
_WIDEST, _WIDEST_NOTE = 168.0, 190.0
MARK = 17.0  # what the sign of a guard or a timer takes beside a title
LOOP_GAP = 30.0
BETWEEN_LOOPS = 10.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, as it is written in the box."""

    text: str
    size: float
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A state or a transition; `loops` are transitions drawn at the right of their state."""

    about: ShownState | ShownTransition
    lines: tuple[Line, ...]
    width: float
    height: float
    loops: tuple[Box, ...] = ()

    @property
    def is_state(self) -> bool:
        """Whether it is a state's."""
        return isinstance(self.about, ShownState)

    @property
    def right(self) -> float:
        """How far it reaches from its middle to the right, loops included."""
        loops = max((one.width for one in self.loops), default=-LOOP_GAP)
        return self.width / 2 + LOOP_GAP + loops

    @property
    def tall(self) -> float:
        """The height with its loops."""
        loops = sum(one.height for one in self.loops) + BETWEEN_LOOPS * (len(self.loops) - 1)
        return max(self.height, loops if self.loops else 0)


def boxes(picture: Picture) -> tuple[dict[str, Box], dict[str, Box]]:
    """({state: box}, {transition: box}), those of loops within the states'."""
    transitions = {one.name: _transition(one) for one in picture.transitions}
    loops = {one.name: one.target for one in picture.transitions if is_loop(one)}
    states = {
        one.name: _state(one, picture, tuple(transitions[name] for name, at in loops.items() if at == one.name))
        for one in picture.states
    }
    return states, {name: box for name, box in transitions.items() if name not in loops}


def _state(one: ShownState, picture: Picture, loops: tuple[Box, ...]) -> Box:
    lines = [Line(text, TITLE, True) for text in wrapped(one.title, TITLE, _WIDEST, 2)]
    if one.present:
        lines.append(Line(picture.words["present"], NOTE))
    wide = max(width(line.text, line.size) for line in lines)
    return Box(one, tuple(lines), max(wide + 36, 84), _tall(lines) + 22, loops)


def _transition(one: ShownTransition) -> Box:
    lines = [Line(text, LABEL, True) for text in wrapped(one.title, LABEL, _WIDEST, 2)]
    for note in one.notes:
        lines += [Line(text, NOTE) for text in wrapped(note, NOTE, _WIDEST_NOTE, 2)]
    mark = MARK * (one.guarded + one.timed)
    wide = max(width(line.text, line.size) + (mark if line.size == LABEL else 0) for line in lines)
    return Box(one, tuple(lines), max(wide + 22, 44), _tall(lines) + 12)


def _tall(lines: list[Line]) -> float:
    return sum(line.size * LINE for line in lines)
