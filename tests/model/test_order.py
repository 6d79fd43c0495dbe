"""Derived fields are put after what they read; chains that come back are found."""

from __future__ import annotations

import pytest

from kartotek.model.order import Key, cycles, order

GRAPHS: dict[str, tuple[dict[Key, frozenset[Key]], list[set[str]]]] = {
    # name: ({field: what it reads}, the fields of each cycle)
    "nothing": ({}, []),
    "plain sources": ({("a", "x"): frozenset({("a", "name"), ("b", "name")})}, []),
    "chain": ({("a", "x"): frozenset({("a", "y")}), ("a", "y"): frozenset({("b", "z")}), ("b", "z"): frozenset()}, []),
    "itself": ({("a", "x"): frozenset({("a", "x")})}, [{"x"}]),
    "pair and its reader": (
        {("a", "x"): frozenset({("b", "y")}), ("b", "y"): frozenset({("a", "x")}), ("a", "z"): frozenset({("a", "x")})},
        [{"x", "y"}],
    ),
    "two apart": (
        {("a", "x"): frozenset({("a", "x")}), ("b", "y"): frozenset({("b", "z")}), ("b", "z"): frozenset({("b", "y")})},
        [{"x"}, {"y", "z"}],
    ),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_cycles_are_found_and_the_rest_is_ordered(name: str) -> None:
    graph, expected = GRAPHS[name]
    found = cycles(graph)
    assert sorted(({field for _, field in chain} for chain in found), key=sorted) == sorted(expected, key=sorted)
    if not expected:
        placed = order(graph)
        assert set(placed) == set(graph)
        for key in placed:
            assert all(placed.index(one) < placed.index(key) for one in graph[key] & graph.keys())


def test_chain_reads_in_the_direction_of_its_arrows() -> None:
    graph = {
        ("a", "x"): frozenset({("a", "y")}),
        ("a", "y"): frozenset({("a", "z")}),
        ("a", "z"): frozenset({("a", "x")}),
    }
    chain = cycles(graph)[0]
    for one, following in zip(chain, (*chain[1:], chain[0]), strict=True):
        assert following in graph[one]
