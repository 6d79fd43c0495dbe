"""Order of a diagram's layers: who stands beside whom, so that few lines cross."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Layers = list[list[int]]
Links = Mapping[int, Sequence[int]]
_ROUNDS = 12


def ordered(layers: Layers, up: Links, down: Links) -> Layers:
    """The same layers, each in an order that makes few lines cross; `up` and `down` name the neighbours of each node."""
    best, fewest = [list(layer) for layer in layers], _crossings(layers, down)
    now = [list(layer) for layer in layers]
    for turn in range(_ROUNDS):
        _swept(now, up if turn % 2 == 0 else down, downwards=turn % 2 == 0)
        _swapped(now, up, down)
        count = _crossings(now, down)
        if count < fewest:
            best, fewest = [list(layer) for layer in now], count
        if not fewest:
            break
    return best


def _swept(layers: Layers, links: Links, *, downwards: bool) -> None:
    """Sorts each layer by the middle of its neighbours in the layer before it."""
    for at in range(1, len(layers)) if downwards else range(len(layers) - 2, -1, -1):
        place = _places(layers[at - 1 if downwards else at + 1])
        own = _places(layers[at])
        middle = {one: _middle([place[other] for other in links[one]], own[one]) for one in layers[at]}
        layers[at].sort(key=lambda one: (middle[one], own[one]))


def _swapped(layers: Layers, up: Links, down: Links) -> None:
    """Swaps neighbours as long as that takes crossings away."""
    for at, layer in enumerate(layers):
        above = _places(layers[at - 1]) if at else {}
        below = _places(layers[at + 1]) if at + 1 < len(layers) else {}
        for _ in range(len(layer)):
            swapped = False
            for first in range(len(layer) - 1):
                left, right = layer[first], layer[first + 1]
                if _gain(left, right, (up, above)) + _gain(left, right, (down, below)) > 0:
                    layer[first], layer[first + 1], swapped = right, left, True
            if not swapped:
                break


def _gain(left: int, right: int, side: tuple[Links, Mapping[int, int]]) -> int:
    links, place = side
    ends = [(place[a], place[b]) for a in links[left] if a in place for b in links[right] if b in place]
    return sum((a > b) - (a < b) for a, b in ends)


def _crossings(layers: Layers, down: Links) -> int:
    count = 0
    for upper, lower in zip(layers, layers[1:], strict=False):
        place = _places(lower)
        ends = [place[other] for one in upper for other in sorted(down[one], key=lambda node: place[node])]
        count += sum(ends[i] > ends[j] for i in range(len(ends)) for j in range(i + 1, len(ends)))
    return count


def _places(layer: Sequence[int]) -> dict[int, int]:
    return {one: at for at, one in enumerate(layer)}


def _middle(places: list[int], own: int) -> float:
    return sum(places) / len(places) if places else own
