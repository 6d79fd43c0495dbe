"""Layout of a diagram: where each box stands and which way each line takes; no box and no text touches another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kartotek.rules.diagram import Picture, ShownTransition
from kartotek.rules.diagram_boxes import Box, boxes
from kartotek.rules.diagram_order import ordered
from kartotek.rules.diagram_places import spread
from kartotek.rules.diagram_ranks import ranked

Point = tuple[float, float]
_BESIDE, _LANE = 18.0, 16.0  # between boxes; the width of a line that passes between them
_GAP, _SLOPE = 30.0, 0.05  # between layers, and what is added for each unit that a line goes sideways
_MARGIN, _WIDE = 16.0, 800.0
_PORTS = 18.0


@dataclass(frozen=True, slots=True)
class Placed:
    """A box and the middle of it."""

    box: Box
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """A line from box to box through `points`: pairs of them are straight, from pair to pair it bends."""

    points: tuple[Point, ...]
    arrow: bool
    back: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything in its place; `start` is the point above the initial state."""

    width: float
    height: float
    boxes: tuple[Placed, ...]
    lines: tuple[Drawn, ...]


@dataclass(frozen=True, slots=True)
class _Wire:
    """A line between two nodes: where it begins and ends, and the nodes it passes, top to bottom."""

    begin: int
    end: int
    nodes: tuple[int, ...]

    @property
    def back(self) -> bool:
        return self.nodes[0] != self.begin


def laid_out(picture: Picture) -> Layout:
    """The layout of a picture. Deterministic; some milliseconds for twenty states."""
    states, moves = boxes(picture)
    every = [*states.values(), *moves.values()]
    number = {("state" if box.is_state else "move", box.about.name): at for at, box in enumerate(every)}
    ranks = _split(every, *ranked(picture))
    pairs = []
    for box in moves.values():
        one = box.about
        assert isinstance(one, ShownTransition)
        at = number["move", one.name]
        pairs += [(number["state", name], at) for name in one.sources]
        pairs.append((at, number["state", one.target]))
    layers, wires, up, down = _layered(ranks, pairs)
    layers = ordered(layers, up, down)
    left = [box.width / 2 for box in every] + [_LANE / 2] * (len(up) - len(every))
    right = [box.right for box in every] + [_LANE / 2] * (len(up) - len(every))
    xs = spread(layers, (up, down), (left, right), between=_BESIDE, boxes=len(every))
    return _finished(every, layers, wires, xs)


