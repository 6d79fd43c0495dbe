"""Paths: which addresses a page may send its visitor on to."""

from __future__ import annotations


def own_path(target: str) -> str:
    """The target if it is a path of this site, else the start page; never another host, whatever the spelling."""
    plain = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target if plain and target.isprintable() and not any(c.isspace() for c in target) else "/"
