"""Summary: every problem of a form in one list, each with the way to its control."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kartotek.web.control import Control
from kartotek.web.layout import Block

Groups = Iterable[tuple[Block, Sequence[object], Sequence[Control]]]


def summary(groups: Groups, said: Mapping[str, Sequence[str]]) -> list[tuple[str, str, str]]:
    """[(id of the control or "", its label, sentence)]: those of no control of this form come first."""
    controls = {one.path: one for _, _, top in groups for control in top for one in _all(control)}
    found = []
    for path, sentences in said.items():
        control = _nearest(controls, path)
        where = (control.id, control.field.label(control.language)) if control else ("", "")
        found += [(*where, sentence) for sentence in sentences]
    return sorted(found, key=lambda one: bool(one[0]))


def _all(control: Control) -> Iterator[Control]:
    yield control
    for one in (*control.members, *(one for row in control.rows for one in row.controls)):
        yield from _all(one)


def _nearest(controls: Mapping[str, Control], path: str) -> Control | None:
    while path and path not in controls:
        path = path.rpartition("/")[0]
    return controls.get(path)
