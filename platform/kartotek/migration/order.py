"""Order: many renames at once, one after the other, so that none meets a name that is still taken."""

from __future__ import annotations

from collections.abc import Mapping


def in_order(renames: Mapping[str, str]) -> list[tuple[str, str]]:
    """(from, to) one after the other, of {name now: name then}; where names go round in a circle, one steps aside first."""
    waiting = {now: then for now, then in renames.items() if now != then}
    found: list[tuple[str, str]] = []
    while waiting:
        free = [now for now, then in waiting.items() if then not in waiting]
        for now in free:
            found.append((now, waiting.pop(now)))
        if not free:
            now = next(iter(waiting))
            aside = f"zz_moving_{len(found)}"
            found.append((now, aside))
            waiting[aside] = waiting.pop(now)
    return found
