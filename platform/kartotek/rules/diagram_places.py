"""Places along a diagram's layers: each node as near to its neighbours as the order and the room allow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

Links = Mapping[int, Sequence[int]]
_ROUNDS = 24
_STRAIGHT = 6.0  # how much more a line that passes wants to stay straight than a box to stand above its neighbours
_STRAIGHTENINGS = 4
_MARGIN = 16.0


def spread(
    layers: Sequence[Sequence[int]], links: tuple[Links, Links], sides: tuple[Sequence[float], Sequence[float]],
    *, between: float, boxes: int,
) -> list[float]:
    """The x of every node; `sides` are how far each reaches left and right. Nodes from `boxes` on are passing lines."""
    left, right = sides
    xs = [0.0] * len(left)
    for layer in layers:
        x = 0.0
        for node in layer:
            xs[node] = x + left[node]
            x += left[node] + right[node] + between
    for turn in range(_ROUNDS):
        rising = turn % 2 == 1
        for layer in reversed(layers) if rising else layers:
            _settle(layer, xs, links, sides=sides, between=between, boxes=boxes)
    _straighten(layers, xs, links, sides=sides, between=between, boxes=boxes)
    least = min((xs[node] - left[node] for node in range(len(xs))), default=0.0)
    return [round(x - least + _MARGIN, 1) for x in xs]


def _settle(
    layer: Sequence[int], xs: list[float], links: tuple[Links, Links],
    *, sides: tuple[Sequence[float], Sequence[float]], between: float, boxes: int,
) -> None:
    """Moves the nodes of a layer to where they want to be, as far as they must not touch: least squares, exactly."""
    left, right = sides
    offset, wishes, weights = 0.0, [], []
    offsets = []
    for at, node in enumerate(layer):
        if at:
            offset += right[layer[at - 1]] + between + left[node]
        offsets.append(offset)
        wish, weight = _wish(node, xs, links, boxes)
        wishes.append(wish - offset)
        weights.append(weight)
    for node, where, x in zip(layer, offsets, _rising(wishes, weights), strict=True):
        xs[node] = x + where


def _straighten(
    layers: Sequence[Sequence[int]], xs: list[float], links: tuple[Links, Links],
    *, sides: tuple[Sequence[float], Sequence[float]], between: float, boxes: int,
) -> None:
    """Lets lines that pass several layers run straight as far as there is room; boxes stay where they are."""
    left, right = sides
    beside = {node: (layer[at - 1] if at else None, layer[at + 1] if at + 1 < len(layer) else None)
              for layer in layers for at, node in enumerate(layer)}

    def free(node: int) -> tuple[float, float]:
        before, after = beside[node]
        least = xs[before] + right[before] + between + left[node] if before is not None else float("-inf")
        most = xs[after] - left[after] - between - right[node] if after is not None else float("inf")
        return least, most

    chains = _chains(links, boxes, len(xs))
    for _ in range(_STRAIGHTENINGS):
        for chain in chains:
            ends = [xs[one] for one in (*links[0][chain[0]], *links[1][chain[-1]])]
            for part in _alike(chain, free):
                low, high = max(free(one)[0] for one in part), min(free(one)[1] for one in part)
                wish = sum(ends) / len(ends) if len(part) == len(chain) else sum(xs[one] for one in part) / len(part)
                for one in part:
                    xs[one] = min(max(wish, low), high)


def _chains(links: tuple[Links, Links], boxes: int, count: int) -> list[list[int]]:
    """The passing nodes of each line, from the top."""
    up, down = links
    chains = []
    for node in range(boxes, count):
        if up[node][0] < boxes:
            chain = [node]
            while down[chain[-1]][0] >= boxes:
                chain.append(down[chain[-1]][0])
            chains.append(chain)
    return chains


def _alike(chain: Sequence[int], free: Callable[[int], tuple[float, float]]) -> Iterator[list[int]]:
    """The chain in the fewest parts that can each be straight."""
    part: list[int] = []
    low, high = float("-inf"), float("inf")
    for node in chain:
        least, most = free(node)
        if part and max(low, least) > min(high, most):
            yield part
            part, low, high = [], float("-inf"), float("inf")
        part.append(node)
        low, high = max(low, least), min(high, most)
    yield part


def _wish(node: int, xs: Sequence[float], links: tuple[Links, Links], boxes: int) -> tuple[float, float]:
    pulls = []
    for side in links:
        for other in side[node]:
            passing = node >= boxes and other >= boxes
            pulls.append((xs[other], _STRAIGHT if passing else 2.0 if node >= boxes or other >= boxes else 1.5))
    if not pulls:
        return xs[node], 0.1
    weight = sum(one for _, one in pulls)
    return sum(x * one for x, one in pulls) / weight, weight


def _rising(wishes: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The rising sequence nearest to the wishes (pool adjacent violators)."""
    pools: list[tuple[float, float, int]] = []
    for wish, weight in zip(wishes, weights, strict=True):
        pools.append((wish, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, first, some), (b, second, more) = pools[-2:]
            pools[-2:] = [((a * first + b * second) / (first + second), first + second, some + more)]
    return [wish for wish, _, count in pools for _ in range(count)]
