"""Derived fields: none may depend on itself, and what is stored must be able to stay exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kartotek.declaration.draft import Draft
from kartotek.declaration.spots import Spot
from kartotek.declaration.suggest import listed
from kartotek.formula.tree import walk
from kartotek.model.catalog import RecordType
from kartotek.model.field import Field
from kartotek.model.formula import Call, Formula, Quantified
from kartotek.model.naming import row_path
from kartotek.model.order import Key, cycles, owned, reads

_ROOTS = ("record", "row", "item")
_INDEXED = frozenset({"isSet", "decimal", "number"})  # the last two also stand for a widened number


def check_derived(drafts: Mapping[str, Draft], types: Mapping[str, RecordType]) -> bool:
    """Adds a problem for every cycle, and for every stored value that reads what can change behind its back.

    The answer is whether the fields can be put in an order.
    """
    spots = {(spot.owner, spot.field.name): (draft, spot) for draft in drafts.values() for spot in draft.spots()}
    chains = cycles(reads(types))
    for chain in chains:
        _tell_cycle(*spots[chain[0]], chain)
    if chains:
        return False
    reach = _Reach(types)
    for draft in drafts.values():
        for index, unique in enumerate(types[draft.name].unique):
            if unique.where:
                reason = _unindexed(unique.where, reach, draft.name)
                _tell(draft, ("x-record", "unique", index, "where"), reason)
    for draft, spot in spots.values():
        if spot.field.compute and spot.field.stored:
            _tell(draft, (*spot.path, "x-field", "compute"), reach.beyond(spot.field.compute, draft.name, spot.owner))
        if spot.field.rollup:
            _check_rollup(draft, reach, spot, types[draft.name])
    return True


def _tell_cycle(draft: Draft, spot: Spot, chain: tuple[Key, ...]) -> None:
    words = " → ".join(f"{owner}.{name}" for owner, name in (*chain, chain[0]))
    key = "compute" if spot.field.compute else "rollup"
    draft.problems.error_at_key((*spot.path, "x-field", key), "cycle", f"This value depends on itself: {words}.")


def _tell(draft: Draft, path: tuple[Any, ...], reason: str) -> None:
    if reason:
        draft.problems.error(path, "not_exact", reason)


def _check_rollup(draft: Draft, reach: _Reach, spot: Spot, record_type: RecordType) -> None:
    rollup = spot.field.rollup
    assert rollup is not None
    path = (*spot.path, "x-field", "rollup")
    is_own = rollup.source not in record_type.inverses
    item = row_path(draft.name, rollup.source) if is_own else record_type.inverses[rollup.source].type
    if rollup.field:
        _tell(draft, (*path, "field"), reach.of_item(item, rollup.field, is_own, draft.name))
    for name in sorted({one[1] for one in rollup.where.paths if len(one) > 1} if rollup.where else ()):
        _tell(draft, (*path, "where"), reach.of_item(item, name, is_own, draft.name))
    if rollup.where:
        untimed = frozenset(one for one in rollup.where.paths if one[0] not in ("now", "today"))
        _tell(draft, (*path, "where"), reach.beyond(replace(rollup.where, paths=untimed), draft.name, item))


def _unindexed(where: Formula, reach: _Reach, record: str) -> str:
    """Why an index cannot keep this condition, or ""."""
    if any(reach.is_live(key) for key in where.fields):
        return "Here only stored fields can be used."
    if any(isinstance(node, Quantified) for node in walk(where.node)):
        return "Here only single values of the record can be used, not its tables."
    calls = {node.function for node in walk(where.node) if isinstance(node, Call)} - _INDEXED
    if calls:
        return f"Here {listed(sorted(calls))} cannot be used, only comparisons and isSet()."
    return reach.beyond(where, record, record)


class _Reach:
    """Whether formulas stay within one record and its tables, so that saving that record is all that changes them."""

    def __init__(self, types: Mapping[str, RecordType]) -> None:
        self._types = types
        self._fields = {(owner, field.name): field for one in types.values() for owner, field in owned(one)}

    def beyond(self, formula: Formula, record: str, owner: str) -> str:
        """Why a value made by this formula would not stay exact, or ""; `owner` is what row or item stands for."""
        starts = {"record": record, "row": owner, "item": owner}
        for path in sorted(formula.paths):
            if path[0] not in _ROOTS:
                return f"'{path[0]}' changes without this record being saved, so a value made of it cannot be stored."
            reason = self._walk(starts[path[0]], path[1:], record)
            if reason:
                return reason
        return ""

    def is_live(self, key: Key) -> bool:
        """Whether the field is computed when it is read."""
        return key in self._fields and self._fields[key].is_live

    def of_item(self, owner: str, name: str, is_own: bool, record: str) -> str:
        """Why a rollup cannot use this field of an item, or ""."""
        field = self._fields.get((owner, name))
        if field is None or not field.is_live:
            return ""
        if not is_own:
            return (
                f"'{owner}.{name}' is computed when it is read. Add \"stored\": true to it: the rollup must stay exact."
            )
        return self._live(field, record, owner)

    def _live(self, field: Field, record: str, owner: str) -> str:
        assert field.compute is not None
        reason = self.beyond(field.compute, record, owner)
        return f"'{field.name}' is computed when it is read: {reason}" if reason else ""

    def _walk(self, owner: str, path: tuple[str, ...], record: str) -> str:
        for index, name in enumerate(path):
            field = self._fields.get((owner, name))
            if name == "*":
                continue
            if field is None:
                return f"'{name}' is a list of records that change on their own. Use a rollup, or leave 'stored' out."
            if field.reference and any(part != "*" for part in path[index + 1 :]):
                return (
                    f"This reaches through the link '{name}' to a record that changes on its own. "
                    "Copy what is needed with fetchFrom, or leave 'stored' out."
                )
            if field.is_live and (reason := self._live(field, record, owner)):
                return reason
            owner = row_path(owner, name) if field.fields else owner
        return ""
