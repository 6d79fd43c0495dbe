"""Limits: how long, how large and how deep a formula may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """`length` in characters, `nodes` of the tree, `depth` of brackets, signs and dots within one another."""

    length: int = 2000
    nodes: int = 300
    depth: int = 40


LIMITS = Limits()
MAX_HOPS = 3
INT_MIN, INT_MAX = -(2**63), 2**63 - 1
MAX_DIGITS = 18
