"""Checking a declared `pattern` before it is run on anybody's input: how slow can backtracking become?"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from kartotek.kinds.automaton import Automaton, TooLarge, automaton_of
from kartotek.kinds.kind import refuse_setting

LONGEST = 10_000
_LONGEST_SOURCE = 1000
# {exponent: characters}: an input of n characters takes about n^exponent steps; a second has about 10^8.
_BOUNDS = {0: LONGEST, 1: LONGEST, 2: LONGEST, 3: 400, 4: 100, 5: 40}
_MOST_PAIRS = 60_000


def checked_pattern(source: Any) -> str:
    """The source of a regular expression that ends in time on every input of longest_input(source). Raises Refused."""
    if not isinstance(source, str) or len(source) > _LONGEST_SOURCE:
        refuse_setting("/pattern", f"pattern must be a regular expression of at most {_LONGEST_SOURCE} characters.")
    try:
        re.compile(source)
    except (re.error, RecursionError, OverflowError) as exc:
        refuse_setting("/pattern", f"This is not a regular expression: {exc}.")
    if longest_input(source) == 0:
        refuse_setting(
            "/pattern",
            "A repeat within a repeat can split one text in many ways, as in (a+)+: a bad input would take hours. "
            "Let each turn of the outer repeat begin or end with a character that the inner one cannot match.",
        )
    return source


@lru_cache(maxsize=1024)
def longest_input(source: str) -> int:
    """How many characters the pattern may be run on; 0 where it is ambiguous, or too large to be understood."""
    try:
        whole = automaton_of(source)
    except (TooLarge, RecursionError):
        return 0
    automata = [whole, *_lookarounds(whole)]
    if any(_is_exponential(one) for one in automata):
        return 0
    # What a lookaround has matched is not matched anew when what follows fails, but it is at every turn of a loop.
    exponent = max(_degree(one) + one.within_loop for one in automata) + (0 if whole.anchored else 1)
    return _BOUNDS.get(exponent, 0)


def _lookarounds(automaton: Automaton) -> Iterable[Automaton]:
    for one in automaton.inner:
        yield one
        yield from _lookarounds(one)


def _is_exponential(automaton: Automaton) -> bool:
    """Whether some text leads from a position back to itself in two ways. Source: Weber and Seidl 1991, EDA."""
    component = _components(automaton.follow)
    pairs: dict[tuple[int, int], list[tuple[int, int]]] = {}
    queue = deque((one, one) for one in range(len(automaton.classes)))
    while queue:
        pair = queue.popleft()
        if pair in pairs:
            continue
        pairs[pair] = _successors(automaton, component, pair)
        queue.extend(pairs[pair])
        if len(pairs) > _MOST_PAIRS:
            return True
    if any(_doubled(automaton, component, one) for one in range(len(automaton.classes))):
        return True
    return _mixes(pairs)


def _doubled(automaton: Automaton, component: Sequence[int], one: int) -> bool:
    return any(ways > 1 and component[one] == component[other] for other, ways in automaton.follow[one].items())


def _successors(automaton: Automaton, component: Sequence[int], pair: tuple[int, int]) -> list[tuple[int, int]]:
    """The pairs that one character leads to. Both ways must come back, so neither may leave its component."""
    left, right = pair
    if component[left] != component[right]:
        return []
    return [
        (a, b)
        for a in automaton.follow[left]
        for b in automaton.follow[right]
        if component[a] == component[b] == component[left] and automaton.classes[a] & automaton.classes[b]
    ]


def _mixes(pairs: Mapping[tuple[int, int], Sequence[tuple[int, int]]]) -> bool:
    """Whether a pair of two lies on a circle with a pair of one."""
    index = {pair: number for number, pair in enumerate(pairs)}
    component = _components([[index[one] for one in pairs[pair]] for pair in pairs])
    single = {component[number] for (left, right), number in index.items() if left == right}
    return any(component[number] in single for (left, right), number in index.items() if left != right)


def _degree(automaton: Automaton) -> int:
    """How many loops in a row can dispute the same text, which can be split among them in n^(degree-1) ways."""
    component = _components(automaton.follow)
    cyclic = sorted(
        {component[one] for one in range(len(component)) if _on_circle(automaton, component, one)}, reverse=True
    )
    union = {one: _union(automaton, component, one) for one in cyclic}
    # Components are numbered from the end of the expression backwards.
    chain: dict[int, int] = {}
    for start in reversed(cyclic):
        disputes = [
            chain[end] for end in chain if _reaches(automaton, component, (start, end), union[start] & union[end])
        ]
        is_last = automaton.open_end and not any(end < start for end in cyclic)
        # A loop at an open end takes what is left and is never asked again.
        chain[start] = max(disputes, default=0) + (0 if is_last else 1)
    return max(chain.values(), default=0)


def _on_circle(automaton: Automaton, component: Sequence[int], one: int) -> bool:
    return any(component[other] == component[one] for other in automaton.follow[one])


def _union(automaton: Automaton, component: Sequence[int], wanted: int) -> frozenset[str]:
    return frozenset().union(*(automaton.classes[one] for one in range(len(component)) if component[one] == wanted))


def _reaches(automaton: Automaton, component: Sequence[int], ends: tuple[int, int], shared: frozenset[str]) -> bool:
    """Whether a way leads from one component to the other over characters that both can match."""
    start, end = ends
    queue = [one for one in range(len(component)) if component[one] == start]
    seen = set(queue)
    while queue:
        for other in automaton.follow[queue.pop()]:
            if other not in seen and automaton.classes[other] & shared:
                if component[other] == end:
                    return True
                seen.add(other)
                queue.append(other)
    return False


def _components(follow: Sequence[Iterable[int]]) -> list[int]:
    """Each node's strongly connected component as a number; what is reached has a lower one. Source: Tarjan 1972."""
    count, low, found = 0, [-1] * len(follow), [-1] * len(follow)
    order, stack, number = [-1] * len(follow), list[int](), 0
    for root in range(len(follow)):
        work = [(root, iter(follow[root]))] if order[root] < 0 else []
        while work:
            node, rest = work[-1]
            if order[node] < 0:
                order[node] = low[node] = count
                count += 1
                stack.append(node)
            other = next((one for one in rest if found[one] < 0), None)
            if other is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == order[node]:
                    while found[node] < 0:
                        found[stack.pop()] = number
                    number += 1
            elif order[other] < 0:
                work.append((other, iter(follow[other])))
            else:
                low[node] = min(low[node], order[other])
    return found
