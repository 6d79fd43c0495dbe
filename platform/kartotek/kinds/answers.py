"""Answers: what the owner said is to become of values that no option stands for any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kartotek.kinds.conversion_choices import chooser
from kartotek.kinds.conversion_texts import written
from kartotek.kinds.equality import canonical
from kartotek.kinds.kind import Convert, Refused
from kartotek.model.field import Field
from kartotek.model.missing import MISSING

_SINGLE = (str, int, float, bool)
_UNSAID = object()


def answered(new: Field, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """{old value as it is written: the new option's value, or MISSING where it is to be emptied}.

    An answer that is no option of the new declaration is none.
    """
    choose = chooser(new)
    found: dict[str, Any] = {}
    for old, value in given.items():
        if value is None:
            found[old] = MISSING
            continue
        try:
            found[old] = choose(value)
        except Refused:
            continue
    return found


def answering(old: Field, new: Field, given: Mapping[str, Any], convert: Convert) -> Convert | None:
    """The conversion that does as was said, and for all else as before; None where nothing was said that is of use."""
    known = answered(new, given) if new.kind in ("choice", "choices") else {}
    if not known:
        return None
    if new.kind == "choice" and old.kind != "choices":
        return lambda wire: _said(wire, known, convert)
    return (lambda wire: _each(wire, known)) if old.kind == new.kind else None


def _said(wire: Any, known: Mapping[str, Any], convert: Convert) -> Any:
    said = known.get(written(wire), _UNSAID) if isinstance(wire, _SINGLE) else _UNSAID
    return convert(wire) if said is _UNSAID else said


def _each(wire: Any, known: Mapping[str, Any]) -> Any:
    """The list with each value as was said, what is emptied left out; what was said brings nothing in twice."""
    found: list[Any] = []
    for one in wire:
        value = _said(one, known, lambda same: same)
        if value is not MISSING and not (_has(known.values(), value) and _has(found, value)):
            found.append(value)
    return found or MISSING


def _has(values: Iterable[Any], value: Any) -> bool:
    return any(canonical(one) == canonical(value) for one in values)
