"""Ranks of a diagram: which states and transitions stand at which height, so that most lines lead down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kartotek.rules.diagram import Picture, ShownTransition

Pair = tuple[int, int]


def ranked(picture: Picture) -> tuple[dict[str, int], dict[str, int]]:
    """({state: its rank}, {transition: its rank}): states at even ranks, transitions at odd ones.

    A transition from a state to itself has no rank; it is drawn beside the state.
    """
    names = [one.name for one in picture.states]
    number = {name: at for at, name in enumerate(names)}
    moves = [one for one in picture.transitions if not is_loop(one)]
    pairs = sorted({(number[source], number[one.target]) for one in moves for source in one.sources if source != one.target})
    place = _places(len(names), pairs, next((at for at, one in enumerate(picture.states) if one.initial), 0))
    forward = [pair for pair in pairs if place[pair[0]] < place[pair[1]]]
    ranks = _tightened(_longest(len(names), forward, place), forward)
    states = {name: 2 * ranks[at] for at, name in enumerate(names)}
    return states, {one.name: _rank(one, states) for one in moves}


def is_loop(one: ShownTransition) -> bool:
    """Whether it leads nowhere else."""
    return set(one.sources) == {one.target}


def _rank(one: ShownTransition, states: Mapping[str, int]) -> int:
    """Just below the lowest source that stands above the target, or just above the source it leads back from."""
    target = states[one.target]
    above = [states[name] for name in one.sources if states[name] < target]
    if above:
        return max(above) + 1
    below = [states[name] for name in one.sources if states[name] > target]
    return (min(below) if below else target + 2) - 1


def _places(count: int, pairs: Sequence[Pair], initial: int) -> list[int]:
    """{state: its place} of an order in which few transitions lead back: that of the file, or as they are reached."""
    orders = [list(range(count)), _reached(count, pairs, initial)]
    orders[0].sort(key=lambda state: state != initial)
    backward = [sum(order.index(source) > order.index(target) for source, target in pairs) for order in orders]
    best = orders[0] if backward[0] <= backward[1] else orders[1]
    places = [0] * count
    for at, state in enumerate(best):
        places[state] = at
    return places


def _reached(count: int, pairs: Sequence[Pair], initial: int) -> list[int]:
    """Depth first from the initial state, each state before all that it leads to but for what leads back."""
    done: list[int] = []
    seen: set[int] = set()
    for root in (initial, *range(count)):
        waiting = [(root, iter([target for source, target in pairs if source == root]))] if root not in seen else []
        seen.add(root)
        while waiting:
            state, following = waiting[-1]
            target = next((one for one in following if one not in seen), None)
            if target is None:
                done.append(state)
                waiting.pop()
            else:
                seen.add(target)
                waiting.append((target, iter([to for source, to in pairs if source == target])))
    return done[::-1]


def _longest(count: int, forward: Sequence[Pair], place: Sequence[int]) -> list[int]:
    ranks = [0] * count
    for source, target in sorted(forward, key=lambda pair: place[pair[0]]):
        ranks[target] = max(ranks[target], ranks[source] + 1)
    return ranks


def _tightened(ranks: list[int], forward: Sequence[Pair]) -> list[int]:
    """The same ranks with states moved down to what follows them, where that makes lines shorter."""
    for _ in range(len(ranks)):
        moved = False
        for state in range(len(ranks)):
            after = [ranks[target] for source, target in forward if source == state]
            before = [source for source, target in forward if target == state]
            if after and len(after) > len(before) and min(after) - 1 > ranks[state]:
                ranks[state], moved = min(after) - 1, True
        if not moved:
            break
    return ranks