def _split(every: Sequence[Box], states: dict[str, int], moves: dict[str, int]) -> list[int]:
    """The rank of each box, where layers of transitions that would be too wide for a screen become several."""
    ranks = [states[box.about.name] if box.is_state else moves[box.about.name] for box in every]
    found = [0] * len(every)
    height = 0
    for rank in range(max(ranks, default=0) + 1):
        members = [at for at, one in enumerate(ranks) if one == rank]
        parts = min(3, 1 + int(sum(every[at].width + _BESIDE for at in members) // _WIDE)) if rank % 2 else 1
        for place, at in enumerate(members):
            found[at] = height + place % parts
        height += parts
    return found


def _layered(
    ranks: Sequence[int], pairs: Sequence[tuple[int, int]]
) -> tuple[list[list[int]], list[_Wire], dict[int, list[int]], dict[int, list[int]]]:
    layers: list[list[int]] = [[] for _ in range(max(ranks, default=0) + 1)]
    for at, rank in enumerate(ranks):
        layers[rank].append(at)
    up: dict[int, list[int]] = {at: [] for at in range(len(ranks))}
    down: dict[int, list[int]] = {at: [] for at in range(len(ranks))}
    wires = []
    for begin, end in pairs:
        high, low = (begin, end) if ranks[begin] < ranks[end] else (end, begin)
        nodes = [high]
        for rank in range(ranks[high] + 1, ranks[low]):
            node = len(up)
            up[node], down[node] = [], []
            layers[rank].append(node)
            nodes.append(node)
        nodes.append(low)
        for above, below in zip(nodes, nodes[1:], strict=False):
            down[above].append(below)
            up[below].append(above)
        wires.append(_Wire(begin, end, tuple(nodes)))
    return layers, wires, up, down


def _finished(every: Sequence[Box], layers: list[list[int]], wires: list[_Wire], xs: list[float]) -> Layout:
    tops, bottoms = _heights(every, layers, wires, xs)
    level = {node: at for at, layer in enumerate(layers) for node in layer}
    ports = _ports(every, wires, xs)
    placed = tuple(
        Placed(box, xs[at], (tops[level[at]] + bottoms[level[at]]) / 2) for at, box in enumerate(every)
    )
    lines = []
    for number, wire in enumerate(wires):
        ends = ports[number, wire.nodes[0]], ports[number, wire.nodes[-1]]
        points = _way(wire.nodes, placed, [(tops[level[node]], bottoms[level[node]]) for node in wire.nodes], (xs, ends))
        lines.append(Drawn(tuple(reversed(points) if wire.back else points), every[wire.end].is_state, wire.back))
    width = max((one.x + one.box.right for one in placed), default=0)
    width = max([width, *(x + _LANE / 2 for x in xs)])
    return Layout(width + _MARGIN, (bottoms[-1] if bottoms else 0) + _MARGIN, placed, tuple(lines))


def _heights(
    every: Sequence[Box], layers: list[list[int]], wires: list[_Wire], xs: list[float]
) -> tuple[list[float], list[float]]:
    """Tops and bottoms of the layers; the farther lines go sideways below one, the more room there is below it."""
    level = {node: at for at, layer in enumerate(layers) for node in layer}
    aside = [0.0] * len(layers)
    for wire in wires:
        for above, below in zip(wire.nodes, wire.nodes[1:], strict=False):
            aside[level[above]] = max(aside[level[above]], abs(xs[above] - xs[below]))
    tops, bottoms = [], []
    y = _MARGIN + 24
    for at, layer in enumerate(layers):
        tall = max((every[node].tall for node in layer if node < len(every)), default=0)
        tops.append(y)
        bottoms.append(y + tall)
        y += tall + _GAP + min(aside[at], 500) * _SLOPE
    return tops, bottoms


def _ports(every: Sequence[Box], wires: list[_Wire], xs: list[float]) -> dict[tuple[int, int], float]:
    """{(wire, box): where along the box's edge the line begins or ends}: side by side, in the order of where they go."""
    ends: dict[tuple[int, bool], list[tuple[float, int]]] = {}
    for number, wire in enumerate(wires):
        first, *_, last = wire.nodes
        ends.setdefault((first, True), []).append((xs[wire.nodes[1]], number))
        ends.setdefault((last, False), []).append((xs[wire.nodes[-2]], number))
    found = {}
    for (node, _), lines in ends.items():
        step = min(_PORTS, (every[node].width - 24) / max(len(lines) - 1, 1))
        for place, (_, number) in enumerate(sorted(lines)):
            found[number, node] = xs[node] + (place - (len(lines) - 1) / 2) * step
    return found


def _way(
    nodes: Sequence[int], placed: Sequence[Placed], spans: Sequence[tuple[float, float]],
    where: tuple[Sequence[float], tuple[float, float]],
) -> list[Point]:
    """The points from top to bottom: from the upper box's lower edge straight through each layer to the lower box."""
    xs, (first, last) = where
    upper, lower = placed[nodes[0]], placed[nodes[-1]]
    points = [(first, upper.y + upper.box.height / 2), (first, spans[0][1])]
    for node, (top, bottom) in zip(nodes[1:-1], spans[1:-1], strict=True):
        points += [(xs[node], top), (xs[node], bottom)]
    return [*points, (last, spans[-1][0]), (last, lower.y - lower.box.height / 2)]
